import { mkdir } from "node:fs/promises";
import { basename } from "node:path";
import { cleanName } from "../paths/clean-name.ts";
import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef } from "../shared/records.ts";
import { showUrl } from "../shared/redact.ts";
import type { MediaValue } from "../site/types.ts";
import { type DownloadItem, downloadOne } from "./download-one.ts";
import { forEachAtOnce } from "./each.ts";
import { requireFileField } from "./media-field.ts";
import { waitForMedia } from "./media-wait.ts";
import { type OutputPlace, readOutput } from "./output-path.ts";
import {
  renditionField,
  renditionOfField,
  renditionSource,
  requireRenditionField,
  transcodeName,
} from "./renditions.ts";
import { resolveRecordWithName } from "./resolve-record.ts";
import type { DownloadInput, DownloadRow, Rendition, Work } from "./types.ts";

/** `sgmedia download`: find what is meant, then fetch each item beside its target, prove it, and put it in place. */
export async function downloadMedia(work: Work, input: DownloadInput): Promise<DownloadRow[]> {
  const items = await findItems(work, input);
  const place = await readOutput(input.output, work.cwd, items.length > 1);
  if (!work.dryRun) await makeFolder(place);
  const [only] = items;
  if (items.length === 1 && only) return [await downloadOne(work, input, only, place, new Set())];
  work.progress.expect({ items: items.length, bytes: null });
  const taken = new Set<string>();
  return forEachAtOnce<DownloadItem, DownloadRow>(
    items,
    work.jobs,
    (item) => downloadOne(work, input, item, place, taken),
    (item, error) => ({
      ok: false,
      ...(item.record ? { entity: item.record } : {}),
      rendition: item.rendition,
      error: error.toDocument(),
    }),
  );
}

async function findItems(work: Work, input: DownloadInput): Promise<DownloadItem[]> {
  const { what } = input;
  if (what.kind === "url") return [itemOfUrl(work, what.url)];
  if (what.kind === "attachment")
    return [
      await itemOfField(work, input, { type: "Attachment", id: what.id }, null, "this_file", "original"),
    ];
  const { ref, name } = await resolveRecordWithName(work, what.record);
  if (what.field !== null) {
    await requireFileField(work, ref.type, what.field);
    return [await itemOfField(work, input, ref, name, what.field, renditionOfField(ref.type, what.field))];
  }
  if (what.rendition === "original" && renditionField(ref.type, "original") === undefined)
    return itemsOfRecord(work, ref, name);
  return [
    await itemOfField(work, input, ref, name, requireRenditionField(ref, what.rendition), what.rendition),
  ];
}

/** A record without a media field of its own (a Shot, a Note): every file that hangs on it. */
async function itemsOfRecord(work: Work, record: RecordRef, code: string | null): Promise<DownloadItem[]> {
  const attachments = await work.site.attachmentsOf(record, work.signal);
  const items = attachments.flatMap((each): DownloadItem[] => {
    const media = work.site.decodeMedia(each.fields["this_file"]);
    if (media.kind === "empty" || media.kind === "picture") return [];
    const self = { type: "Attachment", id: each.id };
    return [itemOfMedia(self, code, "this_file", "original", media)];
  });
  if (items.length > 0) return items.map((item, index) => ({ ...item, order: index + 1 }));
  throw new SgmediaError("E_MEDIA_MISSING", `No file hangs on ${formatRef(record)}.`, {
    fix: `See what it has: sgmedia info --entity ${formatRef(record)}`,
  });
}

async function itemOfField(
  work: Work,
  input: DownloadInput,
  record: RecordRef,
  code: string | null,
  field: string,
  rendition: Rendition | null,
): Promise<DownloadItem> {
  let media = await work.site.media(record, field, work.signal);
  const pending =
    (media.kind === "picture" && media.placeholder) ||
    (media.kind === "empty" && (await isRunning(work, record, field)));
  if (pending) {
    if (input.waitSeconds === null) throw beingMade(record, rendition ?? field);
    media = await waitForMedia(work, record, field, input.waitSeconds);
  }
  if (media.kind === "empty") {
    throw new SgmediaError(
      "E_MEDIA_MISSING",
      `${formatRef(record)} has no ${rendition ?? field}: ${field} is empty.`,
      {
        fix: `See what it has: sgmedia info --entity ${formatRef(record)}`,
      },
    );
  }
  if (isStale(rendition)) await warnIfStale(work, record, media);
  return itemOfMedia(record, code, field, rendition, media);
}

