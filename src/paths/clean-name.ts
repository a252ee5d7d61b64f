import { parse } from "node:path";

const MOST_BYTES = 255;
/** Names that Windows keeps for devices, with or without an extension. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
/** Control characters, and the invisible ones that turn the direction of text or hide in it. */
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
/** Separators and what Windows forbids in a name. */
const FORBIDDEN = /[/\\:*?"<>|]/g;

/**
 * A name that came from the site, made a safe name for one file on any system: no separator, no `..`, no control or bidirectional
 * character, no device name, no dot or blank at the end, composed (NFC), at most 255 bytes with its extension kept, never empty.
 */
export function cleanName(name: string, options: { readonly fallback?: string } = {}): string {
  const clean = tidy(name);
  if (clean !== "") return clean;
  return tidy(options.fallback ?? "") || "download";
}

/** `shot.mov`, 2 → `shot (2).mov`. */
export function numberedName(name: string, n: number): string {
  const { name: stem, ext } = parse(name);
  return shorten(stem, ` (${n})${ext}`);
}

function tidy(name: string): string {
  const text = name
    .normalize("NFC")
    .replace(/\p{Surrogate}/gu, "")
    .replace(INVISIBLE, "")
    .replace(FORBIDDEN, "_")
    .replace(/^\s+/, "")
    .replace(/[\s.]+$/, "");
  if (text === "") return "";
  const safe = DEVICE.test(text) ? `_${text}` : text;
  const { name: stem, ext } = parse(safe);
  return Buffer.byteLength(safe) <= MOST_BYTES
    ? safe
    : shorten(stem, Buffer.byteLength(ext) <= 32 ? ext : "");
}

/** Cuts the stem, at whole characters, until stem and ending fit into one name. */
function shorten(stem: string, ending: string): string {
  const room = MOST_BYTES - Buffer.byteLength(ending);
  let kept = "";
  let sizeBytes = 0;
  for (const char of stem) {
    sizeBytes += Buffer.byteLength(char);
    if (sizeBytes > room) break;
    kept += char;
  }
  return `${kept.replace(/[\s.]+$/, "")}${ending}`;
}
