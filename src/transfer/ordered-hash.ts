import type { HashAlgorithm, HashPool, HashThread, RunningHash } from "./hash-pool.ts";

/** Memory that both threads see: what is hashed is copied into it once, and none of it is ever left for a collector. */
const SLOT_BYTES = 256 * 1024;
const SLOTS = 8;

/** Hashes bytes that come in order and are nowhere else to be read again, in a thread: as a whole, and in tiles if wanted. */
export class OrderedHash {
  readonly #pool: HashPool;
  readonly #thread: HashThread;
  readonly #whole: readonly RunningHash[];
  #tile: RunningHash | null = null;
  readonly #free: Uint8Array<SharedArrayBuffer>[] = [];
  #made = 0;
  #filling: Uint8Array<SharedArrayBuffer> | null = null;
  #filled = 0;
  #failed: Error | null = null;
  readonly #steps = new Set<Promise<void>>();

  /** With `tiles`, what comes between two calls of `endTile` gets an MD5 of its own. */
  constructor(pool: HashPool, algorithms: readonly HashAlgorithm[], { tiles } = { tiles: false }) {
    this.#pool = pool;
    this.#thread = pool.thread();
    this.#whole = algorithms.map((algorithm) => pool.open(algorithm, this.#thread));
    if (tiles) this.#tile = pool.open("md5", this.#thread);
  }

  /** Copies the bytes; resolves when they may change. Waits when the thread is behind. Calls must not overlap. */
  async update(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      this.#filling ??= await this.#takeSlot();
      const piece = bytes.subarray(at, at + SLOT_BYTES - this.#filled);
      this.#filling.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === SLOT_BYTES) this.#submit();
    }
  }

  /** MD5 of what came since the last tile ended. */
  async endTile(): Promise<string> {
    this.#submit();
    const ended = this.#tile;
    if (!ended) throw new Error("no tiles were asked for");
    this.#tile = this.#pool.open("md5", this.#thread);
    return this.#pool.digest(ended, this);
  }

  /** The digests of the whole, lower-case hex. */
  async finish(): Promise<Partial<Record<HashAlgorithm, string>>> {
    this.#submit();
    await Promise.all(this.#steps);
    if (this.#failed) throw this.#failed;
    const digests = this.#whole.map(
      async (each) => [each.algorithm, await this.#pool.digest(each, this)] as const,
    );
    return Object.fromEntries(await Promise.all(digests));
  }

  async close(): Promise<void> {
    await this.#pool.forget(this);
    for (const each of [...this.#whole, ...(this.#tile ? [this.#tile] : [])]) this.#pool.drop(each);
  }

  async #takeSlot(): Promise<Uint8Array<SharedArrayBuffer>> {
    for (;;) {
      if (this.#failed) throw this.#failed;
      const free = this.#free.pop();
      if (free) return free;
      if (this.#made < SLOTS) {
        this.#made += 1;
        return new Uint8Array(new SharedArrayBuffer(SLOT_BYTES));
      }
      await Promise.race(this.#steps);
    }
  }

  #submit(): void {
    const slot = this.#filling;
    if (!slot || this.#filled === 0) return;
    const running = this.#tile ? [...this.#whole, this.#tile] : this.#whole;
    const step: Promise<void> = this.#pool
      .feed(running, slot.subarray(0, this.#filled), this)
      .then(
        () => void this.#free.push(slot),
        (error: Error) => {
          this.#failed ??= error;
        },
      )
      .finally(() => this.#steps.delete(step));
    this.#steps.add(step);
    this.#filling = null;
    this.#filled = 0;
  }
}
