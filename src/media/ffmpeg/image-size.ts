import { open } from "node:fs/promises";
import { type Environment, findFfmpeg } from "./find-ffmpeg.ts";
import { probeMovie } from "./probe.ts";

/** Pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const HEAD_BYTES = 1024 * 1024;

/** The size of a picture: JPEG, PNG and GIF from their own header, others asked of ffmpeg. Throws E_FFMPEG. */
export async function imageSize(path: string, env: Environment, signal: AbortSignal): Promise<ImageSize> {
  const handle = await open(path, "r");
  let head: Uint8Array;
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    head = buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
  return sizeFromHeader(head) ?? (await probeMovie(await findFfmpeg(env), path, signal));
}

/** The size that the first bytes of a JPEG, PNG or GIF say; undefined for anything else. */
export function sizeFromHeader(head: Uint8Array): ImageSize | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length >= 24 && view.getUint32(0) === 0x89504e47 && view.getUint32(12) === 0x49484452) {
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (head.length >= 10 && view.getUint32(0) === 0x47494638) {
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }
  return head.length >= 4 && view.getUint16(0) === 0xffd8 ? jpegSize(view) : undefined;
}

/** Goes from segment to segment until a start of frame (C0 to CF, but for tables and arithmetic coding's own). */
function jpegSize(view: DataView): ImageSize | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
    } else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    } else if (marker === 0xd9 || marker === 0xda) {
      return undefined;
    } else {
      at += marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8) ? 2 : 2 + view.getUint16(at + 2);
    }
  }
  return undefined;
}
