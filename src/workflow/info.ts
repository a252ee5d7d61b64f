import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef, type SiteRecord } from "../shared/records.ts";
import type { FieldInfo, MediaValue } from "../site/types.ts";
import { describePaths } from "./info-paths.ts";
import { renditionOfField, renditionSource } from "./renditions.ts";
import { nameField, resolveRecord, textOf } from "./resolve-record.ts";
import type { InfoRow, RecordSelector, Work } from "./types.ts";

const TRANSCODING = [
  "sg_uploaded_movie_transcoding_status",
  "sg_uploaded_movie_frame_rate",
  "uploaded_movie_duration",
];
const PATH_FIELDS = ["sg_path_to_movie", "sg_path_to_frames"];

/** `sgmedia info`: everything about a record's media, read in a few requests. */
export async function showInfo(work: Work, selector: RecordSelector): Promise<InfoRow[]> {
  const ref = await resolveRecord(work, selector);
  const schema = await work.site.fields(ref.type, undefined, work.signal);
  const mediaFields = [...schema.values()].filter((each) => each.acceptsFile);
  const wanted = [
    ...mediaFields.map((each) => each.name),
    ...TRANSCODING,
    ...PATH_FIELDS,
    nameField(ref.type),
    "project",
  ];
  const [record, attachments] = await Promise.all([
    work.site.read(
      ref,
      wanted.filter((each) => schema.has(each)),
      work.signal,
    ),
    ref.type === "Attachment" ? Promise.resolve([]) : work.site.attachmentsOf(ref, work.signal),
  ]);
  if (!record) {
    throw new SgmediaError("E_RECORD_MISSING", `${formatRef(ref)} was deleted a moment ago.`, {
      fix: "Check the id.",
    });
  }
  const held = mediaFields
    .map((field) => ({ field, media: work.site.decodeMedia(record.fields[field.name]) }))
    .filter(({ media }) => media.kind !== "empty");
  return [
    {
      ok: true,
      entity: ref,
      code: textOf(record, nameField(ref.type)),
      project: projectOf(record),
      renditions: await Promise.all(
        held.map(({ field, media }) => describeRendition(work, ref, field, media)),
      ),
      transcoding: ref.type === "Version" ? transcodingOf(work, record) : null,
      paths: await describePaths(work, record, held),
      attachments: await Promise.all(attachments.map((each) => describeAttachment(work, each))),
    },
  ];
}

async function describeRendition(
  work: Work,
  ref: RecordRef,
  field: FieldInfo,
  media: MediaValue,
): Promise<InfoRow["renditions"][number]> {
  const rendition = renditionOfField(ref.type, field.name);
  const placeholder = media.kind === "picture" && media.placeholder;
  const stored = !placeholder && (media.kind === "upload" || media.kind === "picture");
  const facts = stored
    ? await work.engine
        .facts(work.site.download(renditionSource(ref, field.name, rendition)), work.signal)
        .catch(keepGoing)
    : undefined;
  const named = media.kind === "empty" || media.kind === "picture" ? null : media;
  return {
    rendition,
    field: field.name,
    attachment: named?.attachment ?? null,
    name: media.kind === "empty" ? null : media.name,
    contentType: named?.contentType ?? facts?.contentType ?? null,
    sizeBytes: facts?.sizeBytes ?? null,
    linkType: named ? named.kind : media.kind === "picture" ? "upload" : null,
    placeholder,
  };
}

async function describeAttachment(work: Work, record: SiteRecord): Promise<InfoRow["attachments"][number]> {
  const media = work.site.decodeMedia(record.fields["this_file"]);
  const named = media.kind === "empty" || media.kind === "picture" ? null : media;
  const port = work.site.download({ kind: "attachment", id: record.id });
  const facts =
    media.kind === "upload" ? await work.engine.facts(port, work.signal).catch(keepGoing) : undefined;
  const name =
    textOf(record, "display_name") ?? textOf(record, "filename") ?? named?.name ?? `Attachment ${record.id}`;
  return {
    type: "Attachment",
    id: record.id,
    name,
    extension: textOf(record, "file_extension") ?? /\.([^.]+)$/.exec(named?.name ?? name)?.[1] ?? null,
    sizeBytes: facts?.sizeBytes ?? null,
    contentType: named?.contentType ?? facts?.contentType ?? null,
    linkType: named?.kind ?? null,
    // Of an upload the address is the site's own and lasting one; a signed URL is nobody's to keep.
    url:
      media.kind === "web"
        ? media.url
        : media.kind === "upload"
          ? `${work.site.origin}/file_serve/attachment/${record.id}`
          : null,
  };
}

/** One file that cannot be asked for (quarantined, gone from storage) must not hide the rest; its size stays unknown. */
function keepGoing(thrown: unknown): undefined {
  if (thrown instanceof SgmediaError && thrown.code !== "E_INTERRUPTED") return undefined;
  throw thrown;
}

function transcodingOf(work: Work, record: SiteRecord): InfoRow["transcoding"] {
  const number = (field: string): number | null => {
    const value = record.fields[field];
    const parsed = typeof value === "string" && value !== "" ? Number(value) : value;
    return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : null;
  };
  const status = number("sg_uploaded_movie_transcoding_status");
  const idOf = (field: string): number | null => {
    const media = work.site.decodeMedia(record.fields[field]);
    return media.kind === "upload" ? (media.attachment?.id ?? null) : null;
  };
  const movieId = idOf("sg_uploaded_movie");
  const mp4Id = idOf("sg_uploaded_movie_mp4");
  const state = status === null ? "none" : status === 0 ? "running" : status === 1 ? "done" : "refused";
  return {
    status,
    state,
    // A transcode made before the upload beside it is of the media before (contract/local-storage.md E).
    stale: mp4Id !== null && (movieId === null || mp4Id < movieId),
    frameRate: number("sg_uploaded_movie_frame_rate"),
    durationSeconds: number("uploaded_movie_duration"),
  };
}

function projectOf(record: SiteRecord): InfoRow["project"] {
  const link = record.fields["project"];
  if (typeof link !== "object" || link === null) return null;
  const { id, name } = link as { id?: unknown; name?: unknown };
  return typeof id === "number"
    ? { type: "Project", id, name: typeof name === "string" ? name : null }
    : null;
}
