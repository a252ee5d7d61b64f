import type { Link, StoredFile, StoredPicture } from "../types.ts";

type Upload = Extract<StoredFile, { linkType: "upload" }>;

export function asUpload(value: unknown): Upload | undefined {
  return isObject(value) && value["linkType"] === "upload" ? (value as Upload) : undefined;
}

export function asPicture(value: unknown): StoredPicture | undefined {
  return isObject(value) && typeof value["originalKey"] === "string"
    ? (value as unknown as StoredPicture)
    : undefined;
}

export function asLink(value: unknown): Link | undefined {
  return isObject(value) && typeof value["type"] === "string" && typeof value["id"] === "number"
    ? { type: value["type"], id: value["id"] }
    : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A file's name without its extension, in characters that need no care in a URL or a key. */
export function safeStem(name: string): string {
  const stem = name.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  return stem.replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, 100) || "file";
}
