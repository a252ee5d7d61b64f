import { interruptedError, throwIfInterrupted } from "./abort.ts";

/** On a line nothing is known of, and on a slow one: more would only make each take longer, and more is lost when it breaks. */
const FEW = 4;
/** On a fast one: the wait for each answer is filled by the others. */
const MANY = 8;
const MOST = 16;
/** A limited rate that is worth a connection of its own to begin with. */
const RATE_WORTH_ONE = 8_000_000;
const WINDOW_MS = 1000;
/** At the start it looks more often: connections that open late get up to speed late. */
const EARLY_WINDOW_MS = 200;
const EARLY_WINDOWS = 5;
/** A line that gets so far while it still gets up to speed may be fast; what it must then bring in a whole second. */
const PROMISING_BYTES_PER_MS = 8000;
const FAST_BYTES_PER_MS = 15_000;
/** More connections must bring this much of what they would bring if the line were not the limit. */
const WORTHWHILE = 3 / 4;
/** Windows to leave the number alone after growing did not pay. */
const REST_WINDOWS = 15;

export interface GovernorOptions {
  /** A fixed number; null: adapts between 1 and 16. */
  readonly fixed: number | null;
  /** With a rate limit, in bytes a second, few at once get done sooner: less is lost when they are interrupted. */
  readonly limitRateBytes?: number | null;
  readonly nowMs: () => number;
  readonly sleep: (delayMs: number) => Promise<void>;
}

/**
 * How many requests carry bytes at once, all files together. Grows while throughput grows with it, is halved when the
 * storage asks for less (429, 503) and comes back one by one. Everybody waits while a pause is on.
 */
export class Governor {
  readonly #options: GovernorOptions;
  #limit: number;
  #ceiling: number;
  #active = 0;
  #waiting: { take: () => void; urgent: boolean }[] = [];
  #pause: Promise<void> | null = null;
  #pauseEndsMs = 0;
  #refusedAtMs = Number.NEGATIVE_INFINITY;
  #window = { startedMs: 0, bytes: 0, full: false, refused: false };
  /** Of the windows at the start, those that are left; null: MANY are being tried. */
  #early: number | null = EARLY_WINDOWS;
  #look = newLook();
  #lastRate = 0;
  #lastStep = 0;
  #rest = 0;

  constructor(options: GovernorOptions) {
    this.#options = options;
    this.#limit = options.fixed ?? startWith(options.limitRateBytes ?? null);
    this.#ceiling = options.fixed ?? MOST;
    this.#window.startedMs = options.nowMs();
  }

  get limit(): number {
    return this.#limit;
  }

  /** Resolves when it has looked at the line again: the limit may be another. Renewed each time, so that nothing gathers behind it. */
  get nextLook(): Promise<void> {
    return this.#look.done;
  }

  get active(): number {
    return this.#active;
  }

