import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { guessContentType } from "../files/content-type.ts";
import { beginUpload } from "../files/upload-session.ts";
import { SiteError } from "../store/site-error.ts";
import type { Caller, Sandbox, StoredFile } from "../types.ts";
import { readMultipart, wholeOf } from "./read-multipart.ts";
import { attachTo, targetIn } from "./upload-target.ts";

const MOST_TEXT_BYTES = 1024 * 1024;

function boundaryOf(req: IncomingMessage): string {
  const type = req.headers["content-type"] ?? "";
  const match = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw new SiteError(400, "The form is no multipart/form-data.");
  return boundary;
}

/**
 * `upload_file` and `publish_thumbnail` (contract/rpc.md 2.7): bytes over the site, streamed to the storage. The fields
 * come before the file, so that whoever may not write is refused before a byte of it is kept.
 */
export async function receiveFile(
  sandbox: Sandbox,
  req: IncomingMessage,
  partName: "file" | "thumb_image",
  callerOf: (form: URLSearchParams) => Caller,
): Promise<string> {
  const form = new URLSearchParams();
  const isThumbnail = partName === "thumb_image";
  let reply: string | undefined;
  for await (const part of readMultipart(req, boundaryOf(req))) {
    if (part.name !== partName || part.filename === null) {
      form.append(part.name, (await wholeOf(part.body, MOST_TEXT_BYTES)).toString("utf8"));
      continue;
    }
    const caller = callerOf(form);
    const target = targetIn(sandbox, form, isThumbnail);
    // Some clients send the whole path, Windows ones too.
    const filename = part.filename.split(/[/\\]/).at(-1) ?? "";
    if (filename === "") throw new SiteError(400, "The file has no name.");
    const uploadType = isThumbnail ? "Thumbnail" : "Attachment";
    const scope = `upload/${uploadType}`;
    const { key } = await beginUpload(sandbox, { scope, filename, uploadType, multipart: false });
    const contentType = part.contentType ?? guessContentType(filename) ?? "application/octet-stream";
    const { sizeBytes } = await sandbox.storage.write(key, Readable.from(part.body), contentType);
    const name = filename;
    const file: Extract<StoredFile, { linkType: "upload" }> = {
      linkType: "upload",
      key,
      name,
      contentType,
      sizeBytes,
    };
    reply = attachTo(sandbox, caller, form, { target, file });
  }
  if (reply === undefined) throw new SiteError(400, `The form has no file part '${partName}'.`);
  return reply;
}
