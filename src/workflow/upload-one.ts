import { basename } from "node:path";
import { SgmediaError, toSgmediaError } from "../shared/errors.ts";
import { type AttachmentRef, formatRef } from "../shared/records.ts";
import { formatBytes, formatDurationMs } from "../shared/units.ts";
import type { UploadPort } from "../transfer/ports.ts";
import type { TransferKey, UploadOutcome } from "../transfer/types.ts";
import { findAlreadyThere } from "./already-there.ts";
import type { InputFile } from "./input-files.ts";
import { mediaBeforeUpload, waitForTranscode } from "./transcode-wait.ts";
import type { ItemProgress, UploadResult, UploadRow, Work } from "./types.ts";
import type { UploadPlan } from "./upload-plan.ts";
import { verifySkipped, verifyStored } from "./verify-upload.ts";

/** What a site gets to close an upload after the user gave up. */
const CLOSE_MS = 5_000;

/** Sends one file unless its bytes are there already; verifies and waits as asked. Throws SgmediaError. */
export async function uploadOne(work: Work, plan: UploadPlan, file: InputFile): Promise<UploadRow> {
  const started = work.nowMs();
  await checkKind(work, plan, file);
  const base = {
    ok: true as const,
    file: file.shown,
    sizeBytes: file.sizeBytes,
    entity: plan.record,
    field: plan.field,
  };
  const label = plan.displayName ?? file.name;

  const there = await findAlreadyThere(work, plan, file, label);
  if (there === "other" && plan.ifExists === "fail") throw somethingThere(plan, label);
  if (there !== "other" && there !== undefined) {
    if (plan.ifExists === "fail") throw somethingThere(plan, there.name);
    if (plan.ifExists === "skip") {
      if (work.dryRun) return { ...base, attachment: there, skipped: true, planned: true };
      const item = work.progress.item(label, file.sizeBytes);
      const proven = plan.verify ? await verifySkipped(work, file, there, item) : {};
      await forgetEarlierRun(work, plan, file);
      item.done(`already there as ${formatRef(there)}`);
      const row = { ...base, attachment: there, parts: { count: 0, sent: 0, resumed: 0 }, skipped: true };
      return { ...row, ...proven, durationMs: work.nowMs() - started };
    }
  }
  if (work.dryRun) return { ...base, skipped: false, planned: true };

  const before = plan.waitSeconds === null ? null : await mediaBeforeUpload(work, plan.record);
  const item = work.progress.item(label, file.sizeBytes);
  const outcome = await send(work, plan, file.name, item, {
    key: file.path,
    source: { kind: "file", path: file.path },
    settledByOther: async () => {
      const found = await findAlreadyThere(work, plan, file, label);
      return found === "other" ? undefined : found;
    },
  });
  assertUnchanged(file, outcome.sizeBytes);
  item.done(summaryOf(plan, outcome, work.nowMs() - started));
  const row = resultOf(base, plan, outcome, work.nowMs() - started);
  return before === null ? row : await withWait(work, plan, row, outcome.done, before);
}

/** Sends standard input: a length that nobody knows, and no second chance to read it. */
export async function uploadStdin(
  work: Work,
  plan: UploadPlan,
  stdin: AsyncIterable<Uint8Array> | null,
  name: string,
): Promise<UploadRow> {
  const started = work.nowMs();
  const base = { ok: true as const, file: "-", sizeBytes: null, entity: plan.record, field: plan.field };
  if (stdin === null)
    throw new SgmediaError("E_USAGE", "There is no standard input to read.", { fix: "Pipe something in." });
  if (plan.ifExists === "fail" && (await findAlreadyThere(work, plan, null, name)) !== undefined) {
    throw somethingThere(plan, name);
  }
  if (work.dryRun) return { ...base, skipped: false, planned: true };
  const before = plan.waitSeconds === null ? null : await mediaBeforeUpload(work, plan.record);
  const item = work.progress.item(name, null);
  const filename = basename(name).normalize("NFC");
  const outcome = await send(work, plan, filename, item, {
    key: "-",
    source: { kind: "stream", stream: stdin },
  }).catch(async (thrown: unknown) => {
    // Nobody can go on with it: an interrupted stream leaves nothing open, unless the site does not answer in time.
    if (work.signal.aborted) {
      await forgetEarlierRun(
        work,
        plan,
        { path: "-", shown: name, name: filename },
        AbortSignal.timeout(CLOSE_MS),
      );
    }
    throw thrown;
  });
  item.done(summaryOf(plan, outcome, work.nowMs() - started));
  const row = resultOf({ ...base, sizeBytes: outcome.sizeBytes }, plan, outcome, work.nowMs() - started);
  return before === null ? row : await withWait(work, plan, row, outcome.done, before);
}

async function send(
  work: Work,
  plan: UploadPlan,
  filename: string,
  item: ItemProgress,
  what: {
    key: string;
    source: { kind: "file"; path: string } | { kind: "stream"; stream: AsyncIterable<Uint8Array> };
    settledByOther?: (signal: AbortSignal) => Promise<AttachmentRef | undefined>;
  },
): Promise<UploadOutcome<AttachmentRef>> {
  try {
    const outcome = await work.engine.upload({
      key: keyOf(work, plan, what.key, filename),
      port: portOf(work, plan, filename),
      source: what.source,
      intent: { command: "upload", name: plan.displayName, tags: plan.tags, verify: plan.verify, filename },
      restart: plan.restart,
      ...(what.settledByOther ? { settledByOther: what.settledByOther } : {}),
      onEvent: (event) => item.event(event),
      signal: work.signal,
    });
    if (plan.verify) await verifyStored(work, outcome.done, outcome, item);
    return outcome;
  } catch (thrown) {
    item.failed(toSgmediaError(thrown).toDocument());
    throw thrown;
  }
}

