import type { OnTransferEvent, TransferEvent } from "./ports.ts";

/** Often enough for an eye. */
const EVERY_MS = 50;

/**
 * Counts one transfer's bytes and tells them, now and then. `accepted` is what the storage (or the file) has for good,
 * `sent` what is under way; it falls back when a part is sent again.
 */
export class Progress {
  readonly #tell: OnTransferEvent;
  #accepted = 0;
  #sent = 0;
  #toldAcceptedMs = Number.NEGATIVE_INFINITY;
  #toldSentMs = Number.NEGATIVE_INFINITY;
  #toldAccepted = -1;

  constructor(onEvent: OnTransferEvent | undefined) {
    this.#tell = onEvent ?? (() => {});
  }

  get acceptedBytes(): number {
    return this.#accepted;
  }

  event = (event: TransferEvent): void => this.#tell(event);

  note(text: string): void {
    this.#tell({ kind: "note", text });
  }

  accept(bytes: number): void {
    this.#accepted += bytes;
    const nowMs = performance.now();
    if (nowMs - this.#toldAcceptedMs < EVERY_MS) return;
    this.#toldAcceptedMs = nowMs;
    this.flush();
  }

  send(bytes: number): void {
    this.#sent = Math.max(0, this.#sent + bytes);
    const nowMs = performance.now();
    if (bytes > 0 && nowMs - this.#toldSentMs < EVERY_MS) return;
    this.#toldSentMs = nowMs;
    this.#tell({ kind: "sent", sentBytes: this.#sent });
  }

  resume(acceptedBytes: number): void {
    this.#accepted = acceptedBytes;
    this.#tell({ kind: "resumed", acceptedBytes });
  }

  /** What was accepted so far is no longer of use. */
  startOver(): void {
    this.#accepted = 0;
    this.flush();
  }

  flush(): void {
    if (this.#toldAccepted === this.#accepted) return;
    this.#toldAccepted = this.#accepted;
    this.#tell({ kind: "accepted", acceptedBytes: this.#accepted });
  }
}
