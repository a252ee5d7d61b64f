import { HashDropped, type HashPool, HashShort, type HashThread, type RunningHash } from "./hash-pool.ts";
import { IntervalSet } from "./interval-set.ts";

/** What is fed to a running hash at once. */
const STEP_BYTES = 16 * 1024 * 1024;
/** A step shorter than this waits for more, unless it is the last. */
const SHORTEST_STEP_BYTES = 4 * 1024 * 1024;
/** From here on the MD5 of the whole runs in a thread of its own beside the SHA-256. */
const TWO_THREADS_BYTES = 64 * 1024 * 1024;

export interface FileHashOptions {
  readonly fd: number;
  readonly sizeBytes: number;
  /** SHA-256 of the whole. */
  readonly sha256: boolean;
  /** Size of the tiles that get an MD5 each; null: none wanted. */
  readonly tileBytes: number | null;
  /** MD5 of the whole. */
  readonly wholeMd5: boolean;
  /** What it means that the file ends too early. */
  readonly tooShort: () => Error;
}

/** One or more running hashes that advance together over the file, in order. */
interface Lane {
  readonly running: RunningHash[];
  nextOffset: number;
}

/**
 * Hashes a file while its bytes come or go, in any order: `ready` says which are there. SHA-256 (and MD5) of the whole follow
 * in order in a thread of their own; tiles get their MD5 as soon as they are there, all in one thread, which makes several side
 * by side. Reads go through the file's descriptor, so that it is the file that was opened, whatever happens to its name.
 */
export class FileHash {
  readonly #pool: HashPool;
  readonly #options: FileHashOptions;
  readonly #lanes: Lane[];
  readonly #tileThread: HashThread;
  readonly #there = new IntervalSet();
  readonly #tiles = new Map<number, Promise<string>>();
  readonly #steps = new Set<Promise<unknown>>();
  #failed: Error | null = null;

  constructor(pool: HashPool, options: FileHashOptions) {
    this.#pool = pool;
    this.#options = options;
    const sha = options.sha256 ? pool.open("sha256") : null;
    const apart = sha === null || options.sizeBytes >= TWO_THREADS_BYTES;
    const md5Thread = apart ? pool.thread(sha?.thread) : sha.thread;
    const md5 = options.wholeMd5 ? pool.open("md5", md5Thread) : null;
    this.#tileThread = md5Thread;
    const running = [sha, md5].filter((each) => each !== null);
    this.#lanes = (apart ? running.map((each) => [each]) : [running]).map((each) => ({
      running: each,
      nextOffset: 0,
    }));
  }

  /** These bytes can be read from the file now. */
  ready(offset: number, bytes: number): void {
    this.#there.add(offset, bytes);
    this.#startTiles(offset, bytes);
    this.#advance();
  }

  /** MD5 of a tile (from 0) that `ready` has covered. */
  tileMd5(index: number): Promise<string> {
    return this.#tiles.get(index) ?? Promise.reject(new Error(`tile ${index} is not there yet`));
  }

  /** MD5 of any stretch, read anew. */
  md5(offset: number, bytes: number): Promise<string> {
    const from = { fd: this.#options.fd, offset, bytes };
    return this.#read(this.#pool.md5(this.#tileThread, from, this));
  }

  /** When everything is there: SHA-256 and MD5 of the file where wanted, the MD5s of its tiles in order. */
  async finish(): Promise<{ sha256: string | null; md5: string | null; tiles: string[] }> {
    this.#advance(true);
    while (this.#steps.size > 0) await Promise.all(this.#steps);
    if (this.#failed) throw this.#failed;
    if (this.#lanes.some((lane) => lane.nextOffset < this.#options.sizeBytes))
      throw new Error("bytes are missing");
    const running = this.#lanes.flatMap((lane) => lane.running);
    const digests = await Promise.all(
      running.map(async (each) => ({
        algorithm: each.algorithm,
        digest: await this.#pool.digest(each, this),
      })),
    );
    const find = (name: string): string | null =>
      digests.find((each) => each.algorithm === name)?.digest ?? null;
    const tiles = await Promise.all([...this.#tiles].sort(([a], [b]) => a - b).map(([, md5]) => md5));
    return { sha256: find("sha256"), md5: find("md5"), tiles };
  }

  /** Must be awaited before the file is closed. */
  async close(): Promise<void> {
    await this.#pool.forget(this);
    for (const lane of this.#lanes) for (const each of lane.running) this.#pool.drop(each);
  }

  #startTiles(offset: number, bytes: number): void {
    const { tileBytes, sizeBytes } = this.#options;
    if (tileBytes === null) return;
    for (let index = Math.floor(offset / tileBytes); index * tileBytes < offset + bytes; index += 1) {
      const start = index * tileBytes;
      const length = Math.min(tileBytes, sizeBytes - start);
      if (this.#tiles.has(index) || length <= 0 || !this.#there.covers(start, length)) continue;
      const md5 = this.md5(start, length);
      this.#tiles.set(index, md5);
      this.#note(md5);
    }
  }

  #advance(toTheEnd = false): void {
    for (const lane of this.#lanes) {
      const end = this.#there.coveredFrom(lane.nextOffset);
      while (lane.nextOffset < end) {
        const bytes = Math.min(STEP_BYTES, end - lane.nextOffset);
        if (bytes < SHORTEST_STEP_BYTES && !toTheEnd && end < this.#options.sizeBytes) break;
        const from = { fd: this.#options.fd, offset: lane.nextOffset, bytes };
        this.#note(this.#read(this.#pool.feed(lane.running, from, this)));
        lane.nextOffset += bytes;
      }
    }
  }

  async #read<T>(hashing: Promise<T>): Promise<T> {
    try {
      return await hashing;
    } catch (thrown) {
      throw thrown instanceof HashShort ? this.#options.tooShort() : thrown;
    }
  }

  #note(step: Promise<unknown>): void {
    const noted = step
      .catch((error: Error) => {
        if (!(error instanceof HashDropped)) this.#failed ??= error;
      })
      .finally(() => this.#steps.delete(noted));
    this.#steps.add(noted);
  }
}
