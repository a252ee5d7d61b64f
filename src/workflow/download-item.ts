import { basename } from "node:path";
import { cleanName } from "../paths/clean-name.ts";
import { SgmediaError } from "../shared/errors.ts";
import { type AttachmentRef, formatRef, type RecordRef } from "../shared/records.ts";
import { showUrl } from "../shared/redact.ts";
import type { MediaSource, MediaValue } from "../site/types.ts";
import type { DownloadPort } from "../transfer/ports.ts";
import type { DownloadCandidate, FieldCandidate } from "./download-candidates.ts";
import { waitForMedia } from "./media-wait.ts";
import { renditionSource, transcodeName } from "./renditions.ts";
import type { DownloadInput, Rendition, Work } from "./types.ts";

/** One thing to fetch, looked at: it is there, and this is where its bytes are. */
export interface DownloadItem {
  /** Null: an address outside the site. */
  readonly record: RecordRef | null;
  readonly code: string | null;
  readonly shot: string | null;
  readonly field: string | null;
  readonly rendition: Rendition | null;
  /** A clean file name, without an extension where `nameFromBytes`. */
  readonly name: string;
  readonly nameFromBytes: boolean;
  readonly attachment: AttachmentRef | null;
  /** Where the bytes come from; a port for addresses outside the site, null of a local link. */
  readonly from:
    | { readonly kind: "site"; readonly source: MediaSource }
    | { readonly kind: "outside"; readonly port: DownloadPort; readonly url: string }
    | null;
  readonly linkType: "upload" | "web" | "local";
  readonly localPaths: {
    readonly windows: string | null;
    readonly mac: string | null;
    readonly linux: string | null;
  } | null;
  /** Place in a list, from 1. */
  readonly order: number;
}

type HeldMedia = Exclude<MediaValue, { kind: "empty" }>;

/** Looks at a candidate: waits for it if asked, refuses a placeholder and an empty field, and says when a transcode is stale. */
export async function describeItem(
  work: Work,
  input: DownloadInput,
  candidate: DownloadCandidate,
): Promise<DownloadItem> {
  if (candidate.kind === "url") return itemOfUrl(candidate.url);
  const { record, field, rendition } = candidate;
  let media = candidate.media ?? (await work.site.media(record, field, work.signal));
  const transcode = rendition === "mp4" || rendition === "webm";
  const originalId = transcode ? await originalIdOf(work, record) : null;
  const stale = (value: MediaValue): boolean =>
    originalId !== null &&
    value.kind === "upload" &&
    value.attachment !== null &&
    value.attachment.id < originalId;
  const pending =
    (media.kind === "picture" && media.placeholder) ||
    (media.kind === "empty" && (await isRunning(work, candidate)));
  if (input.waitSeconds !== null && (pending || stale(media))) {
    media = await waitForMedia(work, record, field, input.waitSeconds, (value) => !stale(value));
  } else if (pending) {
    throw beingMade(candidate);
  } else if (stale(media)) {
    work.progress.warn(
      `The ${rendition} on ${formatRef(record)} was made from an older upload; the new one is not done. Add --wait to wait for it.`,
    );
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
  return itemOfMedia(candidate, media);
}

function itemOfMedia(candidate: FieldCandidate, media: HeldMedia): DownloadItem {
  const { record, code, shot, field, rendition, order } = candidate;
  const fallback = `${code ?? `${record.type}_${record.id}`}_${rendition ?? field}`;
  const base = { record, code, shot, field, rendition, order, localPaths: null, nameFromBytes: false };
  const from = { kind: "site" as const, source: renditionSource(record, field, rendition) };
  if (media.kind === "picture") {
    // The field has no name of its own: the record's, and the extension from the bytes once they are here.
    return {
      ...base,
      name: cleanName(fallback),
      nameFromBytes: true,
      attachment: null,
      from,
      linkType: "upload",
    };
  }
  const given = rendition === "mp4" || rendition === "webm" ? transcodeName(media.name) : media.name;
  const named = {
    ...base,
    name: cleanName(given, { fallback }),
    attachment: media.attachment,
    linkType: media.kind,
  };
  if (media.kind === "upload") return { ...named, from };
  if (media.kind === "local") return { ...named, from: null, localPaths: media.paths };
  if (!/^https?:\/\//i.test(media.url)) {
    throw new SgmediaError(
      "E_MEDIA_MISSING",
      `The link leads to ${showUrl(media.url)}, which is no file on the web.`,
      {
        why: "Only http and https links can be fetched.",
        fix: "Open it with the program it is meant for.",
      },
    );
  }
  const hasExtension = /\.[a-z0-9]{2,5}$/i.test(named.name);
  return {
    ...named,
    from: outside(media.url),
    name: hasExtension ? named.name : (nameOfUrl(media.url) ?? named.name),
  };
}

function itemOfUrl(url: string): DownloadItem {
  return {
    record: null,
    code: null,
    shot: null,
    field: null,
    rendition: null,
    name: nameOfUrl(url) ?? "download",
    nameFromBytes: false,
    attachment: null,
    from: outside(url),
    linkType: "web",
    localPaths: null,
    order: 1,
  };
}

/** An address outside the site: never with the site's credentials. */
function outside(url: string): DownloadItem["from"] {
  return { kind: "outside", url, port: { locate: async () => ({ url, headers: {} }) } };
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

/** A transcode whose Attachment is older than the upload beside it was made from the upload before (contract/local-storage.md E). */
async function originalIdOf(work: Work, record: RecordRef): Promise<number | null> {
  const original = await work.site.media(record, "sg_uploaded_movie", work.signal);
  return original.kind === "upload" ? (original.attachment?.id ?? null) : null;
}

async function isRunning(work: Work, { record, field }: FieldCandidate): Promise<boolean> {
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

function beingMade({ record, rendition, field }: FieldCandidate): SgmediaError {
  return new SgmediaError(
    "E_MEDIA_MISSING",
    `The ${rendition ?? field} of ${formatRef(record)} is still being made.`,
    {
      why: "The site is transcoding the upload.",
      fix: "Run the command again with --wait.",
    },
  );
}