  /**
   * Many at once from the start, where nothing is lost when the line breaks: what came of a download is kept, what went up of a part
   * is not. Whoever opens connections later finds the line taken by the first.
   */
  loseNothing(): void {
    const { fixed, limitRateBytes } = this.#options;
    if (fixed !== null || limitRateBytes || this.#early !== EARLY_WINDOWS) return;
    this.#takeMany();
    this.#early = 0;
  }

  /** Runs `work` in a slot. `urgent` goes before what waits: a repetition, which blocks its file's end. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>, urgent = false): Promise<T> {
    await this.#acquire(signal, urgent);
    try {
      return await work();
    } finally {
      this.#active -= 1;
      this.#admit();
    }
  }

  /** Bytes that just moved over any connection. */
  moved(bytes: number): void {
    // Time in which nobody had anything to move says nothing about the line.
    if (this.#window.bytes === 0) this.#window.startedMs = this.#options.nowMs();
    this.#window.bytes += bytes;
    if (this.#active >= this.#limit && this.#waiting.length > 0) this.#window.full = true;
    const elapsedMs = this.#options.nowMs() - this.#window.startedMs;
    if (elapsedMs >= (this.#early ? EARLY_WINDOW_MS : WINDOW_MS)) this.#closeWindow(elapsedMs);
  }

  /** The storage asks for less. Refusals that come together count once. */
  refused(pauseMs: number): void {
    const nowMs = this.#options.nowMs();
    this.#window.refused = true;
    if (nowMs - this.#refusedAtMs >= WINDOW_MS) this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#refusedAtMs = nowMs;
    if (pauseMs <= 0 || (this.#pause && nowMs + pauseMs <= this.#pauseEndsMs)) return;
    this.#pauseEndsMs = nowMs + pauseMs;
    const pause = this.#options.sleep(pauseMs).then(() => {
      if (this.#pause !== pause) return;
      this.#pause = null;
      this.#admit();
    });
    this.#pause = pause;
  }

  /** A stall or a timeout: one fewer. */
  crowded(): void {
    this.#window.refused = true;
    this.#limit = Math.max(1, this.#limit - 1);
  }

  async #acquire(signal: AbortSignal, urgent: boolean): Promise<void> {
    throwIfInterrupted(signal);
    await new Promise<void>((resolve, reject) => {
      const entry = {
        urgent,
        take: () => {
          signal.removeEventListener("abort", leave);
          this.#active += 1;
          resolve();
        },
      };
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((each) => each !== entry);
        reject(interruptedError(signal));
      };
      signal.addEventListener("abort", leave, { once: true });
      const behind = urgent ? this.#waiting.findIndex((each) => !each.urgent) : -1;
      if (behind >= 0) this.#waiting.splice(behind, 0, entry);
      else this.#waiting.push(entry);
      this.#admit();
    });
  }

  #admit(): void {
    while (!this.#pause && this.#active < this.#limit) {
      const next = this.#waiting.shift();
      if (!next) return;
      next.take();
    }
  }

  #closeWindow(elapsedMs: number): void {
    const { bytes, full, refused } = this.#window;
    this.#window = { startedMs: this.#options.nowMs(), bytes: 0, full: false, refused: false };
    this.#judge(bytes / elapsedMs, full, refused);
    this.#look.end();
    this.#look = newLook();
    this.#admit();
  }

  #judge(rate: number, full: boolean, refused: boolean): void {
    if (refused) {
      this.#early = 0;
      this.#lastStep = 0;
      this.#rest = 0;
      return;
    }
    if (this.#options.fixed !== null) {
      if (this.#limit < this.#ceiling) this.#limit += 1;
    } else if (this.#early !== 0) this.#start(rate);
    else if (full) this.#climb(rate);
  }

  /** Many at once where the line looks fast, and few again where it turns out not to be. */
  #start(rate: number): void {
    if (this.#early === null) {
      if (rate < FAST_BYTES_PER_MS) this.#limit = Math.min(this.#limit, FEW);
      this.#early = 0;
    } else if (rate >= PROMISING_BYTES_PER_MS) {
      this.#takeMany();
      this.#early = null;
    } else this.#early -= 1;
  }

  #takeMany(): void {
    this.#limit = Math.max(this.#limit, MANY);
    // Still more are tried later: a try costs the others some of the line.
    this.#rest = REST_WINDOWS;
  }

  /** One step up, a look at what it brought, and back down if that was nothing. */
  #climb(rate: number): void {
    if (this.#rest > 0) {
      this.#rest -= 1;
      return;
    }
    const growth = this.#lastStep / (this.#limit - this.#lastStep);
    if (this.#lastStep > 0 && rate < this.#lastRate * (1 + growth * WORTHWHILE)) {
      this.#limit = Math.max(1, this.#limit - this.#lastStep);
      this.#lastStep = 0;
      this.#rest = REST_WINDOWS;
      return;
    }
    const step = this.#limit < FEW ? 1 : 2;
    this.#lastRate = rate;
    this.#lastStep = Math.min(step, this.#ceiling - this.#limit);
    this.#limit += this.#lastStep;
  }
}

function newLook(): { done: Promise<void>; end: () => void } {
  let end = (): void => {};
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { done, end };
}

function startWith(limitRateBytes: number | null): number {
  if (limitRateBytes === null) return FEW;
  return Math.min(FEW, Math.max(1, Math.round(limitRateBytes / RATE_WORTH_ONE)));
}
