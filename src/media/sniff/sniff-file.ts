import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { SgmediaError, systemCode } from "../../shared/errors.ts";
import { type FileKind, kindOf, UNKNOWN_KIND } from "./file-kind.ts";
import { isBlackmagicRaw } from "./iso-media.ts";
import { askLibrary } from "./library-kinds.ts";
import { sniffBytes } from "./sniff-bytes.ts";
import { isTga, mayBeTga, TGA_FOOTER_BYTES } from "./tga.ts";

const HEAD_BYTES = 16 * 1024;

/**
 * What a file is, from its own bytes: the first 16 kB, for a movie that may be camera raw 64 kB of its index, and the last 26
 * bytes where it may be a Targa. The name is never asked. Nothing known gives the kind `unknown`.
 * Throws E_INPUT_MISSING, E_INPUT_UNREADABLE, E_INPUT_NOT_FILE.
 */
export async function sniffFile(path: string): Promise<FileKind> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK, opening a named pipe waits for a writer.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const facts = await handle.stat();
    if (!facts.isFile()) {
      throw new SgmediaError("E_INPUT_NOT_FILE", `"${path}" is no regular file.`, { fix: "Give a file." });
    }
    return await sniffOpenFile(handle, facts.size);
  } catch (thrown) {
    throw asInputError(thrown, path);
  } finally {
    await handle?.close();
  }
}

async function sniffOpenFile(handle: FileHandle, sizeBytes: number): Promise<FileKind> {
  const readAt = async (offset: number, length: number): Promise<Uint8Array> => {
    if (offset >= sizeBytes) return new Uint8Array();
    const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  };
  const head = await readAt(0, Math.min(HEAD_BYTES, sizeBytes));
  const known = sniffBytes(head);
  if (known?.format === "quicktime" && (await isBlackmagicRaw(readAt))) return kindOf("braw");
  if (known) return known;
  if (mayBeTga(head)) {
    const tail = await readAt(Math.max(0, sizeBytes - TGA_FOOTER_BYTES), TGA_FOOTER_BYTES);
    if (isTga(head, tail, sizeBytes)) return kindOf("tga");
  }
  return (await askLibrary(head)) ?? UNKNOWN_KIND;
}

function asInputError(thrown: unknown, path: string): unknown {
  switch (systemCode(thrown)) {
    case "ENOENT":
    case "ENOTDIR":
      return new SgmediaError("E_INPUT_MISSING", `"${path}" does not exist.`, { cause: thrown });
    case "EACCES":
    case "EPERM":
      return new SgmediaError("E_INPUT_UNREADABLE", `"${path}" may not be read.`, { cause: thrown });
    case "EISDIR":
      return new SgmediaError("E_INPUT_NOT_FILE", `"${path}" is a folder.`, { cause: thrown });
    default:
      return thrown;
  }
}
