import { attachFile } from "../files/attach-file.ts";
import { missingRecord } from "../files/write-record.ts";
import { SiteError } from "../store/site-error.ts";
import type { Caller, Link, Sandbox, StoredFile } from "../types.ts";

/** Where the file of a form goes, checked. */
export interface FormTarget {
  record: Link;
  field: string | null;
  thumbnail: "image" | "filmstrip_image" | null;
}

/** The record and the field that a form names. Throws SiteError for what is not there or takes no file. */
export function targetIn(sandbox: Sandbox, form: URLSearchParams, isThumbnail: boolean): FormTarget {
  const type = form.get("entity_type") ?? "";
  const id = Number(form.get("entity_id"));
  const schema = sandbox.store.type(type);
  if (!schema) throw new SiteError(400, `Entity type '${type}' does not exist.`);
  const row = sandbox.store.row(type, id);
  if (!row || row.retired) throw missingRecord(type, id);
  const record: Link = { type, id };
  if (isThumbnail) {
    const filmstrip = (form.get("filmstrip") ?? "").toLowerCase() === "true";
    const field = filmstrip ? "filmstrip_image" : "image";
    if (!schema.fields.has(field)) throw new SiteError(400, `${type} has no field '${field}'.`);
    return { record, field: null, thumbnail: field };
  }
  const name = form.get("field_name");
  if (!name) return { record, field: null, thumbnail: null };
  const field = schema.fields.get(name);
  if (!field || field.retired) throw new SiteError(400, `${type}.${name} doesn't exist.`);
  const takesFiles =
    field.dataType === "url" || (field.dataType === "multi_entity" && name === "attachments");
  if (!takesFiles) throw new SiteError(400, `Field ${type}.${name} is not an image or attachment.`);
  return { record, field: name, thumbnail: null };
}

/** Puts stored bytes where the form wants them. Answers `1:<attachment id>:<name>`, which the client takes apart. */
export function attachTo(
  sandbox: Sandbox,
  caller: Caller,
  form: URLSearchParams,
  { target, file }: { target: FormTarget; file: Extract<StoredFile, { linkType: "upload" }> },
): string {
  const displayName = form.get("display_name");
  const attachment = attachFile(sandbox, {
    ...target,
    file,
    displayName: displayName && !target.thumbnail ? displayName : undefined,
    tagNames: (form.get("tag_list") ?? "").split(","),
    by: caller.as,
  });
  return `1:${attachment.id}:${file.name}\n`;
}
