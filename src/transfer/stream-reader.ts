import { orInterrupted } from "./abort.ts";

/** Reads a stream in pieces of a size that the reader chooses. */
export class StreamReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal;
  #left: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(stream: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    this.#iterator = stream[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  /** Fills the buffer as far as the stream goes; how much of it is filled. */
  async fill(buffer: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < buffer.length && (await this.#more())) {
      const taken = this.#left.subarray(0, buffer.length - filled);
      buffer.set(taken, filled);
      filled += taken.length;
      this.#left = this.#left.subarray(taken.length);
    }
    return filled;
  }

  /** Whether anything comes after what was read. */
  async hasEnded(): Promise<boolean> {
    return !(await this.#more());
  }

  /** Lets go of the stream; what it still would have said is of no interest. */
  stop(): void {
    void Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }

  async #more(): Promise<boolean> {
    while (this.#left.length === 0 && !this.#ended) {
      const next = await orInterrupted(this.#iterator.next(), this.#signal);
      if (next.done === true) this.#ended = true;
      else this.#left = next.value;
    }
    return this.#left.length > 0;
  }
}
