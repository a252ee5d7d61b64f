import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { SgmediaError, systemCode } from "../shared/errors.ts";

/** What tells a file from another one under the same name, and from itself after a change. */
export interface FileIdentity {
  readonly sizeBytes: number;
  readonly mtimeNs: string;
  /** Device and inode. */
  readonly inode: string;
}

export function sameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs && a.inode === b.inode;
}

/** A local file being sent: opened once, read by offset, watched for change. */
export class SourceFile {
  readonly path: string;
  readonly identity: FileIdentity;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, identity: FileIdentity) {
    this.path = path;
    this.#file = file;
    this.identity = identity;
  }

  /** Throws E_INPUT_MISSING, E_INPUT_UNREADABLE, E_INPUT_NOT_FILE, E_INPUT_EMPTY. */
  static async open(path: string): Promise<SourceFile> {
    // Opening a named pipe would wait for its writer: look first, without blocking.
    const file = await openFor(path);
    try {
      const facts = await file.stat({ bigint: true });
      if (!facts.isFile()) {
        throw new SgmediaError("E_INPUT_NOT_FILE", `"${basename(path)}" is no regular file.`, { why: path });
      }
      if (facts.size === 0n) {
        throw new SgmediaError("E_INPUT_EMPTY", `"${basename(path)}" has no bytes.`, {
          why: path,
          fix: "Check what should have written it.",
        });
      }
      return new SourceFile(path, file, identityOf(facts));
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  get name(): string {
    return basename(this.path);
  }

  get sizeBytes(): number {
    return this.identity.sizeBytes;
  }

  /** The descriptor, for the hashing threads; valid until `close`. */
  get fd(): number {
    return this.#file.fd;
  }

  /** Reads exactly so many bytes. Throws E_SOURCE_CHANGED when the file ends before. */
  async read(buffer: Uint8Array, bytes: number, offset: number): Promise<void> {
    for (let done = 0; done < bytes; ) {
      const { bytesRead } = await this.#file
        .read(buffer, done, bytes - done, offset + done)
        .catch((thrown: unknown) => {
          throw new SgmediaError("E_INPUT_UNREADABLE", `"${this.name}" cannot be read any more.`, {
            why: thrown instanceof Error ? thrown.message : String(thrown),
            fix: "Check the disk or share that it is on.",
            cause: thrown,
          });
        });
      if (bytesRead === 0) throw this.changed("It is shorter than it was.");
      done += bytesRead;
    }
  }

  /** The open file is as it was. Throws E_SOURCE_CHANGED. */
  async assertUnchanged(): Promise<void> {
    this.#compare(identityOf(await this.#file.stat({ bigint: true })));
  }

  /** The name still leads to the open file, too. Throws E_SOURCE_CHANGED. */
  async assertStillNamed(): Promise<void> {
    await this.assertUnchanged();
    const facts = await stat(this.path, { bigint: true }).catch((thrown: unknown) => {
      throw this.changed(`It cannot be found any more (${systemCode(thrown) ?? String(thrown)}).`);
    });
    this.#compare(identityOf(facts));
  }

  changed(why: string): SgmediaError {
    return new SgmediaError("E_SOURCE_CHANGED", `"${this.name}" changed while it was sent.`, {
      why,
      fix: "Send it again once nobody writes it any more.",
    });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #compare(now: FileIdentity): void {
    if (sameIdentity(now, this.identity)) return;
    if (now.sizeBytes !== this.identity.sizeBytes) {
      throw this.changed(`It had ${this.identity.sizeBytes} bytes and has ${now.sizeBytes}.`);
    }
    throw this.changed(
      now.inode === this.identity.inode ? "It was written to." : "Another file took its place.",
    );
  }
}

function identityOf(facts: BigIntStats): FileIdentity {
  return {
    sizeBytes: Number(facts.size),
    mtimeNs: String(facts.mtimeNs),
    inode: `${facts.dev}:${facts.ino}`,
  };
}

async function openFor(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new SgmediaError("E_INPUT_MISSING", `"${basename(path)}" does not exist.`, {
        why: path,
        cause: thrown,
      });
    }
    throw new SgmediaError("E_INPUT_UNREADABLE", `"${basename(path)}" cannot be read.`, {
      why: `${path}: ${code}`,
      cause: thrown,
    });
  }
}
