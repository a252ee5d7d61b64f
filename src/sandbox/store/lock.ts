import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const heldHere = new Set<string>();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readHolder(path: string): number {
  try {
    return Number.parseInt(readFileSync(path, "utf8"), 10);
  } catch {
    return Number.NaN;
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
      writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
      break;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
      const holder = readHolder(path);
      const held = holder === process.pid ? heldHere.has(path) : holder > 0 && isAlive(holder);
      if (held || tries > 3) {
        throw new Error(`The sandbox folder ${dir} is in use by process ${holder} (${path}).`);
      }
      rmSync(path, { force: true });
    }
  }
  heldHere.add(path);
  return () => {
    if (heldHere.delete(path)) rmSync(path, { force: true });
  };
}
