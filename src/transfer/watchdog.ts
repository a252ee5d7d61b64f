/** The wall clock went on while the other one stood still, for at least this long: the machine slept. */
const JUMP_MS = 10_000;

export interface Watched {
  /** A byte moved. */
  touch(): void;
  /** The engine itself waits (for its rate limit, its disk): that is no silence of the line. */
  pause(): void;
  resume(): void;
  end(): void;
}

interface Entry {
  lastMs: number;
  paused: boolean;
  readonly onSilent: (silentMs: number) => void;
  readonly onSlept: () => void;
}

/**
 * Ends attempts on which no byte moved for too long, however long they may take otherwise. When the wall clock jumped,
 * the machine slept: then every attempt is ended at once and `onSlept` is told, since no socket survives that.
 */
export class Watchdog {
  readonly #stallTimeoutMs: number;
  readonly #wallMs: () => number;
  readonly #onSlept: () => void;
  readonly #entries = new Set<Entry>();
  #timer: NodeJS.Timeout | null = null;
  /** Wall clock minus the clock that stops with the machine. */
  #apartMs: number;

  constructor(stallTimeoutMs: number, wallMs: () => number, onSlept: () => void) {
    this.#stallTimeoutMs = stallTimeoutMs;
    this.#wallMs = wallMs;
    this.#onSlept = onSlept;
    this.#apartMs = wallMs() - performance.now();
  }

  watch(onSilent: (silentMs: number) => void, onSlept: () => void): Watched {
    // Connections that were kept through the sleep are dead as well.
    if (this.#hasSlept()) this.#onSlept();
    const entry: Entry = { lastMs: performance.now(), paused: false, onSilent, onSlept };
    this.#entries.add(entry);
    this.#start();
    return {
      touch: () => {
        entry.lastMs = performance.now();
      },
      pause: () => {
        entry.paused = true;
      },
      resume: () => {
        entry.paused = false;
        entry.lastMs = performance.now();
      },
      end: () => {
        this.#entries.delete(entry);
        if (this.#entries.size === 0) this.stop();
      },
    };
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  #start(): void {
    if (this.#timer) return;
    const everyMs = Math.min(1000, Math.max(10, this.#stallTimeoutMs / 4));
    this.#timer = setInterval(() => this.#look(), everyMs);
    this.#timer.unref();
  }

  #hasSlept(): boolean {
    const apartMs = this.#wallMs() - performance.now();
    const jumped = Math.abs(apartMs - this.#apartMs) > JUMP_MS;
    this.#apartMs = apartMs;
    return jumped;
  }

  #look(): void {
    if (this.#hasSlept()) {
      for (const entry of [...this.#entries]) entry.onSlept();
      this.#onSlept();
      return;
    }
    const nowMs = performance.now();
    for (const entry of [...this.#entries]) {
      const silentMs = nowMs - entry.lastMs;
      if (!entry.paused && silentMs >= this.#stallTimeoutMs) entry.onSilent(Math.round(silentMs));
    }
  }
}
