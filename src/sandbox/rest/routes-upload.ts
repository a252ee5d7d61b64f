import { attachFile } from "../files/attach-file.ts";
import { guessContentType } from "../files/content-type.ts";
import { beginUpload, looksLikeUploadId, uploadKey } from "../files/upload-session.ts";
import { badParameters, notFound, SiteError } from "../store/site-error.ts";
import type { FieldSchema, StoredFile } from "../types.ts";
import { type Call, jsonBody, requireParameters, typeOf } from "./call.ts";
import { send, sendJson, sendSpace } from "./reply.ts";
import { recordPath } from "./resource.ts";
import { siteUploadUrl } from "./site-storage.ts";

/** Where an upload goes: a record, and one of its fields or none. */
export interface UploadTarget {
  type: string;
  id: number;
  field: FieldSchema | null;
  /** Root-relative path of the init, which is that of the completion too. */
  path: string;
  scope: string;
}

/** The target that a path names. Throws 404 for a type, row or field that is not there, 400 for a field that takes no file. */
export function uploadTarget(
  call: Call,
  segment: string,
  id: string,
  fieldName: string | null,
): UploadTarget {
  const { store } = call.sandbox;
  const type = typeOf(call.sandbox, segment);
  const row = store.row(type, Number(id));
  const mayBeRetired = call.exchange.url.pathname.endsWith("/multipart_abort");
  if (!row || (row.retired && !mayBeRetired)) throw notFound(`${type}: ${id} not found`, 104);
  const field = fieldName === null ? null : (store.type(type)?.fields.get(fieldName) ?? undefined);
  if (field === undefined || field?.retired) throw notFound(`Field '${type}.${fieldName}' does not exist.`);
  const takesFiles = field?.dataType === "multi_entity" && field.name === "attachments";
  if (field && field.dataType !== "url" && field.dataType !== "image" && !takesFiles) {
    throw new SiteError(400, `Field ${type}.${field.name} is not an image or attachment.`, { source: null });
  }
  if (type === "Attachment" && field?.name === "this_file") {
    throw new SiteError(400, "API update() Attachment.this_file is editable on create only.");
  }
  const path = `${recordPath(call, type, row.id)}${fieldName === null ? "" : `/${fieldName}`}/_upload`;
  const scope = `${type}/${row.id}/${fieldName ?? ""}`;
  return { type, id: row.id, field, path, scope };
}

function isTrue(value: string | null): boolean {
  return value !== null && ["true", "1", "yes"].includes(value.toLowerCase());
}

/** `GET …/_upload?filename=[&multipart_upload=true]` (contract/rest.md 6.1). */
export async function initUploadRoute(call: Call, target: UploadTarget): Promise<void> {
  requireParameters((name) => call.query.get(name), ["filename"]);
  const filename = call.query.get("filename") ?? "";
  const multipart = isTrue(call.query.get("multipart_upload"));
  const { options } = call.sandbox;
  if (multipart && options.storageService === "sg") {
    throw new SiteError(400, "Multipart uploads are not supported by the storage service of this site.");
  }
  if (multipart && target.field === null && !options.fieldlessMultipart) {
    throw new SiteError(400, "Multipart uploads need a field.");
  }
  const uploadType = target.field?.dataType === "image" ? "Thumbnail" : "Attachment";
  const { info, url } = await beginUpload(call.sandbox, {
    scope: target.scope,
    filename,
    uploadType,
    multipart,
  });
  const upload = url ?? siteUploadUrl(call, target, info);
  const links = { upload, complete_upload: target.path };
  const next =
    info.upload_id === null
      ? {}
      : { get_next_part: nextPart(target, { ...info, upload_id: info.upload_id }, 2) };
  sendJson(call.res, 200, { data: info, links: { ...links, ...next } });
}

function nextPart(
  target: UploadTarget,
  info: { original_filename: string; timestamp: string; upload_id: string; upload_type: string },
  part: number,
): string {
  const query = new URLSearchParams({
    filename: info.original_filename,
    part_number: String(part),
    timestamp: info.timestamp,
    upload_id: info.upload_id,
    upload_type: info.upload_type,
  });
  return `${target.path}/multipart?${query}`;
}

