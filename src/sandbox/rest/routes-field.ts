import { attachmentUrl, smallPictureUrl, storedFileUrl } from "../files/file-url.ts";
import { isPicture, isReady, PENDING_PATH } from "../files/pictures.ts";
import { renderValue } from "../files/render.ts";
import { fileOf, isStoredFile } from "../files/render-file.ts";
import { linksIn } from "../store/pairs.ts";
import { badParameters, notFound, SiteError } from "../store/site-error.ts";
import type { Row, Sandbox, StoredFile } from "../types.ts";
import { type Call, readRow, typeOf } from "./call.ts";
import { send, sendRead } from "./reply.ts";
import { recordPath } from "./resource.ts";

function redirect(call: Call, location: string): void {
  call.res.setHeader("Location", location);
  send(call.res, 302, "", "text/html; charset=utf-8");
}

/** Where the picture lies as it was sent, or the full-size frame of a movie. */
function originalPictureUrl(sandbox: Sandbox, row: Row, field: string): string {
  const picture = row.fields[field];
  if (!isPicture(picture)) throw notFound("File not found", 104);
  if (picture.smallKey === null) return `${sandbox.origin}${PENDING_PATH}`;
  if (sandbox.options.storageService === "sg")
    return `${sandbox.origin}/thumbnail/full/${row.type}/${row.id}${field === "filmstrip_image" ? "?field=filmstrip_image" : ""}`;
  return sandbox.storage.signGet(picture.originalKey, {
    name: picture.name,
    contentType: picture.contentType,
  });
}

function pictureLocation(call: Call, row: Row, field: string, alt: string): string {
  const picture = row.fields[field];
  if (!isPicture(picture)) throw emptyPicture();
  if (alt === "original") return originalPictureUrl(call.sandbox, row, field);
  return isReady(call.sandbox, picture)
    ? smallPictureUrl(call.sandbox, row, field, picture)
    : `${call.sandbox.origin}${PENDING_PATH}`;
}

function emptyPicture(): SiteError {
  return new SiteError(404, "File not found", { code: 104, source: null });
}

/** The thumbnail that goes with a file: that of the Attachment, else that of the record it hangs on. */
function thumbnailOfFile(call: Call, row: Row, attachment: Row): string {
  const owner = [attachment, row].find((each) => isPicture(each.fields["image"]));
  if (!owner) throw emptyPicture();
  return pictureLocation(call, owner, "image", "thumbnail");
}

function fileLocation(call: Call, row: Row, field: string, alt: string): string {
  const { sandbox } = call;
  const value = row.fields[field];
  const [link] =
    row.type === "Attachment" && isStoredFile(value) ? [{ type: row.type, id: row.id }] : linksIn(value);
  const attachment = link && sandbox.store.row("Attachment", link.id);
  const file: StoredFile | undefined = fileOf(sandbox, link);
  if (!attachment || attachment.retired || !file) {
    throw new SiteError(404, `Field ${field} is empty.`, { code: 104, source: null });
  }
  if (alt === "thumbnail") return thumbnailOfFile(call, row, attachment);
  switch (file.linkType) {
    case "upload":
      return sandbox.options.storageService === "sg"
        ? attachmentUrl(sandbox, attachment.id)
        : storedFileUrl(sandbox, file, attachment.id);
    case "web":
      return file.url;
    case "local":
      throw new SiteError(404, "File not found", { code: 104, source: null });
  }
}

/** `GET /entity/{type}/{id}/{field}[?alt=original|thumbnail]`: describes a media field, or leads to its bytes (contract/rest.md 7). */
export function fieldRoute(call: Call, segment: string, id: string, name: string): void {
  const type = typeOf(call.sandbox, segment);
  const row = readRow(call, type, id);
  const field = call.sandbox.store.type(type)?.fields.get(name);
  if (!field || field.retired) throw notFound(`Field '${type}.${name}' does not exist.`);
  if (field.dataType !== "url" && field.dataType !== "image") {
    throw new SiteError(400, `Field ${type}.${name} is not an image or attachment.`, { source: null });
  }
  const alt = call.query.get("alt");
  if (alt === null) {
    const data = renderValue(call.sandbox, row, field, "rest");
    sendRead(call.res, { data, links: { self: `${recordPath(call, type, row.id)}/${name}` } });
    return;
  }
  if (alt !== "original" && alt !== "thumbnail") {
    throw badParameters({ alt: ["alt must be one of: original, thumbnail"] });
  }
  const locate = field.dataType === "image" ? pictureLocation : fileLocation;
  redirect(call, locate(call, row, name, alt));
}