function itemOfMedia(
  record: RecordRef,
  code: string | null,
  field: string,
  rendition: Rendition | null,
  media: Exclude<MediaValue, { kind: "empty" }>,
): DownloadItem {
  const fallback = `${code ?? `${record.type}_${record.id}`}_${rendition ?? field}`;
  const shared = {
    record,
    code,
    field,
    rendition,
    order: 1,
    port: null,
    source: renditionSource(record, field, rendition),
  };
  if (media.kind === "picture") {
    // The field has no name of its own: the record's, and the extension from the bytes once they are here.
    return {
      ...shared,
      name: cleanName(fallback),
      nameFromBytes: true,
      attachment: null,
      link: { kind: "upload" },
    };
  }
  const given = rendition === "mp4" || rendition === "webm" ? transcodeName(media.name) : media.name;
  const common = {
    ...shared,
    name: cleanName(given, { fallback }),
    nameFromBytes: false,
    attachment: media.attachment,
  };
  if (media.kind === "upload") return { ...common, link: { kind: "upload" } };
  if (media.kind === "web") return { ...common, ...itemOfWeb(media.url, common.name) };
  return { ...common, link: { kind: "local", paths: media.paths } };
}

function itemOfWeb(url: string, name: string): Pick<DownloadItem, "link" | "port" | "name"> {
  if (!/^https?:\/\//i.test(url)) {
    throw new SgmediaError(
      "E_MEDIA_MISSING",
      `The link leads to ${showUrl(url)}, which is no file on the web.`,
      {
        why: "Only http and https links can be fetched.",
        fix: "Open it with the program it is meant for.",
      },
    );
  }
  const hasExtension = /\.[a-z0-9]{2,5}$/i.test(name);
  const last = nameOfUrl(url);
  return {
    link: { kind: "web", url },
    port: { locate: async () => ({ url, headers: {} }) },
    name: hasExtension || !last ? name : last,
  };
}

/** `--url`: fetched without the site's credentials, unless it names a file of this very site. */
function itemOfUrl(work: Work, typed: string): DownloadItem {
  const parsed = URL.canParse(typed) ? new URL(typed) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new SgmediaError("E_USAGE", `"${showUrl(typed)}" is no http or https URL.`, {
      fix: "For example --url https://example.com/a.png",
    });
  }
  const own =
    parsed.origin === work.site.origin ? /^\/file_serve\/attachment\/(\d+)/.exec(parsed.pathname) : null;
  const record = { type: "Attachment", id: Number(own?.[1] ?? 0) };
  const base = {
    code: null,
    rendition: null,
    order: 1,
    nameFromBytes: false,
    attachment: null,
    name: nameOfUrl(typed) ?? "download",
  };
  if (own) {
    return {
      ...base,
      record,
      field: "this_file",
      port: null,
      source: { kind: "attachment", id: record.id },
      link: { kind: "upload" },
    };
  }
  return {
    ...base,
    record: null,
    field: null,
    source: null,
    port: { locate: async () => ({ url: typed, headers: {} }) },
    link: { kind: "web", url: typed },
  };
}

function nameOfUrl(url: string): string | undefined {
  const last = basename(new URL(url).pathname);
  if (last === "" || last === "/") return undefined;
  try {
    return cleanName(decodeURIComponent(last));
  } catch {
    return cleanName(last);
  }
}

async function isRunning(work: Work, record: RecordRef, field: string): Promise<boolean> {
  if (record.type !== "Version" || !/^(sg_uploaded_movie_(mp4|webm)|image|filmstrip_image)$/.test(field))
    return false;
  const found = await work.site.read(
    record,
    ["sg_uploaded_movie", "sg_uploaded_movie_transcoding_status"],
    work.signal,
  );
  const hasMovie = work.site.decodeMedia(found?.fields["sg_uploaded_movie"]).kind === "upload";
  return hasMovie && found?.fields["sg_uploaded_movie_transcoding_status"] === 0;
}

function isStale(rendition: Rendition | null): boolean {
  return rendition === "mp4" || rendition === "webm";
}

/** A transcode older than the movie it stands beside was made from the movie before (contract/local-storage.md E). */
async function warnIfStale(work: Work, record: RecordRef, media: MediaValue): Promise<void> {
  const transcodeId = media.kind === "upload" ? media.attachment?.id : undefined;
  const original = await work.site.media(record, "sg_uploaded_movie", work.signal);
  const originalId = original.kind === "upload" ? original.attachment?.id : undefined;
  if (transcodeId !== undefined && originalId !== undefined && transcodeId < originalId) {
    work.progress.warn(
      `The transcode on ${formatRef(record)} was made from an older upload; the new one is not done. Add --wait to wait for it.`,
    );
  }
}

function beingMade(record: RecordRef, what: string): SgmediaError {
  return new SgmediaError("E_MEDIA_MISSING", `The ${what} of ${formatRef(record)} is still being made.`, {
    why: "The site is transcoding the upload.",
    fix: "Run the command again with --wait.",
  });
}

async function makeFolder(place: OutputPlace): Promise<void> {
  if (place.kind === "stdout") return;
  const folder = place.kind === "folder" ? place.path : place.path.replace(/[/\\][^/\\]*$/, "") || "/";
  try {
    await mkdir(folder, { recursive: true });
  } catch (thrown) {
    throw new SgmediaError("E_DISK", `The folder ${folder} cannot be made.`, {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      fix: "Give another place with -o.",
      cause: thrown,
    });
  }
}
