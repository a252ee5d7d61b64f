import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef } from "../shared/records.ts";
import { showUrl } from "../shared/redact.ts";
import type { MediaValue } from "../site/types.ts";
import { findById, linkIn } from "./batch/lookups.ts";
import { versionsOf } from "./batch/playlist.ts";
import { requireFileField } from "./media-field.ts";
import { renditionField, renditionOfField, requireRenditionField } from "./renditions.ts";
import { resolveRecordWithName, textOf } from "./resolve-record.ts";
import type { DownloadInput, Rendition, Work } from "./types.ts";

/** Something that a person asked for, not yet looked at. */
export type DownloadCandidate =
  | {
      readonly kind: "field";
      readonly record: RecordRef;
      /** The record's own name; null where it has none. */
      readonly code: string | null;
      /** What the record is linked to (its shot), for `{shot}`. */
      readonly shot: string | null;
      readonly field: string;
      readonly rendition: Rendition | null;
      /** Place in the list, from 1. */
      readonly order: number;
      /** What the field holds, where the search that found it said so. */
      readonly media?: MediaValue;
    }
  | { readonly kind: "url"; readonly url: string };

export type FieldCandidate = Extract<DownloadCandidate, { kind: "field" }>;

/** What the command's words mean, in order. Throws when they mean nothing. */
export async function findCandidates(work: Work, input: DownloadInput): Promise<DownloadCandidate[]> {
  const { what } = input;
  switch (what.kind) {
    case "url":
      return [candidateOfUrl(work, what.url)];
    case "attachment":
      return [candidate({ type: "Attachment", id: what.id }, null, "this_file", "original")];
    case "playlist":
      return candidatesOfPlaylist(work, what.key, what.rendition, what.field);
    case "record":
      break;
  }
  const { ref, name } = await resolveRecordWithName(work, what.record);
  if (what.field !== null) {
    await requireFileField(work, ref.type, what.field);
    return [candidate(ref, name, what.field, renditionOfField(ref.type, what.field))];
  }
  if (what.rendition === "original" && renditionField(ref.type, "original") === undefined)
    return candidatesOfRecord(work, ref, name);
  return [candidate(ref, name, requireRenditionField(ref, what.rendition), what.rendition)];
}

function candidate(
  record: RecordRef,
  code: string | null,
  field: string,
  rendition: Rendition | null,
  order = 1,
  shot: string | null = null,
): FieldCandidate {
  return { kind: "field", record, code, shot, field, rendition, order };
}

/** A record without a media field of its own (a Shot, a Note): every file that hangs on it. */
async function candidatesOfRecord(
  work: Work,
  record: RecordRef,
  code: string | null,
): Promise<DownloadCandidate[]> {
  const attachments = await work.site.attachmentsOf(record, work.signal);
  const held = attachments
    .map(({ id, fields }) => ({ id, media: work.site.decodeMedia(fields["this_file"]) }))
    .filter(({ media }) => media.kind !== "empty");
  if (held.length === 0) {
    throw new SgmediaError("E_MEDIA_MISSING", `No file hangs on ${formatRef(record)}.`, {
      fix: `See what it has: sgmedia info --entity ${formatRef(record)}`,
    });
  }
  return held.map(({ id, media }, index) => ({
    ...candidate({ type: "Attachment", id }, code, "this_file", "original", index + 1),
    media,
  }));
}

async function candidatesOfPlaylist(
  work: Work,
  key: string,
  rendition: Rendition,
  field: string | null,
): Promise<DownloadCandidate[]> {
  const { ref, name } = await resolveRecordWithName(work, { type: "Playlist", key });
  const versions = await versionsOf(work, ref);
  if (versions.length === 0) {
    throw new SgmediaError("E_NO_MATCH", `The playlist ${name ?? formatRef(ref)} has no Versions.`, {
      fix: "Check the playlist on the site.",
    });
  }
  if (field !== null) await requireFileField(work, "Version", field);
  const facts = await findById(
    work,
    "Version",
    versions.map((each) => each.id),
    ["entity"],
  );
  return versions.map((version, index) => {
    const row = facts.get(version.id);
    const shot = row && linkIn(row.fields, "entity") ? nameOfLink(row.fields["entity"]) : null;
    const from = field ?? requireRenditionField(version, rendition);
    return candidate(
      version,
      row ? textOf(row, "code") : null,
      from,
      field === null ? rendition : renditionOfField("Version", field),
      index + 1,
      shot,
    );
  });
}

/** `--url`: an address outside, fetched without the site's credentials, unless it names a file of this very site. */
function candidateOfUrl(work: Work, typed: string): DownloadCandidate {
  const parsed = URL.canParse(typed) ? new URL(typed) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new SgmediaError("E_USAGE", `"${showUrl(typed)}" is no http or https URL.`, {
      fix: "For example --url https://example.com/a.png",
    });
  }
  const own =
    parsed.origin === work.site.origin ? /^\/file_serve\/attachment\/(\d+)/.exec(parsed.pathname) : null;
  if (own?.[1]) return candidate({ type: "Attachment", id: Number(own[1]) }, null, "this_file", "original");
  return { kind: "url", url: typed };
}

function nameOfLink(value: unknown): string | null {
  const name = typeof value === "object" && value !== null ? (value as { name?: unknown }).name : undefined;
  return typeof name === "string" ? name : null;
}
