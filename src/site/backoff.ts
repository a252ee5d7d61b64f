const FIRST_MS = 500;
const MOST_MS = 30_000;

/** Exponential with full jitter: attempt 1 waits up to 0.5 s, 2 up to 1 s, never more than 30 s. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(MOST_MS, FIRST_MS * 2 ** (attempt - 1)));
}

/** `Retry-After` as milliseconds from now, given in seconds or as a date; undefined where there is none to understand. */
export function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** When one caller is told to come later, all wait. */
export class SlowDown {
  #untilMs = 0;
  readonly #nowMs: () => number;
  readonly #sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;

  constructor(nowMs: () => number, sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>) {
    this.#nowMs = nowMs;
    this.#sleep = sleep;
  }

  pause(delayMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, this.#nowMs() + delayMs);
  }

  async wait(signal: AbortSignal | undefined): Promise<void> {
    let waitedFor = 0;
    while (this.#untilMs > waitedFor && this.#untilMs > this.#nowMs()) {
      waitedFor = this.#untilMs;
      await this.#sleep(waitedFor - this.#nowMs(), signal);
    }
  }
}
