export const TGA_FOOTER_BYTES = 26;

const HEADER_BYTES = 18;
const FOOTER = "TRUEVISION-XFILE.\0";
const MOST_TRAILING_BYTES = 4096;

/**
 * Truevision Targa has no magic number: since its second version a footer names it; before, the header must be possible in
 * every field and the file as long as the header says.
 * @param tail the file's last 26 bytes
 */
export function isTga(head: Uint8Array, tail: Uint8Array, sizeBytes: number): boolean {
  const header = readHeader(head);
  if (!header) return false;
  if (Buffer.from(tail).toString("latin1").endsWith(FOOTER)) return true;
  const { pixels, bytesPerPixel, before } = header;
  const body = sizeBytes - before;
  if (!header.packed) {
    return body >= pixels * bytesPerPixel && body <= pixels * bytesPerPixel + MOST_TRAILING_BYTES;
  }
  // A packet stands for 1 to 128 pixels and takes one byte more than one to 128 of them.
  const least = Math.ceil(pixels / 128) * (1 + bytesPerPixel);
  return body >= least && body <= pixels * (1 + bytesPerPixel) + MOST_TRAILING_BYTES;
}

/** Whether the end of the file is worth reading. */
export function mayBeTga(head: Uint8Array): boolean {
  return readHeader(head) !== undefined;
}

interface TgaHeader {
  readonly packed: boolean;
  readonly pixels: number;
  readonly bytesPerPixel: number;
  /** Bytes before the picture: header, name and colour map. */
  readonly before: number;
}

function readHeader(head: Uint8Array): TgaHeader | undefined {
  if (head.length < HEADER_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const [nameBytes = 0, mapKind = 9, kind = 0] = head;
  const mapLength = view.getUint16(5, true);
  const mapDepth = view.getUint8(7);
  const pixels = view.getUint16(12, true) * view.getUint16(14, true);
  const depth = view.getUint8(16);
  const alphaBits = view.getUint8(17) & 0x0f;
  const mapped = kind === 1 || kind === 9;
  const grey = kind === 3 || kind === 11;
  if (!mapped && !grey && kind !== 2 && kind !== 10) return undefined;
  if (mapped ? mapKind !== 1 || mapLength === 0 || ![15, 16, 24, 32].includes(mapDepth) : mapKind > 1)
    return undefined;
  if (mapKind === 0 && (view.getUint16(3, true) !== 0 || mapLength !== 0)) return undefined;
  if (!(mapped || grey ? [8, 16] : [15, 16, 24, 32]).includes(depth)) return undefined;
  if (pixels === 0 || (view.getUint8(17) & 0xc0) !== 0 || alphaBits > 8) return undefined;
  return {
    packed: kind >= 9,
    pixels,
    bytesPerPixel: Math.ceil(depth / 8),
    before: HEADER_BYTES + nameBytes + (mapKind === 1 ? mapLength * Math.ceil(mapDepth / 8) : 0),
  };
}
