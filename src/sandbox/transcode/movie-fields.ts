import type { Link, Row, StoredFile, StoredPicture } from "../types.ts";
import type { TranscoderParts } from "./deps.ts";
import { floatText } from "./probe-media.ts";
import { asLink, asPicture } from "./stored-values.ts";

export const RUNNING = 0;
const DONE = 1;
const REFUSED = 2;

const FIELDS = ["image", "filmstrip_image"] as const;
type PictureField = (typeof FIELDS)[number];

/** Every key that the transcoder writes begins so. */
export const KEY_FOLDER = "transcode/";

export interface MovieJob {
  version: Link;
  attachment: Link;
  /** Milliseconds since 1970. */
  uploadedAtMs: number;
  /** Storage keys of the pictures that the Version had at the upload. */
  picturesBefore: { image: string | null; filmstrip_image: string | null };
}

export type Upload = Extract<StoredFile, { linkType: "upload" }>;

/** What is stored and waits to be put in its fields. */
export interface StoredRenditions {
  isStill: boolean;
  /** Of the mp4. */
  frameRate: number;
  /** Of the mp4. */
  durationSeconds: number;
  mp4: Upload;
  webm: Upload | null;
  full: Upload;
  small: Upload;
  filmstrip: Upload | null;
}

/** The job's Version while it is alive and holds this upload. */
export function currentVersion(parts: TranscoderParts, job: MovieJob): Row | undefined {
  const version = parts.store.row(job.version.type, job.version.id);
  if (!version || version.retired) return undefined;
  return asLink(version.fields["sg_uploaded_movie"])?.id === job.attachment.id ? version : undefined;
}

/** Puts renditions in their fields, each as an Attachment of its own, all or nothing. */
export function publish(parts: TranscoderParts, job: MovieJob, stored: StoredRenditions): void {
  const { store } = parts;
  store.transaction(() => {
    const version = currentVersion(parts, job);
    if (!version) return;
    const attach = (file: Upload | null): Link | null => file && insertAttachment(parts, version, file);
    const pictureOf = (
      field: PictureField,
      original: Upload | null,
      small: Upload | null,
    ): Record<string, unknown> =>
      !wasSetSince(job, version, field)
        ? { [field]: original && small && shownPicture(parts, job, version, field, original, small) }
        : {};
    store.change(
      version.type,
      version.id,
      {
        sg_uploaded_movie_mp4: attach(stored.mp4),
        sg_uploaded_movie_webm: attach(stored.webm),
        sg_uploaded_movie_image: stored.isStill ? attach(stored.full) : null,
        sg_uploaded_movie_frame_rate: floatText(stored.frameRate),
        uploaded_movie_duration: floatText(stored.durationSeconds),
        ...pictureOf("image", stored.full, stored.small),
        ...pictureOf("filmstrip_image", stored.filmstrip, stored.filmstrip),
        sg_uploaded_movie_transcoding_status: DONE,
      },
      null,
    );
  });
}

function insertAttachment(parts: TranscoderParts, version: Row, file: Upload): Link {
  const row = parts.store.insert(
    "Attachment",
    {
      this_file: file,
      filename: file.name,
      original_fname: file.name,
      display_name: file.name,
      file_extension: file.name.slice(file.name.lastIndexOf(".") + 1),
      file_size: null,
      // Renditions hang on their field alone: a search for a record's files finds what people sent.
      attachment_links: [],
      project: asLink(version.fields["project"]) ?? null,
    },
    null,
  );
  return { type: "Attachment", id: row.id };
}

/** Whether someone set or cleared the picture after the upload: then it stays as they left it. */
function wasSetSince(job: MovieJob, version: Row, field: PictureField): boolean {
  return (asPicture(version.fields[field])?.originalKey ?? null) !== job.picturesBefore[field];
}

/** The placeholder shows until the delay since the upload is over and it was read once, also for a picture that replaces another. */
function shownPicture(
  parts: TranscoderParts,
  job: MovieJob,
  version: Row,
  field: PictureField,
  original: Upload,
  small: Upload,
): StoredPicture {
  const now = asPicture(version.fields[field]);
  const pending = now?.smallKey === null ? now : undefined;
  return {
    originalKey: original.key,
    smallKey: small.key,
    name: original.name,
    contentType: original.contentType,
    readyAtMs: pending?.readyAtMs ?? job.uploadedAtMs + parts.options.transcodeDelayMs,
    readsWhilePending: pending?.readsWhilePending ?? 0,
  };
}

/** Status 2: the media cannot be transcoded. Nothing derived is there then, neither of it nor of older media. */
export function refuse(parts: TranscoderParts, job: MovieJob): void {
  const version = currentVersion(parts, job);
  if (!version) return;
  const cleared: Record<string, unknown> = {
    sg_uploaded_movie_mp4: null,
    sg_uploaded_movie_webm: null,
    sg_uploaded_movie_image: null,
    sg_uploaded_movie_frame_rate: null,
    uploaded_movie_duration: null,
    sg_uploaded_movie_transcoding_status: REFUSED,
  };
  for (const field of FIELDS) if (!wasSetSince(job, version, field)) cleared[field] = null;
  parts.store.change(version.type, version.id, cleared, null);
}

/** The media was taken off the Version while its job waited: no job follows that would end the placeholder. */
export function abandon(parts: TranscoderParts, job: MovieJob): void {
  const version = parts.store.row(job.version.type, job.version.id);
  if (!version || version.retired || asLink(version.fields["sg_uploaded_movie"])) return;
  const cleared: Record<string, unknown> = {};
  if (version.fields["sg_uploaded_movie_transcoding_status"] === RUNNING) {
    cleared["sg_uploaded_movie_transcoding_status"] = null;
  }
  for (const field of FIELDS) {
    if (asPicture(version.fields[field])?.smallKey === null && !wasSetSince(job, version, field))
      cleared[field] = null;
  }
  if (Object.keys(cleared).length > 0) parts.store.change(version.type, version.id, cleared, null);
}
