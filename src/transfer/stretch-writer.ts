import type { PartialFile } from "./partial-file.ts";

/** Written at once; the network's chunks are 64 KiB and each write has its price. */
const BATCH_BYTES = 256 * 1024;
/** With many ranges at once, each keeps less. */
const SMALL_BATCH_BYTES = 128 * 1024;
const MANY_RANGES = 8;

/**
 * Writes a stretch in order, in batches, one batch being written while the next comes in. The chunks are the network's own and are never
 * used again, so none can change before it is on its way.
 */
export class StretchWriter {
  readonly #file: PartialFile;
  readonly #fullBytes: number;
  readonly #onWritten: (offset: number, bytes: number) => void;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  /** Where the batch will go. */
  #offset: number;
  #writing: Promise<void> = Promise.resolve();
  #failed: { thrown: unknown } | null = null;

  constructor(
    file: PartialFile,
    offset: number,
    rangesAtOnce: number,
    onWritten: (offset: number, bytes: number) => void,
  ) {
    this.#fullBytes = rangesAtOnce > MANY_RANGES ? SMALL_BATCH_BYTES : BATCH_BYTES;
    this.#file = file;
    this.#offset = offset;
    this.#onWritten = onWritten;
  }

  async push(chunk: Buffer): Promise<void> {
    if (this.#failed) throw this.#failed.thrown;
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    if (this.#batchBytes < this.#fullBytes) return;
    const before = this.#writing;
    this.#start();
    await before;
    if (this.#failed) throw (this.#failed as { thrown: unknown }).thrown;
  }

  /** Everything pushed is in the file. */
  async flush(): Promise<void> {
    if (this.#batchBytes > 0) this.#start();
    await this.#writing;
    if (this.#failed) throw this.#failed.thrown;
  }

  #start(): void {
    const place = { batch: this.#batch, offset: this.#offset, bytes: this.#batchBytes };
    this.#batch = [];
    this.#batchBytes = 0;
    this.#offset += place.bytes;
    this.#writing = this.#writing.then(async () => {
      if (this.#failed) return;
      try {
        await this.#file.write(place.batch, place.offset);
        this.#onWritten(place.offset, place.bytes);
      } catch (thrown) {
        this.#failed = { thrown };
      }
    });
  }
}
