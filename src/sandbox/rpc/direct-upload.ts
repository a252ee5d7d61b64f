import { guessContentType } from "../files/content-type.ts";
import { beginUpload, type UploadInfo, uploadKey } from "../files/upload-session.ts";
import { SiteError } from "../store/site-error.ts";
import type { Caller, Sandbox } from "../types.ts";
import { attachTo, targetIn } from "./upload-target.ts";

/** These uploads are bound to no record before they are linked (contract/rest.md 10). */
const scopeOf = (uploadType: string): string => `upload/${uploadType}`;

/** A name that is one part of a storage key and comes back unchanged from the URL that was made of it. */
function plainName(name: string): string {
  return name.replace(/[/\\\0\n\r]/g, "_");
}

function uploadTypeIn(form: URLSearchParams): UploadInfo["upload_type"] {
  return form.get("upload_type") === "Thumbnail" ? "Thumbnail" : "Attachment";
}

function filenameIn(form: URLSearchParams): string {
  const name = plainName(form.get("filename") ?? "");
  if (name === "") throw new SiteError(400, "filename is missing");
  return name;
}

function keyIn(form: URLSearchParams): string {
  const timestamp = form.get("timestamp") ?? "";
  return uploadKey(scopeOf(uploadTypeIn(form)), { timestamp, filename: filenameIn(form) });
}

function assertDirect(sandbox: Sandbox): void {
  if (sandbox.options.storageService !== "s3") {
    throw new SiteError(400, "Direct uploads are not enabled on this site.");
  }
}

/** `api_get_upload_link_info`: five lines, whether or not the upload is in parts (contract/rpc.md 2.2). */
export async function linkInfo(sandbox: Sandbox, _caller: Caller, form: URLSearchParams): Promise<string> {
  assertDirect(sandbox);
  const uploadType = uploadTypeIn(form);
  const { info, url } = await beginUpload(sandbox, {
    scope: scopeOf(uploadType),
    filename: filenameIn(form),
    uploadType,
    multipart: (form.get("multipart_upload") ?? "").toLowerCase() === "true",
  });
  return ["1", url ?? "", info.timestamp, uploadType, info.upload_id ?? ""].join("\n");
}

/** `api_get_upload_link_for_part` (contract/rpc.md 2.4). */
export function partLink(sandbox: Sandbox, _caller: Caller, form: URLSearchParams): string {
  assertDirect(sandbox);
  const part = Number(form.get("part_number"));
  const uploadId = form.get("upload_id") ?? "";
  if (!Number.isInteger(part) || part < 1) throw new SiteError(400, "part_number must be an integer");
  if (uploadId === "") throw new SiteError(400, "upload_id is missing");
  return `1\n${sandbox.storage.signPart(keyIn(form), uploadId, part)}`;
}

/** `api_complete_multipart_upload`: the ETags of all parts, with or without their quotes, joined by commas. */
export async function completeMultipart(
  sandbox: Sandbox,
  _caller: Caller,
  form: URLSearchParams,
): Promise<string> {
  assertDirect(sandbox);
  const etags = (form.get("etags") ?? "").split(",").map((etag) => etag.trim().replace(/^"|"$/g, ""));
  try {
    await sandbox.storage.completeMultipart(keyIn(form), form.get("upload_id") ?? "", etags);
  } catch (thrown) {
    throw new SiteError(400, thrown instanceof Error ? thrown.message : "Error completing multipart upload.");
  }
  return "1\n";
}

/** The stored object that the reply of `api_get_upload_link_info` was about. Its URL ends in the name it was made for. */
function objectIn(text: string): { key: string; filename: string; uploadType: string } {
  const [first, url, timestamp, uploadType] = text.split("\n");
  if (first !== "1" || !url || !timestamp || !uploadType || !URL.canParse(url)) {
    throw new SiteError(400, "upload_link_info is missing or not as it was given.");
  }
  const filename = decodeURIComponent(new URL(url).pathname.split("/").at(-1) ?? "");
  return { key: uploadKey(scopeOf(uploadType), { timestamp, filename }), filename, uploadType };
}

/** `api_link_file`: makes the Attachment (contract/rpc.md 2.6). */
export async function linkFile(sandbox: Sandbox, caller: Caller, form: URLSearchParams): Promise<string> {
  assertDirect(sandbox);
  const { key, filename, uploadType } = objectIn(form.get("upload_link_info") ?? "");
  const target = targetIn(sandbox, form, uploadType === "Thumbnail");
  const stored = await sandbox.storage.stat(key);
  const contentType = guessContentType(filename) ?? "application/octet-stream";
  const sizeBytes = stored?.sizeBytes ?? 0;
  return attachTo(sandbox, caller, form, {
    target,
    file: { linkType: "upload", key, name: filename, contentType, sizeBytes },
  });
}
