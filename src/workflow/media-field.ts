import { SgmediaError } from "../shared/errors.ts";
import { suggestNames } from "../shared/suggest.ts";
import type { FieldInfo } from "../site/types.ts";
import type { Work } from "./types.ts";

/** Where media goes on a type when no field was named; null: no field, an attachment on the record. */
export function defaultUploadField(type: string): string | null {
  return type === "Version" ? "sg_uploaded_movie" : null;
}

/** Where a link goes (link-local, link-url) when no field was named; undefined: a field must be named. */
export function defaultLinkField(type: string): string | undefined {
  return { Version: "sg_uploaded_movie", PublishedFile: "path", Attachment: "this_file" }[type];
}

/**
 * A field that takes files, checked against the site's schema before a byte moves.
 * Throws E_FIELD_UNKNOWN (exit 5, with near names) and E_FIELD_TAKES_NO_FILE (exit 2, with the fields that do).
 */
export async function requireFileField(work: Work, type: string, field: string): Promise<FieldInfo> {
  const fields = await work.site.fields(type, undefined, work.signal);
  const info = fields.get(field);
  const media = [...fields.values()]
    .filter((each) => each.acceptsFile && each.editable)
    .map((each) => each.name);
  if (!info) {
    const near = suggestNames(field, fields.keys());
    throw new SgmediaError("E_FIELD_UNKNOWN", `${type} has no field "${field}".`, {
      why: near.length > 0 ? `Near it: ${near.join(", ")}.` : `Fields that take a file: ${media.join(", ")}.`,
      fix: near[0] ? `Did you mean --field ${near[0]}?` : `sgmedia fields ${type} --media`,
    });
  }
  if (!info.acceptsFile) {
    throw new SgmediaError(
      "E_FIELD_TAKES_NO_FILE",
      `${type}.${field} takes no file: it is a ${info.dataType} field.`,
      {
        why: media.length > 0 ? `Fields that take a file: ${media.join(", ")}.` : null,
        fix: `sgmedia fields ${type} --media`,
      },
    );
  }
  return info;
}
