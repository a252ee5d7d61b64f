import { isSignatureOf, signText } from "../store/signature.ts";
import type { Link, Sandbox, StoredPicture } from "../types.ts";

const PICTURE_LIFE_S = 900;

/** Where the site itself serves an Attachment's bytes. */
export function attachmentUrl(sandbox: Sandbox, attachmentId: number): string {
  return `${sandbox.origin}/file_serve/attachment/${attachmentId}`;
}

/** A URL for stored bytes as a field shows it: signed by the storage, or one of the site's own on an `sg` site. */
export function storedFileUrl(
  sandbox: Sandbox,
  file: { key: string; name: string; contentType: string },
  attachmentId: number,
): string {
  if (sandbox.options.storageService === "sg") return attachmentUrl(sandbox, attachmentId);
  return sandbox.storage.signGet(file.key, { name: file.name, contentType: file.contentType });
}

/** The last part of a storage key: the name under which the bytes were kept. */
function keptName(key: string): string {
  return key.split("/").at(-1) ?? key;
}

/** A URL for the small picture of an image field. */
export function smallPictureUrl(
  sandbox: Sandbox,
  record: Link,
  field: string,
  picture: StoredPicture & { smallKey: string },
): string {
  const name = keptName(picture.smallKey);
  if (sandbox.options.storageService !== "sg") {
    return sandbox.storage.signGet(picture.smallKey, { name, contentType: "image/jpeg" });
  }
  const path = `/image_serve/${record.type}/${record.id}/${field}/${encodeURIComponent(name)}`;
  const expiration = String(Math.floor(sandbox.nowMs() / 1000) + PICTURE_LIFE_S);
  const signature = signText(sandbox.store, `${path} ${expiration}`);
  return `${sandbox.origin}${path}?${new URLSearchParams({ expiration, signature })}`;
}

/** Whether a URL made by `smallPictureUrl` for an `sg` site is genuine and still alive. */
export function isPictureUrl(sandbox: Sandbox, url: URL): boolean {
  const expiration = url.searchParams.get("expiration") ?? "";
  const signature = url.searchParams.get("signature") ?? "";
  if (!(Number(expiration) * 1000 >= sandbox.nowMs())) return false;
  return isSignatureOf(sandbox.store, `${url.pathname} ${expiration}`, signature);
}
