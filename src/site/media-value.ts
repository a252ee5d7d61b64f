import * as v from "valibot";
import type { AttachmentRef } from "../shared/records.ts";
import { IdSchema } from "./decode.ts";
import type { MediaValue } from "./types.ts";

/** While a picture is made its field reads an address under this path (contract/rest.md 6.6). */
const PLACEHOLDER_PATH = "/images/status/transient/";

const OptionalText = v.fallback(v.optional(v.nullable(v.string())), null);
const FileSchema = v.looseObject({
  id: v.fallback(v.optional(v.nullable(IdSchema)), null),
  name: OptionalText,
  url: OptionalText,
  content_type: OptionalText,
  link_type: OptionalText,
  relative_path: OptionalText,
  local_path_windows: OptionalText,
  local_path_mac: OptionalText,
  local_path_linux: OptionalText,
  local_storage: v.fallback(
    v.optional(v.nullable(v.looseObject({ id: IdSchema, name: OptionalText }))),
    null,
  ),
});

/**
 * What a url or image field, or an Attachment's `this_file`, holds (contract/rest.md 7). Signed URLs stay behind: of an
 * upload no URL is given, of a picture only the name in its URL.
 */
export function decodeMedia(value: unknown): MediaValue {
  if (typeof value === "string") return value === "" ? { kind: "empty" } : decodePicture(value);
  const parsed = v.safeParse(FileSchema, value);
  if (!parsed.success) return { kind: "empty" };
  const file = parsed.output;
  const attachment: AttachmentRef | null =
    file.id == null ? null : { type: "Attachment", id: file.id, name: file.name ?? "" };
  const contentType = file.content_type ?? null;
  const paths = {
    windows: file.local_path_windows ?? null,
    mac: file.local_path_mac ?? null,
    linux: file.local_path_linux ?? null,
  };
  const isLocal =
    file.link_type === "local" || (file.link_type == null && Object.values(paths).some(Boolean));
  if (isLocal) {
    const relativePath = file.relative_path ?? null;
    return {
      kind: "local",
      attachment,
      name: file.name ?? lastSegment(relativePath ?? ""),
      contentType,
      paths,
      relativePath,
      storage: file.local_storage
        ? { id: file.local_storage.id, name: file.local_storage.name ?? null }
        : null,
    };
  }
  if (file.link_type === "web" && file.url) {
    return { kind: "web", attachment, name: file.name ?? file.url, url: file.url, contentType };
  }
  if (file.link_type === "upload" || attachment) {
    return { kind: "upload", attachment, name: file.name ?? "", contentType };
  }
  return { kind: "empty" };
}

export function isPlaceholderUrl(url: string): boolean {
  return (
    URL.canParse(url, "http://site") && new URL(url, "http://site").pathname.startsWith(PLACEHOLDER_PATH)
  );
}

function decodePicture(url: string): MediaValue {
  return { kind: "picture", name: nameInDisposition(url), placeholder: isPlaceholderUrl(url) };
}

/** An image field has no name of its own; it stands in the URL's response-content-disposition (contract/rest.md 7). */
function nameInDisposition(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const disposition = new URL(url).searchParams.get("response-content-disposition");
  if (disposition === null) return null;
  const encoded = /filename\*\s*=\s*UTF-8''([^;]+)/i.exec(disposition)?.[1];
  if (encoded !== undefined) {
    try {
      return decodeURIComponent(encoded.trim());
    } catch {
      // Not what it says it is: the plain form may still do.
    }
  }
  const plain = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]+))/i.exec(disposition);
  const name = plain?.[1]?.replace(/\\(.)/g, "$1") ?? plain?.[2]?.trim();
  return name ? name : null;
}

function lastSegment(path: string): string {
  return path.split("/").at(-1) ?? "";
}
