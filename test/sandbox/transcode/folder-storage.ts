import { createReadStream } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import type { ObjectStorage } from "../../../src/sandbox/types.ts";

/** Object storage as far as the transcoder uses it: files in a folder, and how often each was lent and given back. */
export interface FolderStorage extends ObjectStorage {
  readonly lent: string[];
  readonly released: string[];
}

export function folderStorage(folder: string): FolderStorage {
  const lent: string[] = [];
  const released: string[] = [];
  const pathOf = (key: string): string => join(folder, ...key.split("/"));
  const unused = (): never => {
    throw new Error("The transcoder signs nothing and opens no multipart.");
  };
  return {
    lent,
    released,
    origin: "http://127.0.0.1:1",
    signPut: unused,
    signPart: unused,
    signGet: unused,
    createMultipart: unused,
    completeMultipart: unused,
    abortMultipart: unused,
    openMultiparts: async () => [],
    close: async () => {},
    async stat(key) {
      const facts = await stat(pathOf(key)).catch(() => null);
      return facts && { sizeBytes: facts.size, etag: "" };
    },
    read: async (key) => createReadStream(pathOf(key)),
    async write(key, body: Readable | Uint8Array) {
      await mkdir(dirname(pathOf(key)), { recursive: true });
      await writeFile(pathOf(key), body);
      return { sizeBytes: (await stat(pathOf(key))).size, etag: "" };
    },
    async localFile(key) {
      await stat(pathOf(key));
      lent.push(key);
      return { path: pathOf(key), release: async () => void released.push(key) };
    },
  };
}
