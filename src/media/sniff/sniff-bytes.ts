import { type FileKind, kindOf } from "./file-kind.ts";
import { byBrand } from "./iso-media.ts";
import { bySignature } from "./signatures.ts";
import { byText } from "./text-formats.ts";

/**
 * What the first bytes of a file say, for the pictures and movies of the trade; undefined for everything else, which `sniffFile`
 * asks a library about. 4 kB are plenty. Targa needs the end of the file and Blackmagic RAW its index: `sniffFile` alone knows them.
 */
export function sniffBytes(head: Uint8Array): FileKind | undefined {
  const format = bySignature(head) ?? byBrand(head) ?? byText(head);
  return format && kindOf(format);
}
