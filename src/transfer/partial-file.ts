import { constants } from "node:fs";
import { type FileHandle, link, lstat, open, rename, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SgmediaError, systemCode } from "../shared/errors.ts";
import { formatBytes } from "../shared/units.ts";
import { diskError } from "./disk-error.ts";
import { syncFolder } from "./journal.ts";
import { removeFile } from "./remove-file.ts";

const LONGEST_NAME_BYTES = 255;
/** A link under that name would lead the bytes somewhere else. */
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/** Beside the target, hidden, the same at every run of the same transfer: `.shot.mov.0123456789abcdef.part`. */
export function partialPathFor(target: string, id: string): string {
  const ending = `.${id}.part`;
  let name = basename(target);
  while (Buffer.byteLength(`.${name}${ending}`) > LONGEST_NAME_BYTES) name = [...name].slice(0, -1).join("");
  return join(dirname(target), `.${name}${ending}`);
}

/** The target may be written: no folder, and not there unless it may be replaced. A link counts as there. */
export async function assertTarget(target: string, replace: boolean): Promise<void> {
  const facts = await lstat(target).catch((thrown: unknown) => {
    if (systemCode(thrown) === "ENOENT") return undefined;
    throw diskError(thrown, target);
  });
  if (facts?.isDirectory()) {
    throw new SgmediaError("E_DISK", `"${basename(target)}" is a folder.`, {
      why: target,
      fix: "Give another name with -o.",
    });
  }
  if (facts && !replace) throw existsError(target);
}

/** The unfinished file of a download. It becomes the target as a whole, or goes. */
export class PartialFile {
  readonly path: string;
  readonly #file: FileHandle;
  #open = true;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** An empty one; whatever lies there is from a run that nobody remembers. Throws E_DISK, E_DISK_FULL. */
  static async create(path: string, sizeBytes: number | null): Promise<PartialFile> {
    try {
      await removeFile(path);
      await assertSpace(dirname(path), sizeBytes ?? 0);
      return new PartialFile(
        path,
        await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_LINK, 0o666),
      );
    } catch (thrown) {
      throw diskError(thrown, path);
    }
  }

  /** The one of an earlier run, if it holds at least so much. */
  static async reopen(path: string, leastBytes: number): Promise<PartialFile | undefined> {
    const file = await open(path, constants.O_RDWR | NO_LINK).catch(() => undefined);
    const facts = await file?.stat();
    if (file && facts?.isFile() && facts.size >= leastBytes) return new PartialFile(path, file);
    await file?.close();
    return undefined;
  }

  /** For the hashing threads; valid until the file is closed. */
  get fd(): number {
    return this.#file.fd;
  }

  async write(chunks: readonly Buffer[], offset: number): Promise<void> {
    let at = offset;
    let left = [...chunks];
    try {
      while (left.length > 0) {
        const { bytesWritten } = await this.#file.writev(left, at);
        at += bytesWritten;
        left = dropBytes(left, bytesWritten);
      }
    } catch (thrown) {
      throw diskError(thrown, this.path);
    }
  }

  /** What was written lasts through a power cut. */
  async flush(): Promise<void> {
    await this.#file.datasync().catch((thrown: unknown) => {
      throw diskError(thrown, this.path);
    });
  }

  /** The first bytes, for a file that is small enough to be read at once. */
  async head(bytes: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafeSlow(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  }

  async sizeBytes(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  /** The whole file takes its place in one step. What was there stays until then; a link is replaced, not followed. */
  async become(target: string, replace: boolean): Promise<void> {
    try {
      await this.#file.sync();
      await this.close();
      if (replace) await rename(this.path, target);
      else await moveWithoutReplacing(this.path, target);
      await syncFolder(dirname(target));
    } catch (thrown) {
      throw diskError(thrown, target);
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#file.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await PartialFile.removeAt(this.path);
  }

  static async removeAt(path: string): Promise<void> {
    await removeFile(path);
  }
}

async function moveWithoutReplacing(from: string, target: string): Promise<void> {
  try {
    await link(from, target);
  } catch (thrown) {
    if (systemCode(thrown) === "EEXIST") throw existsError(target);
    // A file system without hard links: look, then move.
    await assertTarget(target, false);
    await rename(from, target);
    return;
  }
  await removeFile(from);
}

async function assertSpace(dir: string, neededBytes: number): Promise<void> {
  const facts = await statfs(dir).catch(() => undefined);
  // Some network shares say nothing.
  if (!facts || facts.blocks === 0) return;
  const freeBytes = facts.bavail * facts.bsize;
  if (freeBytes >= neededBytes) return;
  throw new SgmediaError("E_DISK_FULL", "There is not enough space for the file.", {
    why: `It has ${formatBytes(neededBytes)}, and ${dir} has ${formatBytes(freeBytes)} free.`,
    fix: "Free some space, or give another place with -o.",
  });
}

function dropBytes(chunks: readonly Buffer[], bytes: number): Buffer[] {
  const rest = [...chunks];
  let drop = bytes;
  while (rest[0] && drop >= rest[0].length) drop -= rest.shift()?.length ?? 0;
  if (rest[0] && drop > 0) rest[0] = rest[0].subarray(drop);
  return rest;
}

function existsError(target: string): SgmediaError {
  return new SgmediaError("E_EXISTS", `"${basename(target)}" is there already.`, {
    why: target,
    fix: "Use --if-exists overwrite or --if-exists number, or give another place with -o.",
  });
}
