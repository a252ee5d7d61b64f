import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ObjectStorage } from "../types.ts";
import { call, putFile, reach, requireCompleted, StorageError } from "./remote-call.ts";
import { listMultiparts } from "./remote-listing.ts";
import { escapeXml, textOf } from "./s3-xml.ts";
import { createUrlSigner } from "./sign-urls.ts";

export interface RemoteStorageOptions {
  /** `https://s3.eu-west-1.amazonaws.com`; buckets are addressed by path. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly nowMs: () => number;
}

/** A real S3: the sandbox signs for it, and does its own errands by the same signed URLs. Errors carry the storage's code. */
export function createRemoteStorage(options: RemoteStorageOptions): ObjectStorage {
  const { origin } = new URL(options.endpoint);
  const signer = createUrlSigner(options, { ...options, origin: () => origin });
  const { sign, signPut, signPart, signGet } = signer;
  const read = async (key: string): Promise<Readable> => {
    const reply = await call("GET", signGet(key));
    return reply.body ? Readable.fromWeb(reply.body) : Readable.from([]);
  };
  return {
    origin,
    signPut,
    signPart,
    signGet,
    read,
    async createMultipart(key) {
      const xml = await (await call("POST", sign("POST", key, { uploads: "" }))).text();
      const uploadId = textOf(xml, "UploadId");
      if (uploadId === undefined) throw new StorageError("The storage named no upload id.");
      return uploadId;
    },
    async completeMultipart(key, uploadId, etags) {
      const parts = etags.map(
        (etag, index) =>
          `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${escapeXml(etag)}"</ETag></Part>`,
      );
      const xml = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
      requireCompleted(await (await call("POST", sign("POST", key, { uploadId }), xml)).text());
    },
    async abortMultipart(key, uploadId) {
      await call("DELETE", sign("DELETE", key, { uploadId }));
    },
    stat: (key) => statByGet(signGet(key)),
    async write(key, body, contentType) {
      const copy = await temporaryFile(body instanceof Readable ? body : Readable.from([body]));
      try {
        const { size: sizeBytes } = await stat(copy.path);
        const etag = await putFile(signPut(key), { path: copy.path, sizeBytes, contentType });
        return { sizeBytes, etag };
      } finally {
        await copy.release();
      }
    },
    localFile: async (key) => temporaryFile(await read(key)),
    openMultiparts: () => listMultiparts(signer),
    async close() {
      // Nothing is held open.
    },
  };
}

/** Only GET is signed for, so the size is asked by one byte's range. */
async function statByGet(url: string): Promise<{ sizeBytes: number; etag: string } | null> {
  const reply = await reach(() => fetch(url, { headers: { range: "bytes=0-0" } }));
  await reply.arrayBuffer();
  if (reply.status === 404) return null;
  if (reply.status === 416) return statEmpty(url);
  const total = /\/(\d+)$/.exec(reply.headers.get("content-range") ?? "")?.[1];
  if (reply.status !== 206 || total === undefined)
    throw new StorageError(`Asked for one byte, the storage answered ${reply.status}.`);
  return { sizeBytes: Number(total), etag: etagOf(reply) };
}

/** There is no byte 0. The refusal to give it names no ETag everywhere: the whole of nothing does. */
async function statEmpty(url: string): Promise<{ sizeBytes: number; etag: string }> {
  const reply = await call("GET", url);
  return { sizeBytes: (await reply.arrayBuffer()).byteLength, etag: etagOf(reply) };
}

function etagOf(reply: Response): string {
  return (reply.headers.get("etag") ?? "").replaceAll('"', "");
}

async function temporaryFile(bytes: Readable): Promise<{ path: string; release: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "sgmedia-object-"));
  const path = join(folder, "object");
  const release = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(bytes, createWriteStream(path));
  } catch (thrown) {
    await release();
    throw thrown;
  }
  return { path, release };
}