/** An earlier run may have died after the site took the file: nothing is unfinished about that any more. */
async function forgetEarlierRun(
  work: Work,
  plan: UploadPlan,
  file: Pick<InputFile, "path" | "shown" | "name">,
  signal: AbortSignal = work.signal,
): Promise<void> {
  const key = keyOf(work, plan, file.path, file.name);
  try {
    await work.engine.forget("upload", key, portOf(work, plan, file.name), signal);
  } catch (thrown) {
    const error = toSgmediaError(thrown);
    if (error.code === "E_INTERRUPTED" || error.code === "E_BUG") throw thrown;
    work.progress.warn(
      `An earlier, unfinished upload of "${file.shown}" could not be closed: ${error.message} See: sgmedia status`,
    );
  }
}

function portOf(work: Work, plan: UploadPlan, filename: string): UploadPort<AttachmentRef> {
  return work.site.upload({
    record: plan.record,
    field: plan.field,
    filename,
    ...(plan.displayName === null ? {} : { displayName: plan.displayName }),
    ...(plan.tagIds.length === 0 ? {} : { tagIds: plan.tagIds }),
  });
}

function keyOf(work: Work, plan: UploadPlan, path: string, filename: string): TransferKey {
  return {
    site: work.site.origin,
    record: formatRef(plan.record),
    field: plan.field,
    path,
    detail: plan.displayName ?? filename,
  };
}

async function withWait(
  work: Work,
  plan: UploadPlan,
  row: UploadResult,
  attachment: AttachmentRef,
  before: Awaited<ReturnType<typeof mediaBeforeUpload>>,
): Promise<UploadRow> {
  try {
    await waitForTranscode(work, plan.record, attachment, before, plan.waitSeconds ?? 0);
    return row;
  } catch (thrown) {
    // The upload stands whatever comes of the wait: its row says so beside the error.
    const { ok: _ok, ...facts } = row;
    return { ...facts, ok: false, error: toSgmediaError(thrown).toDocument() };
  }
}

/** A picture field takes pictures; a name that says another kind than the bytes breaks the site's transcode, so it is said. */
async function checkKind(work: Work, plan: UploadPlan, file: InputFile): Promise<void> {
  const mediaField = plan.field === "sg_uploaded_movie";
  if (!plan.picture && !mediaField) return;
  const { sniffFile } = await import("../media/sniff/sniff-file.ts");
  const kind = await sniffFile(file.path);
  if (plan.picture && kind.family !== "image") {
    throw new SgmediaError(
      "E_INPUT_WRONG_KIND",
      `"${file.shown}" is no picture, and ${plan.field} takes pictures.`,
      {
        why:
          kind.format === "unknown"
            ? "Its first bytes are of no known kind."
            : `Its first bytes say ${kind.format}.`,
        fix:
          kind.family === "movie"
            ? `sgmedia thumb --entity ${formatRef(plan.record)} --filmstrip-from ${JSON.stringify(file.shown)}`
            : "Give a jpeg or png.",
      },
    );
  }
  const wrongName = kind.format !== "unknown" && !kind.extensions.includes(extensionOf(file.name));
  if (mediaField && wrongName) {
    work.progress.warn(
      `"${file.name}" holds ${kind.format}, which its name does not say: the site goes by the name and may refuse to transcode it. Rename it to .${kind.extension}.`,
    );
  }
}

/** A file that was replaced between the first look and the last byte was not what the person meant. */
function assertUnchanged(file: InputFile, sentBytes: number): void {
  if (sentBytes !== file.sizeBytes) {
    throw new SgmediaError("E_SOURCE_CHANGED", `"${file.shown}" changed while it was sent.`, {
      why: `It had ${file.sizeBytes} bytes and has ${sentBytes}.`,
      fix: "Upload it again once it is finished.",
    });
  }
}

function resultOf(
  base: Pick<UploadResult, "ok" | "file" | "sizeBytes" | "entity" | "field">,
  plan: UploadPlan,
  outcome: UploadOutcome<AttachmentRef>,
  durationMs: number,
): UploadResult {
  return {
    ...base,
    sizeBytes: outcome.sizeBytes,
    sha256: outcome.sha256,
    attachment: outcome.done,
    parts: outcome.parts,
    skipped: outcome.parts.sent === 0 && outcome.parts.resumed === 0,
    ...(plan.verify ? { verified: true } : {}),
    durationMs,
  };
}

function summaryOf(plan: UploadPlan, outcome: UploadOutcome<AttachmentRef>, durationMs: number): string {
  const where = `${formatRef(plan.record)}${plan.field === null ? "" : `.${plan.field}`}`;
  const resumed = outcome.parts.resumed > 0 ? `, ${outcome.parts.resumed} parts resumed` : "";
  const rate = durationMs > 0 ? `, ${formatBytes((outcome.sizeBytes * 1000) / durationMs)}/s` : "";
  return `${formatBytes(outcome.sizeBytes)} to ${where} as ${formatRef(outcome.done)} in ${formatDurationMs(durationMs)}${rate}${resumed}`;
}

function somethingThere(plan: UploadPlan, name: string): SgmediaError {
  const where = plan.field === null ? `${formatRef(plan.record)}` : `${formatRef(plan.record)}.${plan.field}`;
  return new SgmediaError("E_EXISTS", `${where} holds "${name}" already.`, {
    why: "--if-exists fail was asked for.",
    fix: "Use --if-exists replace to put this file in its place, or skip to leave equal bytes alone.",
  });
}

function extensionOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}
