import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as v from "valibot";
import { faultOf } from "../faults/flags.ts";
import type { ObjectStorage, Surface } from "../types.ts";
import { readJson, writeJson } from "./atomic-json.ts";
import { ObjectStore } from "./object-store.ts";
import { createS3Surface } from "./s3-surface.ts";
import { createUrlSigner } from "./sign-urls.ts";
import type { SigningKey } from "./sigv4.ts";
import type { StoredObject } from "./stored-object.ts";
import { writeStream } from "./write-stream.ts";

const BUCKET = "sg-media";

export interface LocalStorageOptions {
  readonly dir: string;
  /** Known once the server listens. */
  readonly origin: () => string;
  readonly nowMs: () => number;
  /** `none`: ETags are no MD5, as in an encrypted bucket; also for measuring without the server's hashing. */
  readonly hashUploads?: "md5" | "none";
  /** Bytes that come over the wire are counted and dropped, and cannot be read back: for measuring. */
  readonly discard?: boolean;
}

/** The built-in object storage: a folder, and the surface that speaks S3 over it. Rejects when the folder cannot be read. */
export async function createLocalStorage(
  options: LocalStorageOptions,
): Promise<ObjectStorage & { surface: Surface }> {
  const { dir, nowMs, hashUploads = "md5", discard = false } = options;
  await mkdir(dir, { recursive: true });
  const store = await ObjectStore.open(dir);
  const key = await signingKey(dir);
  const { signPut, signPart, signGet } = createUrlSigner(key, { ...options, bucket: BUCKET });
  const objectOf = (objectKey: string): StoredObject => {
    const object = store.get(objectKey);
    if (!object) throw new Error(`There is no object ${objectKey}.`);
    return object;
  };
  return {
    surface: createS3Surface(store, { bucket: BUCKET, key, nowMs, receive: { hash: hashUploads, discard } }),
    get origin() {
      return options.origin();
    },
    signPut,
    signPart,
    signGet,
    createMultipart: (objectKey) => store.createMultipart(objectKey, "binary/octet-stream"),
    async completeMultipart(objectKey, uploadId, etags) {
      const wanted = etags.map((etag, index) => ({ number: index + 1, etag }));
      await store.completeMultipart(objectKey, uploadId, wanted, nowMs());
    },
    abortMultipart: (objectKey, uploadId) => store.abortMultipart(objectKey, uploadId),
    async stat(objectKey) {
      const object = store.get(objectKey);
      return object ? { sizeBytes: object.sizeBytes, etag: object.etag } : null;
    },
    read: async (objectKey) => store.read(objectOf(objectKey)),
    write: (objectKey, body, contentType) =>
      writeObject(store, { key: objectKey, contentType, nowMs: nowMs() }, body),
    localFile: async (objectKey) => localFile(store, objectOf(objectKey)),
    openMultiparts: async () => store.openMultiparts(),
    close: () => store.settled(),
  };
}

async function writeObject(
  store: ObjectStore,
  { key, contentType, nowMs }: { key: string; contentType: string; nowMs: number },
  body: Readable | Uint8Array,
): Promise<{ sizeBytes: number; etag: string }> {
  const stream = body instanceof Readable ? body : Readable.from([Buffer.from(body)]);
  const file = store.files.newName();
  const path = store.files.path(file);
  try {
    const written = await writeStream(stream, path, { hash: "md5", discard: false });
    // On an `sg` site the body is the request itself, and its rule holds here too.
    if (faultOf(body)?.storeNothing) await rm(path, { force: true });
    else await store.put(key, contentType, { file, ...written }, nowMs);
    return written;
  } catch (thrown) {
    stream.destroy();
    throw thrown;
  }
}

/** The object's own file where it is one; else a copy of its pieces. It stays until it is released. */
async function localFile(
  store: ObjectStore,
  object: StoredObject,
): Promise<{ path: string; release: () => Promise<void> }> {
  const [only] = object.pieces;
  if (only && object.pieces.length === 1)
    return { path: store.files.path(only.file), release: store.files.hold(object.pieces) };
  const folder = await mkdtemp(join(tmpdir(), "sgmedia-object-"));
  const release = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(store.read(object), createWriteStream(join(folder, "object")));
  } catch (thrown) {
    await release();
    throw thrown;
  }
  return { path: join(folder, "object"), release };
}

const SigningKeySchema = v.object({
  accessKeyId: v.string(),
  secretAccessKey: v.string(),
  region: v.string(),
});

/** The storage's own key pair, kept with it so that URLs outlive a restart. */
async function signingKey(dir: string): Promise<SigningKey> {
  const path = join(dir, "signing-key.json");
  const known = await readJson(path, SigningKeySchema);
  if (known) return known;
  const key = {
    accessKeyId: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64"),
    region: "us-east-1",
  };
  await writeJson(path, key, 0o600);
  return key;
}
