import { SgmediaError, systemCode } from "../shared/errors.ts";
import { orInterrupted } from "./abort.ts";

const PIECE_BYTES = 128 * 1024;

/** Writes to a stream no faster than its reader takes it. Notices when the reader went away. */
export class StreamSink {
  readonly #stream: NodeJS.WritableStream;
  readonly #signal: AbortSignal;
  #gone: SgmediaError | null = null;
  #wake: () => void = () => {};

  constructor(stream: NodeJS.WritableStream, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    stream.on("error", this.#onError);
    stream.on("close", this.#onClose);
  }

  /** Takes a copy, in pieces: nobody knows how long a stream keeps what it is given. */
  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      await this.#writePiece(Buffer.from(bytes.subarray(at, at + PIECE_BYTES)));
    }
  }

  async #writePiece(piece: Buffer): Promise<void> {
    if (this.#gone) throw this.#gone;
    if (this.#stream.write(piece)) return;
    const drained = new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#stream.once("drain", resolve);
    });
    await orInterrupted(drained, this.#signal);
    if (this.#gone) throw this.#gone;
  }

  /** Lets go of the stream; ending it is its owner's affair. */
  close(): void {
    this.#stream.off("close", this.#onClose);
    // Errors of writes that are still under way would otherwise end the process.
    this.#stream.once("error", () => {});
    this.#stream.off("error", this.#onError);
  }

  #onError = (error: Error): void => {
    this.#gone ??=
      systemCode(error) === "EPIPE" || systemCode(error) === "ERR_STREAM_DESTROYED"
        ? readerGone(error)
        : new SgmediaError("E_DISK", "The stream cannot be written.", { why: error.message, cause: error });
    this.#wake();
  };

  #onClose = (): void => {
    this.#gone ??= readerGone(Object.assign(new Error("the stream was closed"), { code: "EPIPE" }));
    this.#wake();
  };
}

function readerGone(cause: Error): SgmediaError {
  return new SgmediaError("E_INTERRUPTED", "The reader of the stream went away.", {
    why: cause.message,
    cause,
  });
}
