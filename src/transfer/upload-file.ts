import { SgmediaError } from "../shared/errors.ts";
import type { EngineContext } from "./context.ts";
import { sha256Of } from "./digest-file.ts";
import { type Failure, StartOver } from "./failure.ts";
import { prepareJournalDir, transferId } from "./journal.ts";
import { TransferLock } from "./lock.ts";
import { recallUpload } from "./recall-upload.ts";
import { SourceFile } from "./source-file.ts";
import type { UploadJob, UploadOutcome } from "./types.ts";
import { uploadOnce } from "./upload-once.ts";
import { UploadRun } from "./upload-run.ts";

const MOST_BEGINNINGS = 3;

/** Errors after which the same upload cannot be gone on with: it is closed on the site and forgotten. */
const HOPELESS = new Set([
  "E_STORAGE_REFUSED",
  "E_SITE_REFUSED",
  "E_FORBIDDEN",
  "E_RECORD_MISSING",
  "E_FIELD_UNKNOWN",
  "E_FIELD_TAKES_NO_FILE",
  "E_MISMATCH",
  "E_SOURCE_CHANGED",
  "E_INPUT_UNREADABLE",
  "E_USAGE",
]);

function isHopeless(thrown: unknown, acceptedParts: number): boolean {
  if (!(thrown instanceof SgmediaError) || !HOPELESS.has(thrown.code)) return false;
  return acceptedParts === 0 || !isMendable(thrown);
}

/** What people put right: their rights, a proxy that denies or that changes bytes. Parts that were accepted by then are worth keeping. */
function isMendable(error: SgmediaError): boolean {
  const failure = error.cause as Failure | undefined;
  const denied = failure?.kind === "status" && (failure.status === 401 || failure.status === 403);
  return denied || error.code === "E_FORBIDDEN" || error.code === "E_MISMATCH";
}

/** Sends a file: goes on where an earlier run stopped, or begins. One process at a time. */
export async function uploadFile<Done>(
  context: EngineContext,
  job: UploadJob<Done>,
  path: string,
): Promise<UploadOutcome<Done>> {
  const id = transferId("upload", job.key);
  const source = await SourceFile.open(path);
  const run = new UploadRun(context, job, id, `"${source.name}"`);
  try {
    return await withUploadLock(run, async (waited) => {
      const settled = waited ? await job.settledByOther?.(job.signal) : undefined;
      if (settled !== undefined) return settledOutcome(run, source, settled);
      return uploadUntilDone(run, source);
    });
  } finally {
    await source.close();
  }
}

/** `work` is told whether another process held the transfer before. */
export async function withUploadLock<T>(
  run: UploadRun<unknown>,
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  const { context, job } = run;
  await prepareJournalDir(context.options.journalDir);
  const { lock, waited } = await TransferLock.acquire(context.options.journalDir, run.id, {
    sleep: (delayMs) => context.sleep(delayMs, job.signal),
    onWait: (holder) =>
      run.progress.note(`Process ${holder.pid} on ${holder.host} is sending ${run.label}: waiting for it.`),
  });
  try {
    return await work(waited);
  } finally {
    await run.closeJournal();
    await lock.release();
  }
}

async function uploadUntilDone<Done>(run: UploadRun<Done>, source: SourceFile): Promise<UploadOutcome<Done>> {
  let recalled = await recallUpload(run, source.identity);
  for (let beginnings = 1; ; beginnings += 1) {
    try {
      return await uploadOnce(run, source, recalled);
    } catch (thrown) {
      if (thrown instanceof StartOver && beginnings < MOST_BEGINNINGS) {
        run.progress.note(`Starting over with ${run.label}: ${thrown.message}.`);
        await run.forget();
        recalled = null;
        continue;
      }
      const error = thrown instanceof StartOver ? lostAgain(run, thrown) : thrown;
      // What cannot be closed now stays in the journal, for `abort`.
      const parts = run.opened?.mode === "multipart" ? run.parts.size : 0;
      if (isHopeless(error, parts)) await run.forget().catch(() => {});
      throw error;
    }
  }
}

function lostAgain(run: UploadRun<unknown>, last: StartOver): SgmediaError {
  return new SgmediaError(
    "E_STORAGE_REFUSED",
    `${run.label} could not be sent, from the start ${MOST_BEGINNINGS} times.`,
    {
      why: `${last.message}.`,
      fix: "Run the command again with -v to see what the storage answers.",
    },
  );
}

/** Another process sent these very bytes while this one waited. */
async function settledOutcome<Done>(
  run: UploadRun<Done>,
  source: SourceFile,
  done: Done,
): Promise<UploadOutcome<Done>> {
  const { sizeBytes } = source;
  const outcome = {
    done,
    sizeBytes,
    etag: null,
    partSizeBytes: sizeBytes,
    parts: { count: 0, sent: 0, resumed: 0 },
  };
  return { ...outcome, sha256: run.context.options.hash ? await sha256Of(run.context, source) : null };
}
