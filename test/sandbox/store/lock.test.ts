import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockFolder } from "../../../src/sandbox/store/lock.ts";

let dir: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sandbox-lock-"));
});
afterEach(async () => {
  child?.kill("SIGKILL");
  child = undefined;
  await rm(dir, { recursive: true, force: true });
});

/** A process that does nothing and stays. */
async function someone(): Promise<number> {
  child = spawn(process.execPath, ["-e", "process.stdout.write('up'); setInterval(() => {}, 1e6)"]);
  if (child.stdout) await once(child.stdout, "data");
  return child.pid ?? 0;
}

function leaveLock(text: string): void {
  writeFileSync(join(dir, "lock"), text);
}

it("is refused while its holder lives, and taken over when it is gone", async () => {
  const pid = await someone();
  leaveLock(`${pid}\n`);
  expect(() => lockFolder(dir)).toThrow(`in use by process ${pid}`);
  const gone = child && once(child, "exit");
  child?.kill("SIGKILL");
  await gone;
  lockFolder(dir)();
});

it.runIf(process.platform === "linux")(
  "is taken over when its holder's id belongs to another process now",
  async () => {
    leaveLock(`${await someone()} 1\n`);
    lockFolder(dir)();
  },
);

it.runIf(process.platform === "linux")(
  "is taken over from a holder that was killed and not waited for",
  async () => {
    // The shell becomes a program that knows nothing of the shell's child, so nobody waits for it when it is killed.
    child = spawn("sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"]);
    const [text] = child.stdout ? await once(child.stdout, "data") : [""];
    const pid = Number(String(text));
    const until = async (met: () => boolean) => {
      while (!met()) await new Promise((resolve) => setImmediate(resolve));
    };
    await until(() => readFileSync(`/proc/${child?.pid}/comm`, "utf8").trim() === "sleep");
    process.kill(pid, "SIGKILL");
    await until(() => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.[0] === "Z");
    leaveLock(`${pid}\n`);
    lockFolder(dir)();
  },
);

it("is taken over when nothing can be read from it", () => {
  leaveLock("");
  lockFolder(dir)();
});

it("is one holder's within a process too, until it gives it back", () => {
  const unlock = lockFolder(dir);
  expect(() => lockFolder(dir)).toThrow("in use by process");
  unlock();
  unlock();
  lockFolder(dir)();
});
