import { SgmediaError } from "../shared/errors.ts";
import { throwIfInterrupted } from "./abort.ts";
import { compareFile } from "./compare.ts";
import { etagKind } from "./etag.ts";
import { readFacts } from "./facts.ts";
import type { StoredFacts } from "./types.ts";
import type { UploadRun } from "./upload-run.ts";

/** What an upload sent: what is stored must be the same. */
export interface Sent {
  readonly sizeBytes: number;
  /** As the storage should name it; null where its ETags are no MD5. */
  readonly etag: string | null;
  /** Of the local file; null: it was a stream, and cannot be read again. */
  readonly path: string | null;
}

/** Whether a finished upload holds what was sent. `why` says what differs, or why nobody can tell. */
export interface Verdict {
  readonly is: "same" | "other" | "unknown";
  readonly why: string;
}

/** An upload that stands is not kept waiting for longer by a storage that does not say what it has. */
const MOST_MS = 30_000;

/** Asks the storage for one byte of what a finished upload holds, and compares size and checksum. Throws only when interrupted. */
export async function compareStored<Done>(run: UploadRun<Done>, done: Done, sent: Sent): Promise<Verdict> {
  const { context, job } = run;
  const signal = AbortSignal.any([job.signal, AbortSignal.timeout(MOST_MS)]);
  try {
    const facts = await readFacts(context, job.port.stored(done), signal);
    if (!facts) return { is: "unknown", why: "the storage does not show it yet" };
    return await compareFacts(run, facts, sent);
  } catch (thrown) {
    throwIfInterrupted(job.signal);
    if (!(thrown instanceof SgmediaError) || thrown.code === "E_BUG") throw thrown;
    return { is: "unknown", why: thrown.message };
  }
}

async function compareFacts(run: UploadRun<unknown>, facts: StoredFacts, sent: Sent): Promise<Verdict> {
  const why = `${named(facts)} are stored, ${named(sent)} were sent`;
  if (facts.sizeBytes !== sent.sizeBytes) return { is: "other", why };
  const [theirs, ours] = [etagKind(facts.etag), etagKind(sent.etag)];
  if (theirs.kind === "opaque" || ours.kind === "opaque") {
    return { is: "unknown", why: "the storage gives no checksum of it" };
  }
  if (facts.etag?.toLowerCase() === sent.etag) return { is: "same", why };
  const alike =
    theirs.kind === ours.kind && (theirs.kind === "md5" || theirs.parts === (ours as typeof theirs).parts);
  if (alike) return { is: "other", why };
  // A copy within the storage is cut otherwise than what was sent.
  if (sent.path === null) return { is: "unknown", why: "the storage has cut it otherwise" };
  const read = await compareFile(run.context, sent.path, facts);
  if (read === "unknown") return { is: "unknown", why: "the storage has cut it otherwise" };
  return { is: read === "same" ? "same" : "other", why };
}

function named({ sizeBytes, etag }: { readonly sizeBytes: number; readonly etag: string | null }): string {
  return `${sizeBytes} bytes${etag === null ? "" : ` with ETag ${etag}`}`;
}