/** `GET …/_upload/multipart`: signs any part at any time; nothing is remembered and the id is hardly looked at (6.3). */
export function partRoute(call: Call, target: UploadTarget): void {
  const read = (name: string) => call.query.get(name) ?? "";
  requireParameters(read, ["upload_type", "filename", "timestamp", "part_number"]);
  const uploadId = read("upload_id");
  if (uploadId === "") throw new SiteError(400, "Could not generate upload url. Check the site settings.");
  const part = Number(read("part_number"));
  if (!Number.isInteger(part) || part < 1) {
    throw badParameters({ part_number: ["part_number must be an integer"] });
  }
  const info = {
    original_filename: read("filename"),
    timestamp: read("timestamp"),
    upload_id: uploadId,
    upload_type: read("upload_type"),
  };
  const key = uploadKey(target.scope, { timestamp: info.timestamp, filename: info.original_filename });
  const upload = call.sandbox.storage.signPart(key, uploadId, part);
  const chain = looksLikeUploadId(uploadId) ? { get_next_part: nextPart(target, info, part + 1) } : {};
  sendJson(call.res, 200, { links: { upload, ...chain } });
}

function objectIn(body: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = body[name];
  if (value === undefined) throw badParameters({ [name]: [`${name} is missing`] });
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badParameters({ [name]: [`${name} must be a hash`] });
  }
  return value as Record<string, unknown>;
}

const INFO_KEYS = ["timestamp", "upload_type", "storage_service", "original_filename"] as const;

async function finishMultipart(call: Call, key: string, info: Record<string, unknown>): Promise<void> {
  const etags = info["etags"];
  if (!Array.isArray(etags) || etags.length === 0) {
    throw new SiteError(400, "'multipart_upload' is True but no 'etags' send with request.", {
      source: { etags: "missing and required for multipart uploads." },
    });
  }
  const bare = etags.map((etag) => String(etag).replace(/^"|"$/g, ""));
  try {
    await call.sandbox.storage.completeMultipart(key, String(info["upload_id"]), bare);
  } catch {
    throw new SiteError(400, "Error completing multipart upload.");
  }
}

function tagIdsIn(value: unknown): number[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((tag: unknown) => {
    const id = typeof tag === "object" && tag !== null ? (tag as Record<string, unknown>)["id"] : undefined;
    return typeof id === "number" ? [id] : [];
  });
}

/** `POST …/_upload`: 201 and one space, whether or not there are bytes, and never the Attachment's id (6.4). */
export async function completeUploadRoute(call: Call, target: UploadTarget): Promise<void> {
  const body = await jsonBody(call);
  const info = objectIn(body, "upload_info");
  const data = objectIn(body, "upload_data");
  requireParameters((name) => info[name], INFO_KEYS);
  const filename = String(info["original_filename"]);
  const key = uploadKey(target.scope, { timestamp: String(info["timestamp"]), filename });
  if (info["multipart_upload"] === true) await finishMultipart(call, key, info);
  if (call.sandbox.options.storageService === "sg") requireParameters((name) => info[name], ["upload_id"]);

  const stored = await call.sandbox.storage.stat(key);
  const file: StoredFile = {
    linkType: "upload",
    key,
    name: filename,
    contentType: guessContentType(filename) ?? "application/octet-stream",
    sizeBytes: stored?.sizeBytes ?? 0,
  };
  const isPicture = target.field?.dataType === "image";
  const name = data["display_name"];
  attachFile(call.sandbox, {
    record: { type: target.type, id: target.id },
    field: isPicture ? null : (target.field?.name ?? null),
    thumbnail: isPicture ? (target.field?.name === "filmstrip_image" ? "filmstrip_image" : "image") : null,
    file,
    displayName: typeof name === "string" && name !== "" && !isPicture ? name : undefined,
    tagIds: isPicture ? [] : tagIdsIn(data["tags"]),
    by: call.caller.as,
  });
  sendSpace(call.res, 201);
}

/** `POST …/_upload/multipart_abort`, the init's data flat: 204; 400 when nothing is open under that id (6.5). */
export async function abortUploadRoute(call: Call, target: UploadTarget): Promise<void> {
  const info = await jsonBody(call);
  if (Object.keys(info).length === 0) throw new SiteError(400, "No data in request body.");
  requireParameters(
    (name) => (name in info ? "given" : undefined),
    ["timestamp", "upload_type", "upload_id", "storage_service", "original_filename"],
  );
  const filename = String(info["original_filename"]);
  const key = uploadKey(target.scope, { timestamp: String(info["timestamp"]), filename });
  try {
    await call.sandbox.storage.abortMultipart(key, String(info["upload_id"]));
  } catch {
    throw new SiteError(400, "Failed to abort S3 multipart upload");
  }
  send(call.res, 204, "");
}
