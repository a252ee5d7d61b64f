import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { mkdir, readFile, rmdir, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import * as v from "valibot";
import { systemCode } from "../shared/errors.ts";
import { journalError } from "./journal.ts";
import { removeFile } from "./remove-file.ts";

const HolderSchema = v.object({
  pid: v.number(),
  host: v.string(),
  /** When the process began, as the kernel counts; null where it does not say. Tells a process from a later one of its number. */
  began: v.nullable(v.string()),
  token: v.string(),
});
export type Holder = v.InferOutput<typeof HolderSchema>;

const POLL_MS = 500;
const HEARTBEAT_MS = 15_000;
/** On another machine only the heartbeat tells life from death. */
const SILENT_MS = 90_000;
/** Longer than anybody takes to put his lock in the place of a dead one. */
const TAKEOVER_MS = 10_000;

/** Locks of this very process. */
const mine = new Set<string>();

/** One transfer, one process at a time. The lock of a process that died is taken over. */
export class TransferLock {
  readonly #path: string;
  readonly #token: string;
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
    mine.add(token);
    this.#heartbeat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => {});
    }, HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Takes the lock, or says who has it. */
  static async tryAcquire(dir: string, id: string): Promise<TransferLock | Holder> {
    const path = lockPath(dir, id);
    const token = randomUUID();
    for (;;) {
      if (await place(path, token)) return new TransferLock(path, token);
      const found = await look(path);
      if (found?.alive) return found.holder;
      if (found) await removeDead(path, found.holder);
    }
  }

  /** Waits for the lock; `onWait` is told once who has it. `waited` says that somebody else was at it. */
  static async acquire(
    dir: string,
    id: string,
    options: { sleep: (delayMs: number) => Promise<void>; onWait: (holder: Holder) => void },
  ): Promise<{ lock: TransferLock; waited: boolean }> {
    for (let waited = false; ; waited = true) {
      const got = await TransferLock.tryAcquire(dir, id);
      if (got instanceof TransferLock) return { lock: got, waited };
      if (!waited) options.onWait(got);
      await options.sleep(POLL_MS);
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    try {
      // Whoever took it for dead has put his own there by now.
      if (readFileSync(this.#path, "utf8").includes(this.#token)) unlinkSync(this.#path);
    } catch (thrown) {
      if (systemCode(thrown) !== "ENOENT") throw journalError(thrown, this.#path);
    } finally {
      mine.delete(this.#token);
    }
  }
}

/** The live process that is at a transfer. */
export async function lockHolder(dir: string, id: string): Promise<Holder | undefined> {
  const found = await look(lockPath(dir, id));
  return found?.alive ? found.holder : undefined;
}

/** Removes the lock that a process left behind when it died; that of a live one stays. */
export async function removeDeadLock(dir: string, id: string): Promise<void> {
  const path = lockPath(dir, id);
  const found = await look(path);
  if (found && !found.alive) await removeDead(path, found.holder);
}

function lockPath(dir: string, id: string): string {
  return join(dir, `${id}.lock`);
}

/**
 * Puts the lock there, whole, unless one is. The few calls it takes are made at once and not through the thread pool: of thousands of small
 * files the handing over would cost more than the files.
 */
async function place(path: string, token: string): Promise<boolean> {
  const text = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    began: await ownBeginning(),
    token,
  });
  const draft = `${path}.${token}`;
  try {
    writeFileSync(draft, text, { flag: "wx", mode: 0o600 });
    try {
      linkSync(draft, path);
      return true;
    } catch (thrown) {
      if (systemCode(thrown) === "EEXIST") return false;
      // A file system without hard links.
      writeFileSync(path, text, { flag: "wx", mode: 0o600 });
      return true;
    } finally {
      unlinkSync(draft);
    }
  } catch (thrown) {
    if (systemCode(thrown) === "EEXIST") return false;
    throw journalError(thrown, path);
  }
}

async function look(path: string): Promise<{ holder: Holder; alive: boolean } | undefined> {
  try {
    const text = await readFile(path, "utf8");
    const { mtimeMs } = await stat(path);
    const parsed = v.safeParse(HolderSchema, parseJson(text));
    const fresh = Date.now() - mtimeMs < SILENT_MS;
    // Somebody without hard links may be writing it just now.
    if (!parsed.success)
      return {
        holder: { pid: 0, host: "", began: null, token: text },
        alive: Date.now() - mtimeMs < TAKEOVER_MS,
      };
    return { holder: parsed.output, alive: await isAlive(parsed.output, fresh) };
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return undefined;
    throw journalError(thrown, path);
  }
}

async function isAlive(holder: Holder, fresh: boolean): Promise<boolean> {
  if (holder.host !== hostname()) return fresh;
  if (holder.pid === process.pid && mine.has(holder.token)) return true;
  const began = await processBegan(holder.pid);
  if (began !== null && holder.began !== null) return began === holder.began && holder.pid !== process.pid;
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (thrown) {
    return systemCode(thrown) === "EPERM";
  }
}

let known: Promise<string | null> | null = null;
function ownBeginning(): Promise<string | null> {
  known ??= processBegan(process.pid);
  return known;
}

/** Field 22 of /proc/<pid>/stat: ticks since the machine started. */
async function processBegan(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

/** Removes a dead lock, and never a live one that took its place: one process at a time looks again and removes. */
async function removeDead(path: string, dead: Holder): Promise<void> {
  const guard = `${path}.takeover`;
  try {
    await mkdir(guard);
  } catch (thrown) {
    if (systemCode(thrown) !== "EEXIST") throw journalError(thrown, guard);
    const age = await stat(guard).then(
      (facts) => Date.now() - facts.mtimeMs,
      () => 0,
    );
    if (age > TAKEOVER_MS) await rmdir(guard).catch(() => {});
    else await new Promise((resolve) => setTimeout(resolve, 20));
    return;
  }
  try {
    const now = await look(path);
    if (now && !now.alive && now.holder.token === dead.token) await removeFile(path);
  } finally {
    await rmdir(guard).catch(() => {});
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
