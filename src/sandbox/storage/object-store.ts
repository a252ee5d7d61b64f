import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { Readable } from "node:stream";
import type { ReceivedFile } from "./receive-body.ts";
import { S3Error } from "./s3-error.ts";

const SMALLEST_PART_BYTES = 5 * 1024 * 1024;

interface Piece {
  /** Below the store's folder, so that the folder can be moved. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** A stored object: its bytes are its pieces, one after another. */
export interface StoredObject {
  readonly key: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedAtMs: number;
  readonly pieces: readonly Piece[];
}

interface OpenMultipart {
  readonly key: string;
  readonly contentType: string;
  readonly parts: Map<number, ReceivedFile>;
}

/**
 * Objects and open multiparts in a folder. An object is a small JSON file that names its bytes, so that completing a multipart copies
 * nothing; it is written beside its place and renamed, so that a kill leaves the old object or the new one.
 */
export class ObjectStore {
  readonly dir: string;
  readonly #objects = new Map<string, StoredObject>();
  readonly #open = new Map<string, OpenMultipart>();
  /** Results of completed multiparts: completing again gives the same answer (as S3 does). */
  readonly #completed = new Map<string, string>();

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async open(dir: string): Promise<ObjectStore> {
    const store = new ObjectStore(dir);
    for (const folder of ["objects", "bytes", "multiparts"])
      await mkdir(join(dir, folder), { recursive: true });
    for (const name of await readdir(join(dir, "objects"))) {
      if (!name.endsWith(".json")) continue;
      const object = JSON.parse(await readFile(join(dir, "objects", name), "utf8")) as StoredObject;
      store.#objects.set(object.key, object);
    }
    for (const name of await readdir(join(dir, "multiparts"))) {
      const upload = await readMultipart(join(dir, "multiparts", name));
      if (upload) store.#open.set(name, upload);
    }
    return store;
  }

  newBytesPath(): string {
    return join(this.dir, "bytes", randomBytes(12).toString("hex"));
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  async put(key: string, contentType: string, file: ReceivedFile, nowMs: number): Promise<StoredObject> {
    return this.#keep({
      key,
      contentType,
      sizeBytes: file.sizeBytes,
      etag: file.etag,
      modifiedAtMs: nowMs,
      pieces: [this.#piece(file)],
    });
  }

  async createMultipart(key: string, contentType: string): Promise<string> {
    const uploadId = randomBytes(24).toString("base64url");
    await mkdir(join(this.dir, "multiparts", uploadId));
    await writeAtomic(join(this.dir, "multiparts", uploadId, "upload.json"), { key, contentType });
    this.#open.set(uploadId, { key, contentType, parts: new Map() });
    return uploadId;
  }

  /** Throws NoSuchUpload when it is not open, or is another key's. */
  multipart(uploadId: string, key: string): OpenMultipart {
    const upload = this.#open.get(uploadId);
    if (!upload || upload.key !== key) {
      throw new S3Error(
        404,
        "NoSuchUpload",
        "The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might have been aborted or completed.",
      );
    }
    return upload;
  }

  partPath(uploadId: string, number: number): string {
    return join(this.dir, "multiparts", uploadId, `${number}-${randomBytes(6).toString("hex")}`);
  }

  async keepPart(uploadId: string, key: string, number: number, file: ReceivedFile): Promise<void> {
    const upload = this.multipart(uploadId, key);
    const before = upload.parts.get(number);
    await writeAtomic(join(this.dir, "multiparts", uploadId, `${number}.json`), {
      ...file,
      path: basename(file.path),
    });
    upload.parts.set(number, file);
    if (before) await rm(before.path, { force: true });
  }

