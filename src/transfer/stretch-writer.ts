import type { PartialFile } from "./partial-file.ts";

/** Written at once: each write has its price. */
const BATCH_BYTES = 512 * 1024;
/** With many ranges at once, each keeps less. */
const SMALL_BATCH_BYTES = 128 * 1024;
const MANY_RANGES = 8;

export interface StretchWriterOptions {
  readonly rangesAtOnce: number;
  readonly onWritten: (offset: number, bytes: number) => void;
  /** The chunk is in the file: its memory may be used again. */
  readonly giveBack: (chunk: Buffer) => void;
}

/** Writes a stretch in order, in batches, one batch being written while the next comes in. A chunk is given back when it was written, not before. */
export class StretchWriter {
  readonly #file: PartialFile;
  readonly #options: StretchWriterOptions;
  readonly #fullBytes: number;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  /** Where the batch will go. */
  #offset: number;
  #writing: Promise<void> | null = null;
  #failed: { thrown: unknown } | null = null;

  constructor(file: PartialFile, offset: number, options: StretchWriterOptions) {
    this.#file = file;
    this.#offset = offset;
    this.#options = options;
    this.#fullBytes = options.rangesAtOnce > MANY_RANGES ? SMALL_BATCH_BYTES : BATCH_BYTES;
  }

  /** A promise means: wait for it before the next chunk. Throws what a write threw. */
  push(chunk: Buffer): Promise<void> | undefined {
    this.#throwFailure();
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    if (this.#batchBytes < this.#fullBytes) return undefined;
    if (this.#writing === null) {
      this.#start();
      return undefined;
    }
    return this.#writing.then(() => {
      this.#throwFailure();
      this.#start();
    });
  }

  /** Everything pushed is in the file. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#throwFailure();
    if (this.#batchBytes === 0) return;
    this.#start();
    await this.#writing;
    this.#throwFailure();
  }

  #start(): void {
    const [batch, offset, bytes] = [this.#batch, this.#offset, this.#batchBytes];
    this.#batch = [];
    this.#batchBytes = 0;
    this.#offset += bytes;
    this.#writing = this.#write(batch, offset, bytes);
  }

  async #write(batch: Buffer[], offset: number, bytes: number): Promise<void> {
    try {
      await this.#file.write(batch, offset);
      this.#options.onWritten(offset, bytes);
      for (const chunk of batch) this.#options.giveBack(chunk);
    } catch (thrown) {
      this.#failed = { thrown };
    }
    this.#writing = null;
  }

  #throwFailure(): void {
    if (this.#failed) throw this.#failed.thrown;
  }
}
