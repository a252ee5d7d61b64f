import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import type { Readable } from "node:stream";

export interface ReceiveOptions {
  /** `none`: no MD5 is taken, and ETags are none, as in an encrypted bucket. */
  readonly hash: "md5" | "none";
  /** Counted and hashed, not kept. */
  readonly discard: boolean;
}

export interface WrittenBytes {
  readonly sizeBytes: number;
  /** MD5 in hex, or a token that is no MD5. */
  readonly etag: string;
}

const BATCH_BYTES = 4 * 1024 * 1024;

/** Writes a stream into a new file, one batch while the next is read; removes it when that fails. The stream is left as it is then. */
export async function writeStream(
  body: Readable,
  path: string,
  options: ReceiveOptions,
  onChunk?: (chunk: Buffer) => void,
): Promise<WrittenBytes> {
  const md5 = options.hash === "md5" ? createHash("md5") : undefined;
  const file = options.discard ? undefined : new BatchedFile(await open(path, "wx"));
  let sizeBytes = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      md5?.update(chunk);
      onChunk?.(chunk);
      sizeBytes += chunk.length;
      const full = file?.add(chunk);
      if (full) await full;
    }
    await file?.finish();
  } catch (thrown) {
    await file?.giveUp();
    await rm(path, { force: true });
    throw thrown;
  }
  return { sizeBytes, etag: md5 ? md5.digest("hex") : `${randomBytes(16).toString("hex")}-kms` };
}

/** At most two batches in memory: one being written, one being filled. */
class BatchedFile {
  readonly #handle: FileHandle;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** A promise when it has to be waited for. */
  add(chunk: Uint8Array): Promise<void> | undefined {
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    return this.#batchBytes >= BATCH_BYTES ? this.#flush() : undefined;
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#writing;
    await this.#handle.close();
  }

  async giveUp(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#handle.close().catch(() => undefined);
  }

  async #flush(): Promise<void> {
    await this.#writing;
    const batch = this.#batch;
    const batchBytes = this.#batchBytes;
    this.#batch = [];
    this.#batchBytes = 0;
    if (batchBytes === 0) return;
    this.#writing = this.#handle.writev(batch).then(({ bytesWritten }) => {
      if (bytesWritten !== batchBytes) throw new Error("The disk took only a part of the bytes.");
    });
    // Whoever waits for it next gets the error; until then it is not an unhandled one.
    this.#writing.catch(() => undefined);
  }
}
