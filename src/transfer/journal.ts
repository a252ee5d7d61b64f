import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, type FileHandle, mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { SgmediaError, systemCode } from "../shared/errors.ts";
import {
  type DecodedJournal,
  decodeJournal,
  encodeRecord,
  type JournalHeader,
  type JournalRecord,
} from "./journal-records.ts";
import { removeFile } from "./remove-file.ts";
import type { TransferKey } from "./types.ts";

/** The name of a transfer: the same command gets the same one. 16 hexadecimal digits. */
export function transferId(direction: "upload" | "download", key: TransferKey): string {
  const facts = [direction, key.site, key.record, key.field, key.path, key.detail ?? null];
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 16);
}

export function journalPath(dir: string, id: string): string {
  return join(dir, `${id}.jsonl`);
}

const prepared = new Set<string>();

/** The folder of journals, made for this user alone. Throws E_JOURNAL. */
export async function prepareJournalDir(dir: string): Promise<void> {
  // Asked for every file; somebody may have cleaned up since.
  if (prepared.has(dir) && existsSync(dir)) return;
  const made = await mkdir(dir, { recursive: true, mode: 0o700 }).catch((thrown: unknown) => {
    throw journalError(thrown, dir);
  });
  if (made !== undefined) await chmod(dir, 0o700);
  prepared.add(dir);
}

/**
 * The memory of one unfinished transfer: appended to, never rewritten, one whole line after another. What `append` resolves
 * for is on the disk; lines that come together are flushed together.
 */
export class Journal {
  readonly #path: string;
  readonly #file: FileHandle;
  /** False where losing the journal to a power cut only costs a repetition. */
  readonly #durable: boolean;
  #lines: string[] = [];
  #flushing: Promise<void> | null = null;
  /** After a failed write nobody knows what stands in the file: nothing more may be announced. */
  #broken: SgmediaError | null = null;

  private constructor(path: string, file: FileHandle, durable: boolean) {
    this.#path = path;
    this.#file = file;
    this.#durable = durable;
  }

  /** A new journal, whole with its first lines or not there at all. Takes the place of an old one. */
  static async create(
    dir: string,
    id: string,
    records: readonly [JournalHeader, ...JournalRecord[]],
    options: { durable: boolean } = { durable: true },
  ): Promise<Journal> {
    const path = journalPath(dir, id);
    const draft = `${path}.${randomUUID()}`;
    let file: FileHandle | null = null;
    try {
      // The handle that wrote the draft goes on under the journal's name.
      file = await open(draft, "ax", 0o600);
      await file.appendFile(records.map(encodeRecord).join(""));
      if (options.durable) await file.datasync();
      await rename(draft, path);
      if (options.durable) await syncFolder(dir);
      return new Journal(path, file, options.durable);
    } catch (thrown) {
      await file?.close().catch(() => {});
      await removeFile(draft).catch(() => {});
      throw journalError(thrown, path);
    }
  }

  /** Goes on with a journal that was read; a torn last line is cut off first. */
  static async reopen(dir: string, id: string, read: DecodedJournal): Promise<Journal> {
    const path = journalPath(dir, id);
    try {
      const file = await open(path, "a");
      await file.truncate(read.wholeBytes);
      return new Journal(path, file, true);
    } catch (thrown) {
      throw journalError(thrown, path);
    }
  }

  /** Resolves when the records are on the disk. Throws E_JOURNAL, E_DISK_FULL. */
  append(...records: readonly JournalRecord[]): Promise<void> {
    this.#lines.push(...records.map(encodeRecord));
    // Whoever comes while a flush runs waits for the next one, which takes all of them at once.
    const after = this.#flushing ?? Promise.resolve();
    const mine = after.then(() => this.#flush());
    this.#flushing = mine.catch(() => {});
    return mine;
  }

  /** Closes and keeps. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#file.close();
  }

  /** The transfer is finished, or given up: nothing of it is left. */
  async remove(): Promise<void> {
    await this.close();
    await removeJournalFile(this.#path);
  }

  async #flush(): Promise<void> {
    if (this.#broken) throw this.#broken;
    const lines = this.#lines.splice(0).join("");
    if (lines === "") return;
    try {
      await this.#file.appendFile(lines);
      if (this.#durable) await this.#file.datasync();
    } catch (thrown) {
      this.#broken = journalError(thrown, this.#path);
      throw this.#broken;
    }
  }
}

async function removeJournalFile(path: string): Promise<void> {
  await removeFile(path).catch((thrown: unknown) => {
    throw journalError(thrown, path);
  });
}

/** Removes a journal that nobody has open. */
export async function removeJournal(dir: string, id: string): Promise<void> {
  await removeJournalFile(journalPath(dir, id));
}

/** Undefined where there is none. Throws JournalDamaged, and E_JOURNAL where it cannot be read: that is not "none". */
export async function readJournal(
  dir: string,
  id: string,
): Promise<(DecodedJournal & { readonly changedAtMs: number }) | undefined> {
  const path = journalPath(dir, id);
  try {
    const bytes = await readFile(path);
    const { mtimeMs } = await stat(path);
    return { ...decodeJournal(bytes), changedAtMs: mtimeMs };
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return undefined;
    if (systemCode(thrown) !== undefined) throw journalError(thrown, path);
    throw thrown;
  }
}

/** Makes names that were added, changed or removed in a folder last through a power cut, where the system can. */
export async function syncFolder(dir: string): Promise<void> {
  const waiting = nextSync.get(dir);
  if (waiting) return waiting;
  const mine = (lastSync.get(dir) ?? Promise.resolve()).then(async () => {
    nextSync.delete(dir);
    const running = syncNow(dir);
    lastSync.set(dir, running);
    await running;
    if (lastSync.get(dir) === running) lastSync.delete(dir);
  });
  nextSync.set(dir, mine);
  return mine;
}

/** Flushes of a folder: the one that runs, and the one after it, which serves all who came meanwhile. */
const lastSync = new Map<string, Promise<void>>();
const nextSync = new Map<string, Promise<void>>();

async function syncNow(dir: string): Promise<void> {
  const folder = await open(dir, "r").catch(() => undefined);
  if (!folder) return;
  try {
    await folder.sync();
  } catch {
    // Windows and some network shares cannot flush a folder.
  } finally {
    await folder.close();
  }
}

export function journalError(thrown: unknown, path: string): SgmediaError {
  if (thrown instanceof SgmediaError) return thrown;
  const full = systemCode(thrown) === "ENOSPC";
  return new SgmediaError(full ? "E_DISK_FULL" : "E_JOURNAL", "The memory of the transfer cannot be kept.", {
    why: `${path}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    fix: full ? "Free some space." : "Check that this folder can be written.",
    cause: thrown,
  });
}
