import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { readJson, writeJson } from "./atomic-json.ts";
import { ByteFiles } from "./byte-files.ts";
import { compositeEtag, Multiparts, piecesOf, type WantedPart } from "./multiparts.ts";
import { type Piece, type StoredObject, StoredObjectSchema } from "./stored-object.ts";
import { createTurns } from "./turns.ts";

/**
 * Objects and open multiparts in a folder. An object is a small JSON file that names the files with its bytes, so that
 * completing a multipart copies nothing. That file is the truth: bytes that none names go when the folder is opened.
 */
export class ObjectStore {
  readonly files: ByteFiles;
  readonly #dir: string;
  readonly #objects: Map<string, StoredObject>;
  readonly #multiparts: Multiparts;
  /** ETags of completed multiparts, by upload id. */
  readonly #completed: Map<string, { key: string; etag: string }>;
  readonly #inTurn = createTurns();

  private constructor(
    dir: string,
    objects: Map<string, StoredObject>,
    multiparts: Multiparts,
    files: ByteFiles,
  ) {
    this.#dir = dir;
    this.#objects = objects;
    this.#multiparts = multiparts;
    this.files = files;
    this.#completed = new Map([...objects.values()].map((each) => [each.uploadId ?? "", each]));
    this.#completed.delete("");
  }

  /** Opens a folder, also after a kill at any moment. Throws when something in it cannot be read. One store to a folder. */
  static async open(dir: string): Promise<ObjectStore> {
    const objects = await readObjects(join(dir, "objects"));
    const done = new Set([...objects.values()].map((object) => object.uploadId));
    const multiparts = await Multiparts.open(join(dir, "multiparts"), (uploadId) => done.has(uploadId));
    const kept = new Set<string>();
    for (const { pieces } of objects.values()) for (const { file } of pieces) kept.add(file);
    for (const [, { parts }] of multiparts.list()) for (const { file } of parts.values()) kept.add(file);
    const files = await ByteFiles.open(join(dir, "bytes"), (file) => kept.has(file));
    return new ObjectStore(join(dir, "objects"), objects, multiparts, files);
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  put(key: string, contentType: string, piece: Piece, nowMs: number): Promise<StoredObject> {
    const { sizeBytes, etag } = piece;
    const object = {
      key,
      contentType,
      sizeBytes,
      etag,
      modifiedAtMs: nowMs,
      pieces: [piece],
      uploadId: null,
    };
    return this.#inTurn(() => this.#keep(object));
  }

  createMultipart(key: string, contentType: string): Promise<string> {
    return this.#inTurn(() => this.#multiparts.create(key, contentType));
  }

  /** Throws NoSuchUpload when it is not open, or is another key's. */
  requireMultipart(uploadId: string, key: string): void {
    this.#multiparts.get(uploadId, key);
  }

  /** Keeps a part in place of the one that had its number. Throws NoSuchUpload when it was aborted meanwhile. */
  keepPart(uploadId: string, key: string, number: number, piece: Piece): Promise<void> {
    return this.#inTurn(async () => {
      const before = await this.#multiparts.keepPart(uploadId, key, number, piece);
      if (before) await this.files.remove([before]);
    });
  }

  /** Joins parts, given in ascending order, and gives the ETag. Completing again gives the same. Throws S3Error. */
  completeMultipart(
    key: string,
    uploadId: string,
    wanted: readonly WantedPart[],
    nowMs: number,
  ): Promise<string> {
    return this.#inTurn(async () => {
      const done = this.#completed.get(uploadId);
      if (done?.key === key) return done.etag;
      const upload = this.#multiparts.get(uploadId, key);
      const pieces = piecesOf(upload, wanted);
      const etag = compositeEtag(pieces);
      const sizeBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
      const { contentType } = upload;
      await this.#keep({ key, contentType, sizeBytes, etag, modifiedAtMs: nowMs, pieces, uploadId });
      this.#completed.set(uploadId, { key, etag });
      const used = new Set(pieces);
      await this.files.remove([...upload.parts.values()].filter((part) => !used.has(part)));
      await this.#multiparts.forget(uploadId);
      return etag;
    });
  }

  abortMultipart(key: string, uploadId: string): Promise<void> {
    return this.#inTurn(async () => {
      const { parts } = this.#multiparts.get(uploadId, key);
      await this.#multiparts.forget(uploadId);
      await this.files.remove([...parts.values()]);
    });
  }

  openMultiparts(): { key: string; uploadId: string; parts: number }[] {
    return Array.from(this.#multiparts.list(), ([uploadId, { key, parts }]) => ({
      key,
      uploadId,
      parts: parts.size,
    }));
  }

  /** Bytes from `start` to `end`, both counted from 0 and both inside; they stay what they were if the object is replaced. */
  read(object: StoredObject, start = 0, end = object.sizeBytes - 1): Readable {
    return end < start ? Readable.from([]) : this.files.read(object.pieces, start, end);
  }

  /** Waits until all that was asked is on disk. */
  settled(): Promise<void> {
    return this.#inTurn(async () => undefined);
  }

  async #keep(object: StoredObject): Promise<StoredObject> {
    const name = createHash("sha256").update(object.key).digest("hex");
    await writeJson(join(this.#dir, `${name}.json`), object);
    const before = this.#objects.get(object.key);
    this.#objects.set(object.key, object);
    if (before) await this.files.remove(before.pieces);
    return object;
  }
}

async function readObjects(dir: string): Promise<Map<string, StoredObject>> {
  await mkdir(dir, { recursive: true });
  const objects = new Map<string, StoredObject>();
  for (const name of await readdir(dir)) {
    if (name.endsWith(".tmp")) await rm(join(dir, name), { force: true });
    const object = name.endsWith(".json") ? await readJson(join(dir, name), StoredObjectSchema) : undefined;
    if (object) objects.set(object.key, object);
  }
  return objects;
}
