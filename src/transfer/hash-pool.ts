import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { SgmediaError } from "../shared/errors.ts";
import { keepHeapSmall } from "../shared/keep-heap-small.ts";
import type { HashMessage, HashReply } from "./hash-worker.js";

/** What is worth a second thread: this much work waiting before every one that runs. */
const WORTH_A_THREAD = 32 * 1024 * 1024;
const MOST_THREADS = 3;
/** Jobs handed to a thread before it answered the first: enough that it never waits for us, and can do some side by side. */
const HANDED_OVER = 8;
/** SHA-256 costs this much of MD5, with the processor's own instructions. */
const SHA256_COST = 0.42;
/** And an MD5 side by side with others. */
const LANE_COST = 0.4;

export type HashAlgorithm = "md5" | "sha256";

/** A running hash, tied to the thread it runs in. */
export interface RunningHash {
  readonly id: number;
  readonly algorithm: HashAlgorithm;
  readonly thread: HashThread;
}

/** A stretch of an open file. */
export interface FileStretch {
  readonly fd: number;
  readonly offset: number;
  readonly bytes: number;
}

interface Job {
  readonly message: Extract<HashMessage, { job: number }>;
  readonly cost: number;
  readonly owner: object;
  readonly resolve: (digest: string | null) => void;
  readonly reject: (error: Error) => void;
}

/** One worker thread and what waits for it. */
export class HashThread {
  readonly #worker: Worker;
  readonly #queue: Job[] = [];
  readonly #handed = new Map<number, Job>();
  #cost = 0;
  #broken: Error | null = null;

  constructor(onGone: () => void) {
    this.#worker = new Worker(new URL("./hash-worker.js", import.meta.url), {
      // It makes next to no objects; its share of memory would else be that of a whole program.
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
    });
    this.#worker.unref();
    this.#worker.once("online", keepHeapSmall);
    this.#worker.on("message", (reply: HashReply) => this.#settle(reply));
    this.#worker.on("error", (error: Error) => {
      this.#break(error);
      onGone();
    });
    this.#worker.on("exit", () => this.#break(new Error("the hashing thread ended")));
  }

  /** Work that waits, in bytes of MD5. */
  get cost(): number {
    return this.#cost;
  }

  tell(message: Extract<HashMessage, { kind: "open" | "drop" }>): void {
    this.#worker.postMessage(message);
  }

  /** Resolves with the digest, where the job has one. `owner` lets `forget` find it. */
  submit(
    message: Extract<HashMessage, { job: number }>,
    cost: number,
    owner: object,
  ): Promise<string | null> {
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#cost += cost;
      this.#queue.push({ message, cost, owner, resolve, reject });
      this.#hand();
    });
  }

  /** Drops what waits for `owner`, and resolves when nothing of it runs any more: its file may then be closed. */
  async forget(owner: object): Promise<void> {
    for (let index = this.#queue.length - 1; index >= 0; index -= 1) {
      const job = this.#queue[index];
      if (!job || job.owner !== owner) continue;
      this.#queue.splice(index, 1);
      this.#cost -= job.cost;
      job.reject(new HashDropped());
    }
    const running = [...this.#handed.values()].filter((job) => job.owner === owner);
    if (running.length === 0) return;
    const last = { kind: "feed", job: nextId(), streams: [], from: new Uint8Array(0) } as const;
    await this.submit(last, 0, this).catch(() => {});
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #hand(): void {
    while (this.#handed.size < HANDED_OVER) {
      const job = this.#queue.shift();
      if (!job) break;
      this.#handed.set(job.message.job, job);
      this.#worker.postMessage(job.message);
    }
    // A thread with work keeps the process alive; one without does not.
    if (this.#handed.size > 0) this.#worker.ref();
    else this.#worker.unref();
  }

  #settle(reply: HashReply): void {
    const job = this.#handed.get(reply.job);
    if (!job) return;
    this.#handed.delete(reply.job);
    this.#cost -= job.cost;
    if (reply.short) job.reject(new HashShort());
    else if (reply.error !== null) job.reject(new Error(reply.error));
    else job.resolve(reply.digest);
    this.#hand();
  }

  #break(error: Error): void {
    this.#broken ??= error;
    for (const job of [...this.#handed.values(), ...this.#queue.splice(0)]) job.reject(error);
    this.#handed.clear();
    this.#cost = 0;
  }
}

/** The file ended before the stretch did. */
export class HashShort extends Error {}

/** The hash is of no more interest: its transfer ended. */
export class HashDropped extends Error {}

let lastId = 0;
export function nextId(): number {
  lastId += 1;
  return lastId;
}

/** Threads that hash, started when there is work for them, and a second one only when the first falls behind. */
export class HashPool {
  #threads: HashThread[] = [];
  readonly #most: number;
  #closed = false;

  constructor(most = Math.min(MOST_THREADS, availableParallelism())) {
    this.#most = Math.max(1, most);
  }

  /** The thread with the least to do; with `besides`, another than that one where there may be several. */
  thread(besides?: HashThread): HashThread {
    if (this.#closed) throw new SgmediaError("E_BUG", "The engine is closed.");
    const choice = this.#most > 1 ? this.#threads.filter((each) => each !== besides) : this.#threads;
    const least = choice.reduce<HashThread | null>(
      (best, each) => (best && best.cost <= each.cost ? best : each),
      null,
    );
    if (least && (least.cost < WORTH_A_THREAD || this.#threads.length >= this.#most)) return least;
    const started = new HashThread(() => {
      this.#threads = this.#threads.filter((each) => each !== started);
    });
    this.#threads.push(started);
    return started;
  }

  /** A hash that takes its bytes in order, over as many jobs as one likes. */
  open(algorithm: HashAlgorithm, thread = this.thread()): RunningHash {
    const running = { id: nextId(), algorithm, thread };
    thread.tell({ kind: "open", stream: running.id, algorithm });
    return running;
  }

  /** Feeds running hashes of one thread. Bytes in shared memory must stay as they are until this resolves. */
  async feed(
    running: readonly RunningHash[],
    from: FileStretch | Uint8Array<SharedArrayBuffer>,
    owner: object,
  ): Promise<void> {
    const bytes = from instanceof Uint8Array ? from.length : from.bytes;
    const perByte = running.reduce((sum, each) => sum + (each.algorithm === "md5" ? 1 : SHA256_COST), 0);
    const streams = running.map((each) => each.id);
    await running[0]?.thread.submit({ kind: "feed", job: nextId(), streams, from }, bytes * perByte, owner);
  }

  /** MD5 of one stretch, lower-case hex. Those that wait in one thread are made side by side. */
  async md5(thread: HashThread, from: FileStretch, owner: object): Promise<string> {
    const job = { kind: "md5", job: nextId(), from } as const;
    return (await thread.submit(job, from.bytes * LANE_COST, owner)) ?? "";
  }

  async digest(running: RunningHash, owner: object): Promise<string> {
    const digest = await running.thread.submit(
      { kind: "digest", job: nextId(), stream: running.id },
      0,
      owner,
    );
    return digest ?? "";
  }

  drop(running: RunningHash): void {
    running.thread.tell({ kind: "drop", stream: running.id });
  }

  /** See HashThread.forget. */
  async forget(owner: object): Promise<void> {
    await Promise.all(this.#threads.map((each) => each.forget(owner)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.map((each) => each.stop()));
    this.#threads = [];
  }
}
