import type { RateLimiter } from "./rate.ts";
import type { SourceFile } from "./source-file.ts";
import type { Watched } from "./watchdog.ts";

/** Larger than any socket's high-water mark, so that at most the youngest buffer can still be queued when the next is wanted. */
const BUFFER_BYTES = 512 * 1024;
/** One being sent, one being read, one that may still be queued. */
const BUFFERS = 3;

/** Buffers that were used and can be used again. */
const spare: Buffer[] = [];
const MOST_SPARE = 24;

export interface BodyWatch {
  readonly limiter: RateLimiter;
  readonly watched: Watched;
  readonly signal: AbortSignal;
  /** Bytes that were handed to the network. */
  readonly onSent: (bytes: number) => void;
}

/**
 * The bytes of a stretch of a file, read one buffer ahead of the network, anew at every call. A buffer is filled again only when a whole
 * other one was handed over since: the socket may keep less than one back.
 */
export async function* readBody(
  source: SourceFile,
  offset: number,
  bytes: number,
  watch: BodyWatch,
): AsyncGenerator<Uint8Array> {
  const own: Buffer[] = [];
  let reading: Promise<unknown> | null = null;
  const readAt = (at: number, turn: number): Promise<Buffer> => {
    own[turn % BUFFERS] ??= spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    const buffer = own[turn % BUFFERS] as Buffer;
    const length = Math.min(BUFFER_BYTES, offset + bytes - at);
    const read = source.read(buffer, length, at).then(() => buffer.subarray(0, length));
    // Its failure is thrown where it is awaited; nobody may be there if the request ends first.
    read.catch(() => {});
    reading = read;
    return read;
  };
  try {
    let turn = 0;
    let next: Promise<Buffer> | null = bytes > 0 ? readAt(offset, turn) : null;
    for (let at = offset; next !== null; ) {
      const chunk: Buffer = await next;
      at += chunk.length;
      turn += 1;
      next = at < offset + bytes ? readAt(at, turn) : null;
      yield* paced(chunk, watch);
    }
  } finally {
    await Promise.resolve(reading).catch(() => {});
    while (spare.length < MOST_SPARE && own.length > 0) spare.push(own.pop() as Buffer);
  }
}

/** The same for bytes that are in memory. */
export async function* paced(chunk: Uint8Array, watch: BodyWatch): AsyncGenerator<Uint8Array> {
  const step = watch.limiter.sliceBytes;
  for (let done = 0; done < chunk.length; done += step) {
    const slice = step >= chunk.length ? chunk : chunk.subarray(done, done + step);
    if (!watch.limiter.unlimited) {
      watch.watched.pause();
      await watch.limiter.take(slice.length, watch.signal);
      watch.watched.resume();
    }
    yield slice;
    watch.watched.touch();
    watch.onSent(slice.length);
  }
}
