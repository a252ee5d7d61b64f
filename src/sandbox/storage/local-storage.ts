import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ObjectStorage, Surface } from "../types.ts";
import { ObjectStore } from "./object-store.ts";
import { writeStream } from "./receive-body.ts";
import { createS3Surface } from "./s3-surface.ts";
import { presign, type SigningKey } from "./sigv4.ts";

const BUCKET = "sg-media";
/** How long a signed URL lives (contract/rest.md 7: up to 900 s seen). */
const URL_LIFE_SECONDS = 900;

export interface LocalStorageOptions {
  readonly dir: string;
  /** Known once the server listens. */
  readonly origin: () => string;
  readonly nowMs: () => number;
  /** `none`: ETags are no MD5, as in an encrypted bucket; also for measuring without the server's hashing. */
  readonly hashUploads?: "md5" | "none";
  /** Uploaded bytes are counted and dropped: for measuring. */
  readonly discard?: boolean;
}

/** The built-in object storage: a folder, and the surface that speaks S3 over it. */
export async function createLocalStorage(
  options: LocalStorageOptions,
): Promise<ObjectStorage & { surface: Surface }> {
  await mkdir(options.dir, { recursive: true });
  const store = await ObjectStore.open(options.dir);
  const key = await signingKey(options.dir);
  const receive = { hash: options.hashUploads ?? "md5", discard: options.discard ?? false };
  const sign = (method: string, objectKey: string, query: Record<string, string> = {}): string =>
    presign(key, {
      method,
      origin: options.origin(),
      path: `/${BUCKET}/${objectKey}`,
      query,
      expiresSeconds: URL_LIFE_SECONDS,
      nowMs: options.nowMs(),
    });
  const objectOf = (objectKey: string) => {
    const object = store.get(objectKey);
    if (!object) throw new Error(`There is no object ${objectKey}.`);
    return object;
  };
  return {
    surface: createS3Surface(store, { bucket: BUCKET, key, nowMs: options.nowMs, receive }),
    get origin() {
      return options.origin();
    },
    signPut: (objectKey) => sign("PUT", objectKey),
    createMultipart: (objectKey) => store.createMultipart(objectKey, "binary/octet-stream"),
    signPart: (objectKey, uploadId, partNumber) =>
      sign("PUT", objectKey, { partNumber: String(partNumber), uploadId }),
    async completeMultipart(objectKey, uploadId, etags) {
      await store.completeMultipart(
        objectKey,
        uploadId,
        etags.map((etag, index) => ({ number: index + 1, etag })),
        options.nowMs(),
      );
    },
    abortMultipart: (objectKey, uploadId) => store.abortMultipart(objectKey, uploadId),
    signGet(objectKey, { name, contentType } = {}) {
      return sign("GET", objectKey, {
        ...(name === undefined ? {} : { "response-content-disposition": dispositionOf(name) }),
        ...(contentType === undefined ? {} : { "response-content-type": contentType }),
      });
    },
    async stat(objectKey) {
      const object = store.get(objectKey);
      return object ? { sizeBytes: object.sizeBytes, etag: object.etag } : null;
    },
    async read(objectKey) {
      return store.read(objectOf(objectKey));
    },
    async write(objectKey, body, contentType) {
      const stream = body instanceof Readable ? body : Readable.from([Buffer.from(body)]);
      const file = await writeStream(stream, store.newBytesPath(), { hash: "md5", discard: false });
      const object = await store.put(objectKey, contentType, file, options.nowMs());
      return { sizeBytes: object.sizeBytes, etag: object.etag };
    },
    async localFile(objectKey) {
      const object = objectOf(objectKey);
      const only = store.onlyFile(object);
      if (only !== undefined) return { path: only, release: async () => undefined };
      const folder = await mkdtemp(join(tmpdir(), "sgmedia-object-"));
      const path = join(folder, "object");
      await pipeline(store.read(object), createWriteStream(path));
      return { path, release: () => rm(folder, { recursive: true, force: true }) };
    },
    async openMultiparts() {
      return store.openMultiparts();
    },
    async close() {
      // Everything is on disk already.
    },
  };
}

export function dispositionOf(name: string): string {
  return `attachment; filename="${name.replace(/["\\]/g, "_")}"; filename*=UTF-8''${encodeURIComponent(name)}`;
}

/** The storage's own key pair, kept with it so that URLs outlive a restart. */
async function signingKey(dir: string): Promise<SigningKey> {
  const path = join(dir, "signing-key.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as SigningKey;
  const key = {
    accessKeyId: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64"),
    region: "us-east-1",
  };
  await writeFile(path, JSON.stringify(key), { mode: 0o600 });
  return key;
}
