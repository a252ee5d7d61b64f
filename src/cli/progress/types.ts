import type { ItemProgress, WorkProgress } from "../../workflow/types.ts";

/** What a transfer tells; the engine's own type, taken from the workflow's seam. */
export type TransferEvent = Parameters<ItemProgress["event"]>[0];

/** Progress as the command line keeps it: it can also print a line of its own, and it must be closed. */
export interface CliProgress extends WorkProgress {
  /** A line for `-v`, clear of whatever is being drawn. */
  line(text: string): void;
  /** Ends all drawing and gives the terminal back as it was. May be called twice. */
  close(): void;
}

/** The clock and the timers, so that tests can hand in their own. */
export interface Ticker {
  readonly nowMs: () => number;
  /** Calls `tick` every `everyMs` until the returned function is called. Does not keep the program alive. */
  every(everyMs: number, tick: () => void): () => void;
}

export const realTicker: Ticker = {
  nowMs: Date.now,
  every(everyMs, tick) {
    const timer = setInterval(tick, everyMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};
