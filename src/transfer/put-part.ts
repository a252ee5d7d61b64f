import { runAttempt } from "./attempt.ts";
import { etagKind, isEtagEncrypted, plainEtag } from "./etag.ts";
import { AttemptFailed } from "./failure.ts";
import type { BodyWatch } from "./part-body.ts";
import { persist } from "./persist.ts";
import type { SignedRequest, Ticket } from "./ports.ts";
import { readText, refusal } from "./storage-answer.ts";
import { headerText, type StorageReply, type UploadBody } from "./storage-client.ts";
import type { UploadRun } from "./upload-run.ts";
import type { AcceptedRecord } from "./upload-state.ts";

/** A URL that waited this long for its turn is asked for again: it may have run out. */
const STALE_URL_MS = 30_000;

export interface PartToSend {
  readonly number: number;
  readonly bytes: number;
  /** For messages: `part 3 of "shot.mov"`. */
  readonly what: string;
  /** The bytes, from their beginning at every call. */
  readonly body: (watch: BodyWatch) => UploadBody;
  /** An attempt begins: hashing may, too. */
  readonly started?: () => void;
  /** MD5 of the same bytes, read for itself; null when hashing is off. Called once the storage accepted. */
  readonly md5: () => Promise<string | null>;
  /** Called when the ETag is another: is the source still what it was? Throws E_SOURCE_CHANGED. */
  readonly recheck: () => Promise<void>;
}

export interface PutResult extends AcceptedRecord {
  /** The reply's body, where the site itself took the bytes. */
  readonly replyText: string;
}

/**
 * Sends one part until the storage says it has exactly these bytes: 2xx, and an ETag equal to their MD5 where ETags are that.
 * Throws SgmediaError, or StartOver when the multipart is gone.
 */
export async function putPart(
  run: UploadRun<unknown>,
  ticket: Ticket,
  part: PartToSend,
  signal: AbortSignal,
  keepReply: boolean,
): Promise<PutResult> {
  const { context, job, progress } = run;
  const how = {
    what: part.what,
    direction: "upload" as const,
    ledger: run.ledger,
    onEvent: progress.event,
    signal,
  };
  return persist(context, how, async (failuresBefore) => {
    let signed = await job.port.issuePart(ticket, part.number, signal);
    const issuedMs = context.nowMs();
    const reply = await context.governor.run(
      signal,
      async () => {
        if (context.nowMs() - issuedMs > STALE_URL_MS)
          signed = await job.port.issuePart(ticket, part.number, signal);
        return putOnce(run, signed, part, signal, keepReply);
      },
      failuresBefore > 0,
    );
    const md5 = await part.md5();
    const etag = plainEtag(headerText(reply.headers, "etag"));
    const kind = etagKind(etag);
    if (kind.kind !== "md5" || isEtagEncrypted(reply.headers)) {
      if (!keepReply) run.noteOpaqueEtags();
    } else if (md5 !== null && kind.md5 !== md5) {
      await part.recheck();
      throw new AttemptFailed({ kind: "mismatch", host: reply.host, ours: md5, theirs: kind.md5 });
    }
    run.ledger.note(part.bytes);
    return { etag, md5, bytes: part.bytes, replyText: reply.text };
  });
}

async function putOnce(
  run: UploadRun<unknown>,
  signed: SignedRequest,
  part: PartToSend,
  transferSignal: AbortSignal,
  keepReply: boolean,
): Promise<{ host: string; headers: StorageReply["headers"]; text: string }> {
  const { context, progress } = run;
  let sentBytes = 0;
  part.started?.();
  try {
    return await runAttempt(
      context.watchdog,
      transferSignal,
      new URL(signed.url).host,
      async ({ signal, watched }) => {
        const onSent = (bytes: number): void => {
          sentBytes += bytes;
          progress.send(bytes);
          context.governor.moved(bytes);
        };
        const body = part.body({ limiter: context.limiter, watched, signal, onSent });
        const reply = await context.client.put(signed, body, part.bytes, signal);
        watched.touch();
        if (reply.status < 200 || reply.status > 299) throw await refusal(reply, context.nowMs());
        const text = await readText(reply);
        return { host: reply.host, headers: reply.headers, text: keepReply ? text : "" };
      },
    );
  } finally {
    // What was on the way is now either accepted or to be sent again.
    progress.send(-sentBytes);
  }
}
