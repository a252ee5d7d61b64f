import { runAttempt } from "./attempt.ts";
import type { EngineContext } from "./context.ts";
import { eachChunk, type Taken } from "./each-chunk.ts";
import { AttemptFailed, StartOver } from "./failure.ts";
import { persist } from "./persist.ts";
import type { DownloadPort, OnTransferEvent, SignedRequest } from "./ports.ts";
import type { Ledger } from "./retry.ts";
import { refusal } from "./storage-answer.ts";
import { headerText, type StorageReply } from "./storage-client.ts";
import {
  assertSameObject,
  contentLength,
  isPinned,
  objectOf,
  parseContentRange,
  pinHeaders,
  type StoredObject,
} from "./stored-object.ts";
import type { Watched } from "./watchdog.ts";

export interface RemoteOptions {
  /** For messages: `"shot.mov"`. */
  readonly label: string;
  readonly ledger: Ledger;
  readonly onEvent: OnTransferEvent;
  /** Awaited before the first byte: what is stored is known now. May throw SgmediaError. */
  readonly onLearned?: (object: StoredObject) => Promise<void>;
}

/** A stretch `[at, to)` that is being read: `at` moves on with what was taken, and whoever gives the rest to another draws `to` in. */
export interface Place {
  at: number;
  to: number;
  /** Where the server gives no stretches, all of it comes, unless this is false. */
  readonly widen?: boolean;
  /** The answer came to its end, and had named none. */
  ended?: boolean;
}

/** Takes bytes of a known place. What it awaits holds the line back, and is no silence of it. Whoever needs a chunk no more may give it back to the client. */
export type Sink = (chunk: Buffer, offset: number) => Promise<void> | undefined;

/**
 * Stored bytes, to be read in stretches. Every answer is held against the first: same ETag, same size, the stretch that was asked for,
 * not a byte more or less. A stretch that breaks off goes on where it broke off, with a fresh URL.
 */
export class Remote {
  readonly #context: EngineContext;
  readonly #port: DownloadPort;
  readonly #options: RemoteOptions;
  #located: Promise<SignedRequest> | null = null;
  object: StoredObject | null;

  constructor(
    context: EngineContext,
    port: DownloadPort,
    options: RemoteOptions,
    object: StoredObject | null = null,
  ) {
    this.#context = context;
    this.#port = port;
    this.#options = options;
    this.object = object;
  }

