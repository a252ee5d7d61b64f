import { SgmediaError } from "../shared/errors.ts";
import type { EngineContext } from "./context.ts";
import { DownloadRun } from "./download-run.ts";
import { inferPartSizes, plainEtag } from "./etag.ts";
import { StartOver } from "./failure.ts";
import { fetchRanges } from "./fetch-ranges.ts";
import { FileHash } from "./file-hash.ts";
import { prepareJournalDir, transferId } from "./journal.ts";
import { TransferLock } from "./lock.ts";
import { assertTarget } from "./partial-file.ts";
import { checksumOf, proveFile, wantsSha256 } from "./prove-file.ts";
import { Remote } from "./remote.ts";
import { SMALL_BYTES } from "./small-file.ts";
import type { StoredObject } from "./stored-object.ts";
import type { DownloadJob, DownloadOutcome } from "./types.ts";

/** Errors after which what was fetched is of no use to a next run. */
const HOPELESS = new Set([
  "E_MISMATCH",
  "E_MEDIA_MISSING",
  "E_QUARANTINED",
  "E_DISK",
  "E_DISK_FULL",
  "E_EXISTS",
  "E_BUG",
]);
const LEAST_BEGINNINGS = 3;

/** Brings a stored file to a path: whole, verified, in one step; or leaves what was there as it was. */
export async function downloadFile(
  context: EngineContext,
  job: DownloadJob,
  target: { readonly path: string; readonly replace: boolean },
): Promise<DownloadOutcome> {
  const { journalDir } = context.options;
  const run = new DownloadRun(context, job, transferId("download", job.key), target.path);
  await assertTarget(target.path, target.replace);
  await prepareJournalDir(journalDir);
  const { lock, waited } = await TransferLock.acquire(journalDir, run.id, {
    sleep: (delayMs) => context.sleep(delayMs, job.signal),
    onWait: (holder) =>
      run.progress.note(`Process ${holder.pid} on ${holder.host} is fetching ${run.label}: waiting for it.`),
  });
  try {
    // Whoever had it before may have finished it.
    if (waited) await assertTarget(target.path, target.replace);
    return await downloadUntilDone(run, target);
  } finally {
    await lock.release();
  }
}

async function downloadUntilDone(
  run: DownloadRun,
  target: { readonly path: string; readonly replace: boolean },
): Promise<DownloadOutcome> {
  await run.recall();
  for (let beginnings = 1; ; beginnings += 1) {
    try {
      return await downloadOnce(run, target);
    } catch (thrown) {
      if (
        thrown instanceof StartOver &&
        beginnings < Math.max(LEAST_BEGINNINGS, run.context.options.retries)
      ) {
        run.progress.note(`Starting over with ${run.label}: ${thrown.message}.`);
        await run.forget();
        continue;
      }
      const keeps = thrown instanceof SgmediaError && !HOPELESS.has(thrown.code);
      await (keeps ? run.pause() : run.forget());
      throw thrown instanceof StartOver ? changing(run, thrown) : thrown;
    }
  }
}

async function downloadOnce(
  run: DownloadRun,
  target: { readonly path: string; readonly replace: boolean },
): Promise<DownloadOutcome> {
  const { context, job } = run;
  let known = (): void => {};
  const learned = new Promise<void>((resolve) => {
    known = resolve;
  });
  const about = { label: run.label, ledger: run.ledger, onEvent: run.progress.event };
  const onLearned = async (object: StoredObject): Promise<void> => {
    assertExpectedSize(run, object.sizeBytes);
    await run.begin(object);
    startHash(run, object);
    announce(run, object);
    known();
  };
  const remote = new Remote(context, job.port, { ...about, onLearned }, run.object);
  if (run.object) {
    assertExpectedSize(run, run.object.sizeBytes);
    startHash(run, run.object);
    announce(run, run.object);
    run.progress.resume(run.resumedBytes);
    // With nothing left to ask for, nobody would notice that another object is stored by now: one byte tells. Throws StartOver.
    if (run.held.covers(0, run.object.sizeBytes ?? 0))
      await remote.read({ at: 0, to: 1 }, () => {}, job.signal);
  }
  const ranges = await fetchRanges(run, remote, learned);
  run.progress.flush();

  const { object, partial } = run;
  if (!object || !partial) throw new Error("fetched without an answer");
  const sizeBytes = object.sizeBytes ?? (await partial.sizeBytes());
  if (!run.held.covers(0, sizeBytes) || (await partial.sizeBytes()) !== sizeBytes) {
    throw new SgmediaError("E_MISMATCH", `${run.label} is not whole.`, {
      why: `${run.held.totalBytes} of ${sizeBytes} bytes came.`,
      fix: "Run the command again.",
    });
  }
  await run.settled();
  const proof = await proveFile(run, { ...object, sizeBytes });
  await run.closeHash();
  await partial.become(target.path, target.replace);
  await run.finish();
  return {
    sizeBytes,
    sha256: proof.sha256,
    etag: plainEtag(object.etag),
    checkedBy: proof.checkedBy,
    contentType: object.contentType,
    ranges,
  };
}

/** Hashing runs along with the bytes, where their number is known. */
function startHash(run: DownloadRun, object: StoredObject): void {
  const { partial, context } = run;
  if (!context.options.hash || !partial || object.sizeBytes === null) return;
  const sum = checksumOf(object);
  // A small file is read back and hashed at once.
  if (object.sizeBytes <= SMALL_BYTES && sum.kind !== "composite") return;
  run.hash = new FileHash(context.hashes, {
    fd: partial.fd,
    sizeBytes: object.sizeBytes,
    sha256: wantsSha256(run.job),
    tileBytes: sum.kind === "composite" ? (inferPartSizes(object.sizeBytes, sum.parts)[0] ?? null) : null,
    wholeMd5: sum.kind === "md5",
    tooShort: () =>
      new SgmediaError("E_DISK", `${run.label} was cut while it was fetched.`, { why: partial.path }),
  });
  for (const { offset, bytes } of run.held) run.hash.ready(offset, bytes);
}

function announce(run: DownloadRun, object: StoredObject): void {
  run.progress.event({ kind: "opened", mode: "download", sizeBytes: object.sizeBytes, partCount: null });
}

export function assertExpectedSize(run: Pick<DownloadRun, "job" | "label">, sizeBytes: number | null): void {
  const expected = run.job.expect?.sizeBytes;
  if (expected === undefined || sizeBytes === null || expected === sizeBytes) return;
  throw new SgmediaError("E_MISMATCH", `${run.label} is not what was expected.`, {
    why: `The storage has ${sizeBytes} bytes, expected were ${expected}.`,
    fix: "Look at the record with: sgmedia info",
  });
}

function changing(run: DownloadRun, last: StartOver): SgmediaError {
  return new SgmediaError("E_STORAGE", `${run.label} could not be fetched in one piece.`, {
    why: `${last.message}.`,
    fix: "Wait until nobody writes it, then run the command again.",
  });
}
