import type { HashAlgorithm, HashPool, RunningHash } from "./hash-pool.ts";

/** Bytes that may wait for the thread before whoever feeds it has to wait, too. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/** Hashes bytes that come in order and are nowhere else to be read again, in a thread. */
export class OrderedHash {
  readonly #pool: HashPool;
  readonly #running: RunningHash[] = [];
  readonly #steps = new Set<Promise<unknown>>();
  #waitingBytes = 0;
  #failed: Error | null = null;

  constructor(pool: HashPool, algorithms: readonly HashAlgorithm[]) {
    this.#pool = pool;
    const thread = pool.thread();
    for (const algorithm of algorithms) this.#running.push(pool.open(algorithm, thread));
  }

  /**
   * Feeds a copy of the bytes. Resolves when more may come; `md5` is that of these bytes alone, if wanted.
   */
  async update(chunk: Uint8Array, wantsMd5 = false): Promise<{ md5: Promise<string | null> }> {
    const copy = new Uint8Array(chunk);
    const thread = (this.#running[0] as RunningHash).thread;
    this.#waitingBytes += copy.length;
    const { length } = copy;
    const md5 = this.#pool.feed(thread, copy, { running: this.#running, md5: wantsMd5, owner: this });
    const step = md5
      .catch((error: Error) => {
        this.#failed ??= error;
      })
      .finally(() => {
        this.#waitingBytes -= length;
        this.#steps.delete(step);
      });
    this.#steps.add(step);
    while (this.#waitingBytes > MOST_WAITING_BYTES) await Promise.race(this.#steps);
    return { md5 };
  }

  /** The digests, lower-case hex. */
  async finish(): Promise<Partial<Record<HashAlgorithm, string>>> {
    while (this.#steps.size > 0) await Promise.all(this.#steps);
    if (this.#failed) throw this.#failed;
    const digests = this.#running.map(
      async (each) => [each.algorithm, await this.#pool.digest(each, this)] as const,
    );
    return Object.fromEntries(await Promise.all(digests));
  }

  async close(): Promise<void> {
    await this.#pool.forget(this);
    for (const each of this.#running) this.#pool.drop(each);
  }
}
