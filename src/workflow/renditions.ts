import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef } from "../shared/records.ts";
import type { MediaSource } from "../site/types.ts";
import type { Rendition } from "./types.ts";

/** The field that a rendition of a record hangs on; undefined where the type has no such rendition. */
export function renditionField(type: string, rendition: Rendition): string | undefined {
  switch (rendition) {
    case "original":
      return { Version: "sg_uploaded_movie", PublishedFile: "path", Attachment: "this_file" }[type];
    case "mp4":
      return type === "Version" ? "sg_uploaded_movie_mp4" : undefined;
    case "webm":
      return type === "Version" ? "sg_uploaded_movie_webm" : undefined;
    case "thumb":
    case "full":
      return "image";
    case "filmstrip":
      return "filmstrip_image";
  }
}

/** The rendition that a field is, for naming; null for any other field. */
export function renditionOfField(type: string, field: string): Rendition | null {
  const all: Rendition[] = ["original", "mp4", "webm", "thumb", "filmstrip"];
  return all.find((each) => renditionField(type, each) === field) ?? null;
}

/** Where its bytes are. A thumbnail is the small picture, `full` the picture as it was sent (contract/rest.md 7, `?alt=`). */
export function renditionSource(record: RecordRef, field: string, rendition: Rendition | null): MediaSource {
  return { kind: "field", record, field, alt: rendition === "thumb" ? "thumbnail" : "original" };
}

export function requireRenditionField(record: RecordRef, rendition: Rendition): string {
  const field = renditionField(record.type, rendition);
  if (field !== undefined) return field;
  throw new SgmediaError(
    "E_MEDIA_MISSING",
    `${formatRef(record)} has no ${rendition}: only a Version is transcoded.`,
    {
      fix: `See what it has: sgmedia info --entity ${formatRef(record)}`,
    },
  );
}

/** `1a2b…_shot.mp4` → `transcoded_shot.mp4`: the hash that the site puts in front of a transcode's name is taken off. */
export function transcodeName(name: string): string {
  return `transcoded_${name.replace(/^[0-9a-f]{8}[0-9a-f-]*_(?=.)/i, "")}`;
}
