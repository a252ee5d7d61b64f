import { displayName } from "../store/display-name.ts";
import { linksIn } from "../store/pairs.ts";
import type { Link, Row, Sandbox, Store, StoredFile } from "../types.ts";
import { extensionOf } from "./content-type.ts";
import { pendingPicture } from "./pictures.ts";

export interface NewFile {
  /** The record it goes to; null for an Attachment that hangs on nothing. */
  record: Link | null;
  /** A File/Link field or a list of Attachments; null: only linked to the record. */
  field: string | null;
  /** Set when the file is a picture for one of the image fields; `field` is null then. */
  thumbnail: "image" | "filmstrip_image" | null;
  file: StoredFile;
  displayName?: string | undefined;
  description?: string | undefined;
  /** Tags by name are made where missing. */
  tagNames?: readonly string[] | undefined;
  tagIds?: readonly number[] | undefined;
  by: Link | null;
}

/** The project of a record: its own, or the project itself. */
export function projectOf(store: Store, record: Link | null): Link | null {
  if (!record) return null;
  if (record.type === "Project") return { type: "Project", id: record.id };
  return linksIn(store.row(record.type, record.id)?.fields["project"])[0] ?? null;
}

/** The Tag rows of these names, compared without case; made where missing. */
export function tagsByName(store: Store, names: readonly string[], by: Link | null): Link[] {
  return names
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .map((name) => {
      const same = (row: Row) => !row.retired && displayName(row)?.toLowerCase() === name.toLowerCase();
      const known = [...store.rows("Tag")].find(same);
      return { type: "Tag", id: (known ?? store.insert("Tag", { name }, by)).id };
    });
}

function takesMedia(record: Link, field: string | null): boolean {
  return record.type === "Version" && field === "sg_uploaded_movie";
}

/**
 * What a new movie resets on its Version. The renditions, the thumbnail and the status of older media stay until the new
 * transcode is done; where there were none, status 0 and the placeholder are there at once (contract/local-storage.md E).
 */
function fieldsOfNewMovie(sandbox: Sandbox, version: Row, file: StoredFile): Record<string, unknown> {
  if (file.linkType !== "upload") return {};
  const reset: Record<string, unknown> = {};
  if ((version.fields["sg_uploaded_movie_transcoding_status"] ?? null) === null) {
    reset["sg_uploaded_movie_transcoding_status"] = 0;
  }
  for (const field of ["image", "filmstrip_image"]) {
    if ((version.fields[field] ?? null) === null) reset[field] = pendingPicture(sandbox, file);
  }
  return reset;
}

/**
 * Makes the Attachment of a file and puts it where it belongs: on a field, on an image field, or only on the record. Media
 * on `Version.sg_uploaded_movie` and pictures go to the transcoder. `file_size` stays null, as on a real site
 * (contract/rest.md 6.4). Older Attachments of the field stay. The record has to exist.
 */
export function attachFile(sandbox: Sandbox, wanted: NewFile): Row {
  const { store } = sandbox;
  const { record, field, thumbnail, file, by } = wanted;
  const target = record ? store.row(record.type, record.id) : undefined;
  if (record && !target) throw new Error(`${record.type} ${record.id} does not exist.`);
  const link: Link | null = record && { type: record.type, id: record.id };

  const attachment = store.transaction(() => {
    const tags = [
      ...tagsByName(store, wanted.tagNames ?? [], by),
      ...(wanted.tagIds ?? []).map((id) => ({ type: "Tag", id })),
    ];
    const row = store.insert(
      "Attachment",
      {
        this_file: file,
        filename: file.name,
        original_fname: file.name,
        display_name: wanted.displayName ?? file.name,
        description: wanted.description ?? null,
        file_extension: extensionOf(file.name),
        file_size: null,
        sg_status_list: "na",
        attachment_links: link && !thumbnail && link.type !== "Attachment" ? [link] : [],
        project: projectOf(store, link),
        local_storage: file.linkType === "local" ? { type: "LocalStorage", id: file.storageId } : null,
        tags,
      },
      by,
    );
    if (!link || !target) return row;
    const self: Link = { type: "Attachment", id: row.id };
    if (thumbnail && file.linkType === "upload") {
      store.change(link.type, link.id, { [thumbnail]: pendingPicture(sandbox, file) }, by);
    } else if (field !== null && store.type(link.type)?.fields.get(field)?.dataType === "url") {
      const reset = takesMedia(link, field) ? fieldsOfNewMovie(sandbox, target, file) : {};
      store.change(link.type, link.id, { [field]: self, ...reset }, by);
    }
    return row;
  });

  if (link && file.linkType === "upload") {
    if (thumbnail) sandbox.transcoder.picture(link, thumbnail);
    else if (takesMedia(link, field))
      sandbox.transcoder.movie(link, { type: "Attachment", id: attachment.id });
  }
  return attachment;
}
