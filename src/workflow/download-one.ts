import { lstat, rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { cleanName, numberedName } from "../paths/clean-name.ts";
import { SgmediaError, toSgmediaError } from "../shared/errors.ts";
import { type AttachmentRef, formatRef, type RecordRef } from "../shared/records.ts";
import { formatBytes, formatDurationMs } from "../shared/units.ts";
import type { MediaSource } from "../site/types.ts";
import type { DownloadPort } from "../transfer/ports.ts";
import type { DownloadOutcome } from "../transfer/types.ts";
import { copyLocalFile } from "./copy-local-file.ts";
import { fillTemplate, type OutputPlace, placeIn } from "./output-path.ts";
import type { DownloadInput, DownloadResult, DownloadRow, Rendition, Work } from "./types.ts";

/** One thing to fetch. */
export interface DownloadItem {
  /** Null: an address outside the site. */
  readonly record: RecordRef | null;
  readonly code: string | null;
  readonly field: string | null;
  readonly rendition: Rendition | null;
  /** A clean file name, without an extension where `nameFromBytes`. */
  readonly name: string;
  readonly nameFromBytes: boolean;
  readonly attachment: AttachmentRef | null;
  readonly source: MediaSource | null;
  readonly port: DownloadPort | null;
  readonly link:
    | { readonly kind: "upload" }
    | { readonly kind: "web"; readonly url: string }
    | {
        readonly kind: "local";
        readonly paths: {
          readonly windows: string | null;
          readonly mac: string | null;
          readonly linux: string | null;
        };
      };
  /** Place in a list, from 1. */
  readonly order: number;
}

/** Fetches one item. `taken` holds the paths that this command has given away, so that two of one name are numbered. */
export async function downloadOne(
  work: Work,
  input: DownloadInput,
  item: DownloadItem,
  place: OutputPlace,
  taken: Set<string>,
): Promise<DownloadRow> {
  const started = work.nowMs();
  if (place.kind === "stdout") return toStdout(work, input, item, started);

  const wanted = placeIn(place, nameFor(input, item));
  const target = reserve(wanted, taken);
  if (work.dryRun) return planned(item, target);
  if (item.link.kind === "local") return copyLocal(work, input, item, target, started);
  return item.nameFromBytes && place.kind === "folder"
    ? toNameFromBytes(work, input, item, target, taken, started)
    : toFile(work, input, item, target, started);
}

function nameFor(input: DownloadInput, item: DownloadItem): string {
  if (input.nameTemplate === null) return item.name;
  const ext = extname(item.name);
  const facts = {
    code: item.code ?? item.name.slice(0, item.name.length - ext.length),
    id: String(item.record?.id ?? item.attachment?.id ?? 0),
    name: item.name,
    stem: item.name.slice(0, item.name.length - ext.length),
    ext: ext.slice(1),
    rendition: item.rendition ?? "original",
    shot: item.code ?? "",
    order: String(item.order),
  };
  return cleanName(fillTemplate(input.nameTemplate, facts));
}

function reserve(wanted: string, taken: Set<string>): string {
  let target = wanted;
  for (let n = 2; taken.has(target.toLowerCase()); n += 1)
    target = join(dirname(wanted), numberedName(basename(wanted), n));
  taken.add(target.toLowerCase());
  return target;
}

async function toFile(
  work: Work,
  input: DownloadInput,
  item: DownloadItem,
  wanted: string,
  started: number,
): Promise<DownloadRow> {
  const target = await whatStands(work, input, item, wanted);
  if (target.skip) {
    const progress = work.progress.item(basename(wanted), null);
    progress.done("already here with the same bytes");
    return { ...resultOf(work, item, wanted, target.outcome, started), skipped: true };
  }
  const outcome = await fetch(
    work,
    input,
    item,
    { kind: "file", path: target.path, replace: target.replace },
    started,
  );
  return resultOf(work, item, target.path, outcome, started);
}

/** The extension comes from the bytes, so they are fetched beside the target under a name of their own first. */
async function toNameFromBytes(
  work: Work,
  input: DownloadInput,
  item: DownloadItem,
  stem: string,
  taken: Set<string>,
  started: number,
): Promise<DownloadRow> {
  const holding = join(dirname(stem), `.${basename(stem)}.fetched`);
  try {
    const outcome = await fetch(work, input, item, { kind: "file", path: holding, replace: true }, started);
    const { sniffFile } = await import("../media/sniff/sniff-file.ts");
    const kind = await sniffFile(holding);
    const named = reserve(kind.format === "unknown" ? `${stem}.bin` : `${stem}.${kind.extension}`, taken);
    const target = await whatStands(work, input, item, named);
    if (!target.skip) await rename(holding, target.path);
    const row = resultOf(work, item, target.skip ? named : target.path, outcome, started);
    return target.skip ? { ...row, skipped: true } : row;
  } finally {
    await rm(holding, { force: true });
  }
}

async function toStdout(
  work: Work,
  input: DownloadInput,
  item: DownloadItem,
  started: number,
): Promise<DownloadRow> {
  if (work.dryRun) return planned(item, null);
  const stream = input.stdout;
  if (stream === null)
    throw new SgmediaError("E_USAGE", "Standard output is not free for the bytes.", {
      fix: "Give a file with -o.",
    });
  if (item.link.kind === "local") {
    const { sizeBytes } = await copyLocalFile(work, localPath(work, item), { kind: "stream", stream });
    return { ...resultOf(work, item, null, undefined, started), sizeBytes };
  }
  const outcome = await fetch(work, input, item, { kind: "stream", stream }, started);
  return resultOf(work, item, null, outcome, started);
}

type Standing =
  | { readonly skip: true; readonly outcome: DownloadOutcome | undefined }
  | { readonly skip: false; readonly path: string; readonly replace: boolean };

/** What `--if-exists` says about a target that is there. By default equal bytes are left and other bytes are never overwritten. */
async function whatStands(
  work: Work,
  input: DownloadInput,
  item: DownloadItem,
  wanted: string,
): Promise<Standing> {
  const facts = await lstat(wanted).catch(() => undefined);
  if (!facts) return { skip: false, path: wanted, replace: false };
  const rule = input.ifExists ?? "skip";
  if (facts.isDirectory()) {
    throw new SgmediaError("E_EXISTS", `"${wanted}" is a folder.`, { fix: "Give another name with -o." });
  }
  if (rule === "overwrite") return { skip: false, path: wanted, replace: true };
  if (rule === "number") {
    for (let n = 2; ; n += 1) {
      const path = join(dirname(wanted), numberedName(basename(wanted), n));
      if (!(await lstat(path).catch(() => undefined))) return { skip: false, path, replace: false };
    }
  }
  if (rule === "skip" && facts.isFile()) {
    const same = await sameAsStored(work, item, wanted);
    if (same) return { skip: true, outcome: same };
  }
  throw new SgmediaError("E_EXISTS", `"${wanted}" is there already.`, {
    why:
      rule === "skip"
        ? "Its bytes are not proven to be those on the site."
        : "--if-exists fail was asked for.",
    fix: "Use --if-exists overwrite or --if-exists number, or give another place with -o.",
  });
}

/** Size and stored checksum say whether the file here is the one there. */
async function sameAsStored(
  work: Work,
  item: DownloadItem,
  path: string,
): Promise<DownloadOutcome | undefined> {
  const facts = await work.engine.facts(portOf(work, item), work.signal);
  if (!facts || (await work.engine.compare(path, facts, work.signal)) !== "same") return undefined;
  return {
    sizeBytes: facts.sizeBytes,
    sha256: null,
    etag: facts.etag,
    checkedBy: facts.etag?.includes("-") ? "composite" : "md5",
    contentType: facts.contentType,
    ranges: { count: 0, resumed: 0 },
  };
}

async function fetch(
  work: Work,
  input: DownloadInput,
  item: DownloadItem,
  target:
    | { kind: "file"; path: string; replace: boolean }
    | { kind: "stream"; stream: NodeJS.WritableStream },
  started: number,
): Promise<DownloadOutcome> {
  const progress = work.progress.item(item.name, null);
  try {
    const outcome = await work.engine.download({
      key: {
        site: work.site.origin,
        record: item.record ? formatRef(item.record) : item.link.kind === "web" ? item.link.url : "",
        field: item.field,
        path: target.kind === "file" ? target.path : "-",
        detail: `${item.rendition ?? ""}:${item.attachment?.id ?? ""}`,
      },
      port: portOf(work, item),
      target,
      intent: intentOf(input, item),
      restart: input.restart,
      onEvent: (event) => progress.event(event),
      signal: work.signal,
    });
    if (input.verify && outcome.sha256 !== null) {
      await work.engine.verify(
        portOf(work, item),
        { sizeBytes: outcome.sizeBytes, sha256: outcome.sha256 },
        work.signal,
      );
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

function portOf(work: Work, item: DownloadItem): DownloadPort {
  if (item.port) return item.port;
  if (item.source) return work.site.download(item.source);
  throw new SgmediaError("E_BUG", "An item without a source.");
}

/** What `resume` needs to go on: names and numbers, never a signed URL. An outside address keeps no query. */
function intentOf(input: DownloadInput, item: DownloadItem): Record<string, unknown> {
  return {
    command: "download",
    rendition: item.rendition,
    field: item.field,
    record: item.record ? formatRef(item.record) : null,
    ifExists: input.ifExists,
    verify: input.verify,
  };
}

async function copyLocal(
  work: Work,
  input: DownloadInput,
  item: DownloadItem,
  wanted: string,
  started: number,
): Promise<DownloadRow> {
  const from = localPath(work, item);
  const facts = await lstat(wanted).catch(() => undefined);
  if (facts && input.ifExists !== "overwrite") {
    throw new SgmediaError("E_EXISTS", `"${wanted}" is there already.`, {
      fix: "Use --if-exists overwrite, or give another place with -o.",
    });
  }
  const { sizeBytes } = await copyLocalFile(work, from, { kind: "file", path: wanted });
  return { ...resultOf(work, item, wanted, undefined, started), sizeBytes };
}

function localPath(work: Work, item: DownloadItem): string {
  const paths = item.link.kind === "local" ? item.link.paths : { windows: null, mac: null, linux: null };
  const path =
    work.platform === "win32" ? paths.windows : work.platform === "darwin" ? paths.mac : paths.linux;
  if (path !== null) return path;
  throw new SgmediaError(
    "E_LOCAL_MISSING",
    `"${item.name}" is a local file that has no path on this system.`,
    {
      why: `Its paths: ${[paths.windows, paths.mac, paths.linux].filter((each) => each !== null).join(", ") || "none"}.`,
      fix: "Ask an administrator to give the LocalStorage a root for this system.",
    },
  );
}

function planned(item: DownloadItem, output: string | null): DownloadResult {
  return {
    ...identity(item),
    ok: true,
    output,
    rendition: item.rendition,
    name: item.name,
    sizeBytes: null,
    checksum: null,
    linkType: item.link.kind,
    planned: true,
  };
}

function resultOf(
  work: Work,
  item: DownloadItem,
  output: string | null,
  outcome: DownloadOutcome | undefined,
  started: number,
): DownloadResult {
  return {
    ...identity(item),
    ok: true,
    output,
    rendition: item.rendition,
    name: output === null ? item.name : basename(output),
    sizeBytes: outcome?.sizeBytes ?? null,
    checksum: outcome ? { kind: outcome.checkedBy, etag: outcome.etag, sha256: outcome.sha256 } : null,
    linkType: item.link.kind,
    durationMs: work.nowMs() - started,
  };
}

function identity(item: DownloadItem): Pick<DownloadResult, "entity" | "field" | "attachment"> {
  return {
    ...(item.record ? { entity: item.record } : {}),
    ...(item.field ? { field: item.field } : {}),
    ...(item.attachment ? { attachment: item.attachment } : {}),
  };
}
