import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const heldHere = new Set<string>();

/** A process id, and on Linux the moment it started: ids are given anew, the pair is not. */
interface Holder {
  pid: number;
  startedAt: string;
}

/** What Linux tells of a process; undefined elsewhere, or when there is none. */
function processOnLinux(pid: number): { state: string; startedAt: string } | undefined {
  try {
    // The second word is the program's name in brackets and may hold anything.
    const words = (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) ?? "").split(" ");
    return { state: words[0] ?? "", startedAt: words[19] ?? "" };
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startedAt }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
  const known = processOnLinux(pid);
  if (!known) return true;
  // A killed process that nobody has waited for still answers signals.
  const ended = known.state === "Z" || known.state === "X";
  return !ended && (startedAt === "" || known.startedAt === startedAt);
}

function readHolder(path: string): Holder {
  try {
    const [pid = "", startedAt = ""] = readFileSync(path, "utf8").trim().split(" ");
    return { pid: Number.parseInt(pid, 10), startedAt };
  } catch {
    return { pid: Number.NaN, startedAt: "" };
  }
}

/**
 * Takes the folder for this process; the returned function gives it back. The lock of a process that is gone is taken
 * over. Throws when a living process, this one included, has the folder.
 */
export function lockFolder(dir: string): () => void {
  const path = join(dir, "lock");
  for (let tries = 0; ; tries += 1) {
    try {
      writeFileSync(path, `${process.pid} ${processOnLinux(process.pid)?.startedAt ?? ""}\n`, { flag: "wx" });
      break;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
      const holder = readHolder(path);
      const held = holder.pid === process.pid ? heldHere.has(path) : holder.pid > 0 && isAlive(holder);
      if (held || tries > 3) {
        throw new Error(`The sandbox folder ${dir} is in use by process ${holder.pid} (${path}).`);
      }
      rmSync(path, { force: true });
    }
  }
  heldHere.add(path);
  return () => {
    if (heldHere.delete(path)) rmSync(path, { force: true });
  };
}