  /**
   * Brings a place to the sink, in order. Without an object yet, the first answer says what is there, and `to` is cut down to
   * it. Returns where it ended.
   */
  async read(place: Place, sink: Sink, signal: AbortSignal): Promise<number> {
    const { label: what, ledger, onEvent } = this.#options;
    const how = { what, direction: "download" as const, ledger, onEvent, signal };
    let used: Promise<SignedRequest> | null = null;
    await persist(this.#context, how, async (failuresBefore) => {
      while (place.at < place.to && !place.ended) {
        if (failuresBefore > 0 && used === this.#located) this.#located = null;
        used = this.#locate(signal);
        const signed = await used;
        await this.#context.governor.run(
          signal,
          () =>
            runAttempt(this.#context.watchdog, signal, new URL(signed.url).host, (attempt) =>
              this.#get(signed, place, sink, attempt.signal, attempt.watched),
            ),
          failuresBefore > 0,
        );
      }
    });
    return place.at;
  }

  #locate(signal: AbortSignal): Promise<SignedRequest> {
    if (this.#located) return this.#located;
    const located = this.#port.locate(signal);
    this.#located = located;
    located.catch(() => {
      if (this.#located === located) this.#located = null;
    });
    return located;
  }

  async #get(
    signed: SignedRequest,
    place: Place,
    sink: Sink,
    signal: AbortSignal,
    watched: Watched,
  ): Promise<void> {
    const { client, governor, limiter } = this.#context;
    const asked = { at: place.at, to: place.to };
    const range = Number.isFinite(place.to) ? `bytes=${place.at}-${place.to - 1}` : `bytes=${place.at}-`;
    let reply = await client.get(signed, { range, ...pinHeaders(this.object) }, signal);
    if (reply.status === 416 && this.object === null && place.at === 0) {
      // Nothing has no first byte: an empty object is only given whole.
      await reply.body.dump();
      reply = await client.get(signed, {}, signal);
    }
    const { start, end } = await this.#check(reply, place, asked);
    let offset = start;
    let enough = false;
    await eachChunk(reply.body, (chunk) => {
      watched.touch();
      governor.moved(chunk.length);
      if (end !== null && offset + chunk.length > end)
        throw this.#wrong(reply, "it sent more bytes than it said");
      // A server without ranges sends again what is here already.
      const wanted = offset >= place.at ? chunk : chunk.subarray(place.at - offset);
      offset += chunk.length;
      if (wanted.length === 0) return undefined;
      const piece = wanted.subarray(0, place.to - place.at);
      const taken = (): Taken => {
        place.at += piece.length;
        this.#options.ledger.note(piece.length);
        enough = place.at >= place.to && (end === null || offset < end);
        return enough ? "enough" : undefined;
      };
      const waits = limiter.unlimited
        ? sink(piece, place.at)
        : limiter.take(piece.length, signal).then(() => sink(piece, place.at));
      if (!waits) return taken();
      watched.pause();
      return waits.then(() => {
        watched.resume();
        return taken();
      });
    });
    if (enough) return;
    if (end !== null && offset < end)
      throw this.#broken(reply, `the answer ended ${end - offset} bytes early`);
    if (end === null) place.ended = true;
  }

  /** Where the answer's bytes begin and end. Throws unless it is an answer to what was asked, about the same object. */
  async #check(
    reply: StorageReply,
    place: Place,
    asked: { readonly at: number; readonly to: number },
  ): Promise<{ start: number; end: number | null }> {
    if (reply.status === 206) {
      const range = parseContentRange(headerText(reply.headers, "content-range"));
      if (!range) throw this.#wrong(reply, "a 206 without a sound Content-Range");
      if (range.first !== asked.at || range.last >= asked.to) {
        throw this.#wrong(reply, `asked for byte ${asked.at}, it sent bytes ${range.first} to ${range.last}`);
      }
      const length = contentLength(reply);
      if (length !== null && length !== range.last + 1 - range.first) {
        throw this.#wrong(reply, "its Content-Length and its Content-Range differ");
      }
      if (this.object) assertSameObject(this.object, reply, range.totalBytes);
      else await this.#learn(objectOf(reply, range.totalBytes, range.totalBytes !== null));
      if (range.totalBytes !== null) place.to = Math.min(place.to, range.totalBytes);
      return { start: range.first, end: range.last + 1 };
    }
    if (reply.status !== 200) throw await refusal(reply, this.#context.nowMs());
    const sizeBytes = contentLength(reply);
    if (this.object === null) {
      await this.#learn(objectOf(reply, sizeBytes, false));
      if (place.widen !== false || sizeBytes === null) place.to = sizeBytes ?? Number.POSITIVE_INFINITY;
      place.to = Math.min(place.to, sizeBytes ?? place.to);
    } else {
      assertSameObject(this.object, reply, sizeBytes);
      if (place.at > 0 && !isPinned(this.object)) {
        throw new StartOver("the server sends it only whole, and does not say whether it is still the same");
      }
    }
    return { start: 0, end: sizeBytes };
  }

  async #learn(object: StoredObject): Promise<void> {
    await this.#options.onLearned?.(object);
    this.object = object;
  }

  #wrong(reply: StorageReply, reason: string): AttemptFailed {
    return new AttemptFailed({ kind: "answer", host: reply.host, reason });
  }

  #broken(reply: StorageReply, reason: string): AttemptFailed {
    return new AttemptFailed({ kind: "network", host: reply.host, code: null, reason });
  }
}
