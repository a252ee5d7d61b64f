import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as WebStream } from "node:stream/web";
import type { ObjectStorage } from "../types.ts";
import { dispositionOf } from "./local-storage.ts";
import { escapeXml } from "./s3-error.ts";
import { presign } from "./sigv4.ts";

const URL_LIFE_SECONDS = 900;

export interface RemoteStorageOptions {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly nowMs: () => number;
}

/** A real S3, addressed path-style: the sandbox signs for it, and does its own errands by the same signed URLs. */
export function createRemoteStorage(options: RemoteStorageOptions): ObjectStorage {
  const origin = new URL(options.endpoint).origin;
  const sign = (method: string, key: string, query: Record<string, string> = {}): string =>
    presign(options, {
      method,
      origin,
      path: key === "" ? `/${options.bucket}` : `/${options.bucket}/${key}`,
      query,
      expiresSeconds: URL_LIFE_SECONDS,
      nowMs: options.nowMs(),
    });
  const call = async (
    method: string,
    key: string,
    query: Record<string, string>,
    body?: string | Uint8Array,
  ): Promise<Response> => {
    const reply = await fetch(sign(method, key, query), {
      method,
      ...(body === undefined ? {} : { body: Buffer.from(body as string) }),
    });
    if (reply.ok) return reply;
    const text = await reply.text();
    throw new Error(`${method} answered ${reply.status} ${/<Code>([^<]*)/.exec(text)?.[1] ?? ""}`);
  };
  const get = async (key: string): Promise<Readable> => {
    const reply = await call("GET", key, {});
    return reply.body ? Readable.fromWeb(reply.body as WebStream) : Readable.from([]);
  };
  const stat = async (key: string): Promise<{ sizeBytes: number; etag: string } | null> => {
    const reply = await fetch(sign("GET", key), { headers: { range: "bytes=0-0" } });
    await reply.arrayBuffer();
    if (reply.status === 404) return null;
    const etag = (reply.headers.get("etag") ?? "").replaceAll('"', "");
    if (reply.status === 416) return { sizeBytes: 0, etag };
    if (!reply.ok) throw new Error(`The storage answered ${reply.status}.`);
    return {
      sizeBytes: Number(
        /\/(\d+)$/.exec(reply.headers.get("content-range") ?? "")?.[1] ??
          reply.headers.get("content-length") ??
          0,
      ),
      etag,
    };
  };
  return {
    origin,
    signPut: (key) => sign("PUT", key),
    async createMultipart(key) {
      const text = await (await call("POST", key, { uploads: "" })).text();
      const uploadId = /<UploadId>([^<]+)</.exec(text)?.[1];
      if (!uploadId) throw new Error("The storage named no upload id.");
      return uploadId;
    },
    signPart: (key, uploadId, partNumber) => sign("PUT", key, { partNumber: String(partNumber), uploadId }),
    async completeMultipart(key, uploadId, etags) {
      const parts = etags.map(
        (etag, index) =>
          `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${escapeXml(etag)}"</ETag></Part>`,
      );
      const reply = await call(
        "POST",
        key,
        { uploadId },
        `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`,
      );
      // S3 may answer 200 first and put the error into the body.
      const text = await reply.text();
      const code = /<Error>[\s\S]*?<Code>([^<]*)/.exec(text)?.[1];
      if (code) throw new Error(`Completing answered ${code}.`);
    },
    async abortMultipart(key, uploadId) {
      await call("DELETE", key, { uploadId });
    },
    signGet(key, { name, contentType } = {}) {
      return sign("GET", key, {
        ...(name === undefined ? {} : { "response-content-disposition": dispositionOf(name) }),
        ...(contentType === undefined ? {} : { "response-content-type": contentType }),
      });
    },
    stat,
    read: get,
    async write(key, body, _contentType) {
      const chunks: Buffer[] = [];
      if (body instanceof Readable)
        for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array));
      else chunks.push(Buffer.from(body));
      await call("PUT", key, {}, Buffer.concat(chunks));
      return (await stat(key)) ?? { sizeBytes: 0, etag: "" };
    },
    async localFile(key) {
      const folder = await mkdtemp(join(tmpdir(), "sgmedia-object-"));
      const path = join(folder, "object");
      await pipeline(await get(key), createWriteStream(path));
      return { path, release: () => rm(folder, { recursive: true, force: true }) };
    },
    async openMultiparts() {
      const text = await (await call("GET", "", { uploads: "" })).text();
      return [...text.matchAll(/<Upload>([\s\S]*?)<\/Upload>/g)].map((match) => ({
        key: /<Key>([^<]*)/.exec(match[1] ?? "")?.[1] ?? "",
        uploadId: /<UploadId>([^<]*)/.exec(match[1] ?? "")?.[1] ?? "",
        parts: 0,
      }));
    },
    async close() {
      // Nothing is held open.
    },
  };
}
