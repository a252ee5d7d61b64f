import { createHash } from "node:crypto";
import { isoSeconds } from "../store/store.ts";
import type { Sandbox } from "../types.ts";

/** What an init answers and a completion sends back, word for word (contract/rest.md 6.1). */
export interface UploadInfo {
  timestamp: string;
  upload_type: "Attachment" | "Thumbnail";
  upload_id: string | null;
  storage_service: "s3" | "sg";
  original_filename: string;
  multipart_upload: boolean;
}

/**
 * Where an upload's bytes lie. The site keeps no list of uploads: the place follows from what the client sends back, so
 * the scope (`Version/23404/sg_uploaded_movie`), the timestamp and the name are all there is to know.
 */
export function uploadKey(scope: string, info: { timestamp: string; filename: string }): string {
  const digest = createHash("sha1").update(`${scope}\n${info.timestamp}\n${info.filename}`).digest("hex");
  // A URL with the segment `..` or `.` is another one once it is parsed, and its signature wrong.
  const name = /^\.{1,2}$/.test(info.filename) ? "_" : info.filename.replace(/[/\\\0]/g, "_");
  return `${digest}/${name}`;
}

const issued = new WeakMap<Sandbox, Map<string, number>>();

/** Now, or the next second that no upload of this name to this place has had: two never share a place. */
function freshTimestamp(sandbox: Sandbox, scope: string, filename: string): string {
  const seen = issued.get(sandbox) ?? new Map<string, number>();
  issued.set(sandbox, seen);
  const nowS = Math.floor(sandbox.nowMs() / 1000);
  for (const [key, at] of seen) if (at < nowS) seen.delete(key);
  const key = `${scope}\n${filename}`;
  const second = Math.max(nowS, (seen.get(key) ?? 0) + 1);
  seen.set(key, second);
  return isoSeconds(second * 1000);
}

export interface UploadStart {
  scope: string;
  filename: string;
  uploadType: UploadInfo["upload_type"];
  multipart: boolean;
}

/**
 * Opens an upload. A multipart one is open on the storage at once; `url` takes the bytes or the first part. On an `sg`
 * site there is no `url` here: the site itself takes the bytes.
 */
export async function beginUpload(
  sandbox: Sandbox,
  start: UploadStart,
): Promise<{ info: UploadInfo; key: string; url: string | null }> {
  const { scope, filename, uploadType, multipart } = start;
  const timestamp = freshTimestamp(sandbox, scope, filename);
  const key = uploadKey(scope, { timestamp, filename });
  const service = sandbox.options.storageService;
  const uploadId = multipart ? await sandbox.storage.createMultipart(key) : null;
  const info: UploadInfo = {
    timestamp,
    upload_type: uploadType,
    upload_id: uploadId,
    storage_service: service,
    original_filename: filename,
    multipart_upload: multipart,
  };
  if (service === "sg") return { info, key, url: null };
  const url = uploadId === null ? sandbox.storage.signPut(key) : sandbox.storage.signPart(key, uploadId, 1);
  return { info, key, url };
}

/** Whether an upload id has the look of one of the storage's; the site checks no more than that before it signs. */
export function looksLikeUploadId(uploadId: string): boolean {
  return uploadId.length >= 16;
}
