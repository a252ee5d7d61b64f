import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { guessContentType } from "../files/content-type.ts";
import { isPictureUrl } from "../files/file-url.ts";
import { isPicture } from "../files/pictures.ts";
import { type UploadInfo, uploadKey } from "../files/upload-session.ts";
import { isSignatureOf, signText } from "../store/signature.ts";
import { notFound, SiteError } from "../store/site-error.ts";
import type { Sandbox } from "../types.ts";
import { type Call, requireParameters } from "./call.ts";
import { sendJson } from "./reply.ts";
import type { UploadTarget } from "./routes-upload.ts";

/** How long a URL that takes bytes on the site itself is good. */
const UPLOAD_LIFE_S = 900;

function signedText(path: string, query: URLSearchParams): string {
  const part = (name: string) => query.get(name) ?? "";
  const words = ["filename", "timestamp", "expiration", "user_id", "user_type"].map(part);
  // Links carry the prefix that was called; the signature is good under either.
  return [path.replace(/^\/api\/v1(?:\.1)?/, ""), ...words].join("\n");
}

/** On an `sg` site the init's own path takes the bytes (contract/rest.md 6.2). */
export function siteUploadUrl(call: Call, target: UploadTarget, info: UploadInfo): string {
  const query = new URLSearchParams({
    filename: info.original_filename,
    timestamp: info.timestamp,
    expiration: String(Math.floor(call.sandbox.nowMs() / 1000) + UPLOAD_LIFE_S),
    user_id: String(call.caller.as.id),
    user_type: call.caller.as.type,
  });
  query.set("signature", signText(call.sandbox.store, signedText(target.path, query)));
  return `${call.sandbox.origin}${target.path}?${query}`;
}

/**
 * `PUT …/_upload` with the query of the init's link: keeps the bytes and answers the upload id that the completion needs.
 * The signature stands for the caller, so no bearer is asked for.
 */
export async function siteUploadRoute(call: Call, target: UploadTarget): Promise<void> {
  const { sandbox, query, req } = call;
  requireParameters(
    (name) => query.get(name),
    ["filename", "user_id", "user_type", "expiration", "signature"],
  );
  const genuine = isSignatureOf(sandbox.store, signedText(target.path, query), query.get("signature") ?? "");
  const alive = Number(query.get("expiration")) * 1000 >= sandbox.nowMs();
  if (!genuine || !alive) {
    throw new SiteError(403, alive ? "Invalid signature." : "Upload link has expired.", {
      code: 102,
      source: null,
    });
  }
  if (req.headers["content-length"] === undefined) throw new SiteError(411, "Length Required");
  const filename = query.get("filename") ?? "";
  const key = uploadKey(target.scope, { timestamp: query.get("timestamp") ?? "", filename });
  const { etag } = await sandbox.storage.write(
    key,
    req,
    guessContentType(filename) ?? "application/octet-stream",
  );
  call.res.setHeader("ETag", `"${etag.replaceAll('"', "")}"`);
  sendJson(call.res, 200, {
    data: { upload_id: key.slice(0, 40), original_filename: filename },
    links: { complete_upload: target.path },
  });
}

/** `GET /image_serve/{Type}/{id}/{field}/…_t.jpg`: the small pictures of an `sg` site, by their signed URL. */
export async function pictureRoute(sandbox: Sandbox, url: URL, res: ServerResponse): Promise<void> {
  const [, , type = "", id = "", field = ""] = url.pathname.split("/");
  const picture = sandbox.store.row(type, Number(id))?.fields[field];
  if (!isPicture(picture) || picture.smallKey === null) throw notFound(null);
  if (!isPictureUrl(sandbox, url)) throw new SiteError(403, "Forbidden", { code: 102, source: null });
  const stored = await sandbox.storage.stat(picture.smallKey);
  if (!stored) throw notFound(null);
  res.writeHead(200, { "Content-Type": "image/jpeg", "Content-Length": stored.sizeBytes });
  await pipeline(await sandbox.storage.read(picture.smallKey), res);
}
