import { setTimeout as delay } from "node:timers/promises";

/** Lateness of timers that may be made up for; also the longest burst. */
const SLACK_MS = 100;

/** One budget of bytes a second for everything that moves. A taker goes on when its bytes are due. */
export class RateLimiter {
  readonly #bytesPerMs: number | null;
  readonly #nowMs: () => number;
  readonly #sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  #dueMs: number;

  /** `bytesPerSecond` null: no limit. Clock and sleep are real unless given. */
  constructor(
    bytesPerSecond: number | null,
    clock: {
      nowMs: () => number;
      sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
    } = { nowMs: () => performance.now(), sleep: (delayMs, signal) => delay(delayMs, undefined, { signal }) },
  ) {
    this.#bytesPerMs = bytesPerSecond === null ? null : bytesPerSecond / 1000;
    this.#nowMs = clock.nowMs;
    this.#sleep = clock.sleep;
    this.#dueMs = clock.nowMs();
  }

  get unlimited(): boolean {
    return this.#bytesPerMs === null;
  }

  /** Bytes worth handing over at once: a twentieth of a second's, so that a slow rate flows instead of jumping. */
  get sliceBytes(): number {
    if (this.#bytesPerMs === null) return Number.POSITIVE_INFINITY;
    return Math.max(1024, Math.floor(this.#bytesPerMs * 50));
  }

  /** Resolves when that many bytes may have moved. Rejects when the signal aborts. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#bytesPerMs === null) return;
    const nowMs = this.#nowMs();
    this.#dueMs = Math.max(this.#dueMs, nowMs - SLACK_MS) + bytes / this.#bytesPerMs;
    if (this.#dueMs > nowMs) await this.#sleep(this.#dueMs - nowMs, signal);
  }
}
