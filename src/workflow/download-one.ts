import { rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { cleanName } from "../paths/clean-name.ts";
import { SgmediaError, toSgmediaError } from "../shared/errors.ts";
import { formatRef } from "../shared/records.ts";
import { showUrl } from "../shared/redact.ts";
import { formatBytes, formatDurationMs } from "../shared/units.ts";
import type { DownloadJob, DownloadOutcome, TransferKey } from "../transfer/types.ts";
import { copyLocalFile } from "./copy-local-file.ts";
import type { DownloadItem } from "./download-item.ts";
import { portOf } from "./download-port.ts";
import { decideTarget, reserveTarget } from "./existing-target.ts";
import { fillTemplate, type OutputPlace, placeIn } from "./output-path.ts";
import type { DownloadInput, DownloadResult, DownloadRow, Work } from "./types.ts";

/** An item and the path that it shall have; null: standard output. */
interface NamedItem {
  readonly item: DownloadItem;
  readonly wanted: string | null;
  /** The extension is still to come, from the bytes. */
  readonly isStem: boolean;
}

/** Gives an item its path. `taken` holds the paths that this command has given away, so that two of one name are numbered. */
export function nameTarget(
  input: DownloadInput,
  item: DownloadItem,
  place: OutputPlace,
  taken: Set<string>,
): NamedItem {
  if (place.kind === "stdout") return { item, wanted: null, isStem: false };
  const isStem = item.nameFromBytes && place.kind === "folder";
  return { item, wanted: reserveTarget(placeIn(place, nameFor(input, item)), taken), isStem };
}

/** Fetches one item. */
export async function downloadOne(
  work: Work,
  input: DownloadInput,
  { item, wanted, isStem }: NamedItem,
  taken: Set<string>,
): Promise<DownloadRow> {
  const started = work.nowMs();
  const finish = (output: string | null, facts: Partial<DownloadResult>): DownloadResult => ({
    ...rowOf(item, output),
    ...facts,
    durationMs: work.nowMs() - started,
  });
  if (wanted === null) {
    if (work.dryRun) return { ...rowOf(item, null), planned: true };
    return finish(null, await toStdout(work, input, item, started));
  }
  if (work.dryRun) return { ...rowOf(item, wanted), planned: true };
  if (isStem) return toNameFromBytes(work, input, item, wanted, taken, finish);

  const target = await decideTarget(work, input.ifExists, item, wanted);
  if (target.kind === "skip") {
    // An earlier run may have left a part of it: that is needed no more.
    await work.engine.forget("download", keyOf(work, item, wanted), null, work.signal);
    work.progress.item(basename(wanted), null).done("already here with the same bytes");
    const kind = target.facts.etag?.includes("-") ? "composite" : "md5";
    return finish(wanted, {
      sizeBytes: target.facts.sizeBytes,
      checksum: { kind, etag: target.facts.etag, sha256: null },
      skipped: true,
    });
  }
  if (item.linkType === "local") {
    return finish(
      target.path,
      await copyLocalFile(work, localPath(work, item), { kind: "file", path: target.path }),
    );
  }
  const outcome = await fetchItem(
    work,
    input,
    item,
    { kind: "file", path: target.path, replace: target.replace },
    started,
  );
  return finish(target.path, provenBy(outcome));
}

/** The extension comes from the bytes, so they are fetched beside the target under a name of their own first. */
async function toNameFromBytes(
  work: Work,
  input: DownloadInput,
  item: DownloadItem,
  stem: string,
  taken: Set<string>,
  finish: (output: string | null, facts: Partial<DownloadResult>) => DownloadResult,
): Promise<DownloadRow> {
  const holding = join(dirname(stem), `.${basename(stem)}.fetched`);
  try {
    const outcome = await fetchItem(
      work,
      input,
      item,
      { kind: "file", path: holding, replace: true },
      work.nowMs(),
    );
    const { sniffFile } = await import("../media/sniff/sniff-file.ts");
    const kind = await sniffFile(holding);
    const named = reserveTarget(
      kind.format === "unknown" ? `${stem}.bin` : `${stem}.${kind.extension}`,
      taken,
    );
    const target = await decideTarget(work, input.ifExists, item, named);
    if (target.kind === "skip") return finish(named, { ...provenBy(outcome), skipped: true });
    await rename(holding, target.path);
    return finish(target.path, provenBy(outcome));
  } finally {
    await rm(holding, { force: true });
  }
}

async function toStdout(
  work: Work,
  input: DownloadInput,
  item: DownloadItem,
  started: number,
): Promise<Partial<DownloadResult>> {
  const stream = input.stdout;
  if (stream === null) {
    throw new SgmediaError("E_USAGE", "Standard output is not free for the bytes.", {
      fix: "Give a file with -o.",
    });
  }
  if (item.linkType === "local")
    return copyLocalFile(work, localPath(work, item), { kind: "stream", stream });
  return provenBy(await fetchItem(work, input, item, { kind: "stream", stream }, started));
}

async function fetchItem(
  work: Work,
  input: DownloadInput,
  item: DownloadItem,
  target: DownloadJob["target"],
  started: number,
): Promise<DownloadOutcome> {
  const progress = work.progress.item(item.name, null);
  try {
    const outcome = await work.engine.download({
      key: keyOf(work, item, target.kind === "file" ? target.path : "-"),
      port: portOf(work, item),
      target,
      // What `resume` needs to go on: names and numbers, never a signed URL.
      intent: {
        command: "download",
        rendition: item.rendition,
        ifExists: input.ifExists,
        verify: input.verify,
      },
      sha256: work.forPrograms || input.verify,
      restart: input.restart,
      onEvent: (event) => progress.event(event),
      signal: work.signal,
    });
    if (input.verify && outcome.sha256 !== null) {
      const expect = { sizeBytes: outcome.sizeBytes, sha256: outcome.sha256 };
      await work.engine.verify(portOf(work, item), expect, work.signal);
    }
    const durationMs = work.nowMs() - started;
    const rate = durationMs > 0 ? `, ${formatBytes((outcome.sizeBytes * 1000) / durationMs)}/s` : "";
    progress.done(
      `${formatBytes(outcome.sizeBytes)} in ${formatDurationMs(durationMs)}${rate}, checked by ${outcome.checkedBy}`,
    );
    return outcome;
  } catch (thrown) {
    progress.failed(toSgmediaError(thrown).toDocument());
    throw thrown;
  }
}

function keyOf(work: Work, item: DownloadItem, path: string): TransferKey {
  const outside = item.from?.kind === "outside" ? showUrl(item.from.url) : "";
  return {
    site: work.site.origin,
    record: item.record ? formatRef(item.record) : outside,
    field: item.field,
    path,
    detail: `${item.rendition ?? ""}:${item.attachment?.id ?? ""}`,
  };
}

function nameFor(input: DownloadInput, item: DownloadItem): string {
  if (input.nameTemplate === null) return item.name;
  const ext = extname(item.name);
  const stem = item.name.slice(0, item.name.length - ext.length);
  const facts = {
    code: item.code ?? stem,
    id: String(item.record?.id ?? item.attachment?.id ?? 0),
    name: item.name,
    stem,
    ext: ext.slice(1),
    rendition: item.rendition ?? "original",
    shot: item.shot ?? "",
    order: String(item.order),
  };
  return cleanName(fillTemplate(input.nameTemplate, facts));
}

/** The path of a local link on this system. Throws E_LOCAL_MISSING where it has none. */
function localPath(work: Work, item: DownloadItem): string {
  const paths = item.localPaths ?? { windows: null, mac: null, linux: null };
  const path =
    work.platform === "win32" ? paths.windows : work.platform === "darwin" ? paths.mac : paths.linux;
  if (path !== null) return path;
  const known = [paths.windows, paths.mac, paths.linux].filter((each) => each !== null).join(", ");
  throw new SgmediaError(
    "E_LOCAL_MISSING",
    `"${item.name}" is a local file that has no path on this system.`,
    {
      why: `Its paths: ${known || "none"}.`,
      fix: "Ask an administrator to give the LocalStorage a root for this system.",
    },
  );
}

function provenBy(outcome: DownloadOutcome): Partial<DownloadResult> {
  return {
    sizeBytes: outcome.sizeBytes,
    checksum: { kind: outcome.checkedBy, etag: outcome.etag, sha256: outcome.sha256 },
  };
}

function rowOf(item: DownloadItem, output: string | null): DownloadResult {
  return {
    ok: true,
    output,
    rendition: item.rendition,
    ...(item.record ? { entity: item.record } : {}),
    ...(item.field ? { field: item.field } : {}),
    ...(item.attachment ? { attachment: item.attachment } : {}),
    name: output === null ? item.name : basename(output),
    sizeBytes: null,
    checksum: null,
    linkType: item.linkType,
  };
}
