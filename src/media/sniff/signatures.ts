import type { KnownFormat } from "./file-kind.ts";

type Signature = readonly [
  format: KnownFormat,
  offset: number,
  hex: string,
  alsoOffset?: number,
  alsoHex?: string,
];

/** Formats whose first bytes alone say what they are. */
const SIGNATURES: readonly Signature[] = [
  ["png", 0, "89504e470d0a1a0a"],
  ["gif", 0, "474946383761"],
  ["gif", 0, "474946383961"],
  ["webp", 0, "52494646", 8, "57454250"],
  ["exr", 0, "762f310102"],
  ["dpx", 0, "53445058"],
  ["dpx", 0, "58504453"],
  ["cineon", 0, "802a5fd7"],
  ["cineon", 0, "d75f2a80"],
  ["psd", 0, "384250530001"],
  ["psb", 0, "384250530002"],
  ["hdr", 0, "233f52414449414e4345"],
  ["hdr", 0, "233f52474245"],
  ["r3d", 4, "52454431"],
  ["r3d", 4, "52454432"],
  ["arriraw", 0, "4152524912345678"],
  ["arriraw", 0, "4152524978563412"],
];

export function bySignature(head: Uint8Array): KnownFormat | undefined {
  if (looksLikeJpeg(head)) return "jpeg";
  if (looksLikeSgi(head)) return "sgi";
  return SIGNATURES.find(
    ([, offset, hex, alsoOffset, alsoHex]) =>
      has(head, offset, hex) && (alsoHex === undefined || has(head, alsoOffset ?? 0, alsoHex)),
  )?.[0];
}

function has(head: Uint8Array, offset: number, hex: string): boolean {
  for (let at = 0; at < hex.length; at += 2) {
    if (head[offset + at / 2] !== Number.parseInt(hex.slice(at, at + 2), 16)) return false;
  }
  return true;
}

/** JPEG-LS shares the first three bytes, but its fourth is F7. */
function looksLikeJpeg(head: Uint8Array): boolean {
  return has(head, 0, "ffd8ff") && head.length > 3 && head[3] !== 0xf7;
}

/** Its two-byte magic is short, so storage, bytes a channel and dimension must be what the format allows. */
function looksLikeSgi(head: Uint8Array): boolean {
  const [, , storage = 9, bytesPerChannel = 9, dimensionHigh = 9, dimension = 9, widthHigh = 0, width = 0] =
    head;
  return (
    has(head, 0, "01da") &&
    storage <= 1 &&
    (bytesPerChannel === 1 || bytesPerChannel === 2) &&
    dimensionHigh === 0 &&
    dimension >= 1 &&
    dimension <= 3 &&
    (widthHigh > 0 || width > 0)
  );
}
