import type { KnownFormat } from "./file-kind.ts";

const ATOMS_WITHOUT_BRAND = new Set(["moov", "mdat", "wide", "free", "skip", "pnot"]);
const MP4_BRAND = /^(?:iso[m\d]|mp4[12]|avc[1-4]|dash|cmf[cs]|MSNV|XAVC|mp71|NDS[CHMPSX])$/;

/**
 * QuickTime, MP4 and what else is built of the same atoms, by the brand of `ftyp`; a QuickTime movie may also begin without
 * one. Audio, telephone and camera brands are left to the library.
 */
export function byBrand(head: Uint8Array): KnownFormat | undefined {
  const first = readAtom(head, 0);
  if (!first) return undefined;
  if (ATOMS_WITHOUT_BRAND.has(first.type)) return "quicktime";
  if (first.type !== "ftyp") return undefined;
  const major = text(head, 8, 4);
  const all = [major];
  for (let at = 16; at + 4 <= Math.min(head.length, first.sizeBytes); at += 4) all.push(text(head, at, 4));
  if (major === "qt  ") return "quicktime";
  if (/^M4V[ HP]$/.test(major)) return "m4v";
  if (all.some((brand) => brand === "avif" || brand === "avis")) return "avif";
  if (/^(?:hei[cxms]|hev[cxms]|mif1|msf1)$/.test(major)) return "heic";
  return MP4_BRAND.test(major) ? "mp4" : undefined;
}

/** Reads `length` bytes or fewer at `offset`; nothing past the end. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

const MOST_ATOMS = 32;
const MOOV_BYTES = 64 * 1024;
const RAW_CODEC = /^br(?:xq|st|hq|lt|vm|vn)$/;

/** Blackmagic RAW is a QuickTime movie but for its codec, which stands in `moov`: atoms are walked until it is found. */
export async function isBlackmagicRaw(readAt: ReadAt): Promise<boolean> {
  for (let offset = 0, count = 0; count < MOST_ATOMS; count += 1) {
    const atom = readAtom(await readAt(offset, 16), 0);
    if (!atom) return false;
    if (atom.type === "moov") return hasRawCodec(await readAt(offset, MOOV_BYTES));
    offset += atom.sizeBytes;
  }
  return false;
}

/** Looks at every sample description (`stsd`): the first entry's code is 16 bytes past its name. */
function hasRawCodec(moov: Uint8Array): boolean {
  const bytes = Buffer.from(moov.buffer, moov.byteOffset, moov.byteLength);
  for (let at = bytes.indexOf("stsd"); at !== -1; at = bytes.indexOf("stsd", at + 4)) {
    if (RAW_CODEC.test(text(moov, at + 16, 4))) return true;
  }
  return false;
}

/** An atom's type and whole size; a size of 0 (to the end of the file) is given as Infinity. */
function readAtom(bytes: Uint8Array, at: number): { type: string; sizeBytes: number } | undefined {
  if (bytes.length < at + 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = text(bytes, at + 4, 4);
  const size = view.getUint32(at);
  if (size === 0) return { type, sizeBytes: Number.POSITIVE_INFINITY };
  if (size === 1) {
    return bytes.length < at + 16 ? undefined : { type, sizeBytes: Number(view.getBigUint64(at + 8)) };
  }
  return size < 8 ? undefined : { type, sizeBytes: size };
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
