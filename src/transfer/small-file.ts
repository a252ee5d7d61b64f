import { createHash } from "node:crypto";
import type { SourceFile } from "./source-file.ts";

/** Up to here a file is read at once and hashed at once: asking a thread would take longer. */
export const SMALL_BYTES = 1024 * 1024;

export interface SmallFile {
  readonly bytes: Uint8Array;
  /** Null when hashing is off. */
  readonly md5: string | null;
  readonly sha256: string | null;
}

/** The whole of a small file: what is hashed here is what is sent. */
export async function readSmall(source: SourceFile, hashed: boolean): Promise<SmallFile> {
  const bytes = Buffer.allocUnsafeSlow(source.sizeBytes);
  await source.read(bytes, bytes.length, 0);
  return inMemory(bytes, hashed);
}

export function inMemory(bytes: Uint8Array, hashed: boolean): SmallFile {
  if (!hashed) return { bytes, md5: null, sha256: null };
  const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest("hex");
  return { bytes, md5: digest("md5"), sha256: digest("sha256") };
}