  /** Joins the parts. ETags without quotes, in ascending part order. */
  async completeMultipart(
    key: string,
    uploadId: string,
    wanted: readonly { number: number; etag: string }[],
    nowMs: number,
  ): Promise<string> {
    const done = this.#completed.get(`${uploadId} ${key}`);
    if (done !== undefined) return done;
    const upload = this.multipart(uploadId, key);
    if (wanted.length === 0)
      throw new S3Error(400, "MalformedXML", "The XML you provided was not well-formed");
    if (wanted.some((part, index) => index > 0 && part.number <= (wanted[index - 1]?.number ?? 0))) {
      throw new S3Error(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
    }
    const pieces = wanted.map(({ number, etag }) => {
      const part = upload.parts.get(number);
      if (part && part.etag === etag) return part;
      throw new S3Error(
        400,
        "InvalidPart",
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      );
    });
    if (pieces.slice(0, -1).some((piece) => piece.sizeBytes < SMALLEST_PART_BYTES)) {
      throw new S3Error(
        400,
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
      );
    }
    const isMd5 = pieces.every((piece) => /^[0-9a-f]{32}$/.test(piece.etag));
    const digest = createHash("md5");
    for (const piece of pieces) digest.update(Buffer.from(piece.etag, isMd5 ? "hex" : "utf8"));
    const etag = `${digest.digest("hex")}-${pieces.length}`;
    const kept = pieces.map((piece) => this.#piece(piece));
    const sizeBytes = kept.reduce((sum, piece) => sum + piece.sizeBytes, 0);
    await this.#keep({
      key,
      contentType: upload.contentType,
      sizeBytes,
      etag,
      modifiedAtMs: nowMs,
      pieces: kept,
    });
    this.#completed.set(`${uploadId} ${key}`, etag);
    this.#open.delete(uploadId);
    await rm(join(this.dir, "multiparts", uploadId, "upload.json"), { force: true });
    const used = new Set(pieces);
    for (const part of upload.parts.values()) if (!used.has(part)) await rm(part.path, { force: true });
    return etag;
  }

  async abortMultipart(key: string, uploadId: string): Promise<void> {
    this.multipart(uploadId, key);
    this.#open.delete(uploadId);
    await rm(join(this.dir, "multiparts", uploadId), { recursive: true, force: true });
  }

  openMultiparts(): { key: string; uploadId: string; parts: number }[] {
    return [...this.#open].map(([uploadId, { key, parts }]) => ({ key, uploadId, parts: parts.size }));
  }

  /** Bytes from `start` to `end`, both counted from 0 and both inside. */
  read(object: StoredObject, start = 0, end = object.sizeBytes - 1): Readable {
    if (end < start) return Readable.from([]);
    const spans = spansOf(object, start, end).map((span) => ({ ...span, path: join(this.dir, span.path) }));
    const [only] = spans;
    if (spans.length === 1 && only)
      return createReadStream(only.path, { start: only.start, end: only.end, highWaterMark: 1024 * 1024 });
    return Readable.from(chunksOf(spans), { objectMode: false, highWaterMark: 1024 * 1024 });
  }

  /** The one file that holds an object's bytes; undefined when it has several. */
  onlyFile(object: StoredObject): string | undefined {
    const [only] = object.pieces;
    return only && object.pieces.length === 1 ? join(this.dir, only.path) : undefined;
  }

  #piece(file: ReceivedFile): Piece {
    return { path: relative(this.dir, file.path), sizeBytes: file.sizeBytes };
  }

  async #keep(object: StoredObject): Promise<StoredObject> {
    const name = createHash("sha256").update(object.key).digest("hex");
    const before = this.#objects.get(object.key);
    await writeAtomic(join(this.dir, "objects", `${name}.json`), object);
    this.#objects.set(object.key, object);
    for (const piece of before?.pieces ?? []) await rm(join(this.dir, piece.path), { force: true });
    return object;
  }
}

interface Span {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

function spansOf(object: StoredObject, start: number, end: number): Span[] {
  const spans: Span[] = [];
  let offset = 0;
  for (const piece of object.pieces) {
    const from = Math.max(start, offset);
    const to = Math.min(end, offset + piece.sizeBytes - 1);
    if (from <= to) spans.push({ path: piece.path, start: from - offset, end: to - offset });
    offset += piece.sizeBytes;
  }
  return spans;
}

async function* chunksOf(spans: readonly Span[]): AsyncGenerator<Buffer> {
  for (const { path, start, end } of spans) {
    yield* createReadStream(path, { start, end, highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  }
}

async function readMultipart(folder: string): Promise<OpenMultipart | undefined> {
  const text = await readFile(join(folder, "upload.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { key, contentType } = JSON.parse(text) as { key: string; contentType: string };
  const parts = new Map<number, ReceivedFile>();
  for (const name of await readdir(folder)) {
    const number = /^(\d+)\.json$/.exec(name)?.[1];
    if (!number) continue;
    const part = JSON.parse(await readFile(join(folder, name), "utf8")) as ReceivedFile;
    parts.set(Number(number), { ...part, path: join(folder, part.path) });
  }
  return { key, contentType, parts };
}

async function writeAtomic(path: string, value: unknown): Promise<void> {
  const growing = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  await writeFile(growing, JSON.stringify(value));
  await rename(growing, path);
}
