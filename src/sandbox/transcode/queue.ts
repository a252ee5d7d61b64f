type Work = (signal: AbortSignal) => Promise<void>;

/** Runs work one at a time, in the order asked. A failure is reported and the next begins. */
export class Queue {
  readonly #stopping = new AbortController();
  readonly #onFailure: (thrown: unknown) => void;
  #tail: Promise<void> = Promise.resolve();

  constructor(onFailure: (thrown: unknown) => void) {
    this.#onFailure = onFailure;
  }

  add(work: Work): void {
    const { signal } = this.#stopping;
    this.#tail = this.#tail.then(async () => {
      if (signal.aborted) return;
      try {
        await work(signal);
      } catch (thrown) {
        if (!signal.aborted) this.#onFailure(thrown);
      }
    });
  }

  /** Resolves when nothing is left, also of what is added meanwhile. */
  async idle(): Promise<void> {
    for (let seen: Promise<void> | undefined; seen !== this.#tail; ) {
      seen = this.#tail;
      await seen;
    }
  }

  /** Calls off what runs and forgets the rest; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("The sandbox is stopping."));
    await this.#tail;
  }
}
