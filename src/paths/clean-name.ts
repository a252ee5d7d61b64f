import { parse } from "node:path";

const MOST_BYTES = 255;
const MOST_EXTENSION_BYTES = 32;
/** Names that Windows keeps for devices, with or without blanks and an extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)/i;
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
  const isExtension = Buffer.byteLength(ext) <= MOST_EXTENSION_BYTES;
  return isExtension ? shorten(stem, ` (${n})${ext}`) : shorten(name, ` (${n})`);
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
    : shorten(stem, Buffer.byteLength(ext) <= MOST_EXTENSION_BYTES ? ext : "");
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
