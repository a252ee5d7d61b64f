import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { readJson, writeJson } from "./atomic-json.ts";
import { S3Error } from "./s3-error.ts";
import { type Piece, PieceSchema } from "./stored-object.ts";

const SMALLEST_PART_BYTES = 5 * 1024 * 1024;
const UploadSchema = v.object({ key: v.string(), contentType: v.string() });

export interface OpenMultipart {
  readonly key: string;
  readonly contentType: string;
  readonly parts: Map<number, Piece>;
}

export interface WantedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
}

/** The multiparts that are open: a folder each, with a small file that says what it is for and one for each part. */
export class Multiparts {
  readonly #dir: string;
  readonly #open = new Map<string, OpenMultipart>();

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** `isDone` says which were completed when a kill came before they were cleared away. */
  static async open(dir: string, isDone: (uploadId: string) => boolean): Promise<Multiparts> {
    const multiparts = new Multiparts(dir);
    await mkdir(dir, { recursive: true });
    for (const uploadId of await readdir(dir)) {
      const folder = join(dir, uploadId);
      const upload = await readJson(join(folder, "upload.json"), UploadSchema);
      if (!upload || isDone(uploadId)) await rm(folder, { recursive: true, force: true });
      else multiparts.#open.set(uploadId, { ...upload, parts: await readParts(folder) });
    }
    return multiparts;
  }

  list(): IterableIterator<[string, OpenMultipart]> {
    return this.#open.entries();
  }

  async create(key: string, contentType: string): Promise<string> {
    const uploadId = randomBytes(24).toString("hex");
    await mkdir(join(this.#dir, uploadId));
    await writeJson(join(this.#dir, uploadId, "upload.json"), { key, contentType });
    this.#open.set(uploadId, { key, contentType, parts: new Map() });
    return uploadId;
  }

  /** Throws NoSuchUpload when it is not open, or is another key's. */
  get(uploadId: string, key: string): OpenMultipart {
    const upload = this.#open.get(uploadId);
    if (upload?.key === key) return upload;
    throw new S3Error(
      404,
      "NoSuchUpload",
      "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    );
  }

  /** Returns what was there under that number before. */
  async keepPart(uploadId: string, key: string, number: number, piece: Piece): Promise<Piece | undefined> {
    const { parts } = this.get(uploadId, key);
    await writeJson(join(this.#dir, uploadId, `${number}.json`), piece);
    const before = parts.get(number);
    parts.set(number, piece);
    return before;
  }

  async forget(uploadId: string): Promise<void> {
    this.#open.delete(uploadId);
    await rm(join(this.#dir, uploadId), { recursive: true, force: true });
  }
}

async function readParts(folder: string): Promise<Map<number, Piece>> {
  const parts = new Map<number, Piece>();
  for (const name of await readdir(folder)) {
    const number = /^(\d+)\.json$/.exec(name)?.[1];
    const piece = number === undefined ? undefined : await readJson(join(folder, name), PieceSchema);
    if (piece) parts.set(Number(number), piece);
  }
  return parts;
}

/** The pieces that a completion asks for. Throws what S3 says when it cannot have them. */
export function piecesOf(upload: OpenMultipart, wanted: readonly WantedPart[]): Piece[] {
  if (wanted.some((part, index) => index > 0 && part.number <= (wanted[index - 1]?.number ?? 0)))
    throw new S3Error(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
  const pieces = wanted.map(({ number, etag }) => {
    const piece = upload.parts.get(number);
    if (piece?.etag === etag) return piece;
    throw new S3Error(
      400,
      "InvalidPart",
      "One or more of the specified parts could not be found. The part may not have been uploaded, or the entity tag may not match it.",
    );
  });
  if (pieces.slice(0, -1).some((piece) => piece.sizeBytes < SMALLEST_PART_BYTES))
    throw new S3Error(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
  return pieces;
}

/** The MD5 of the parts' MD5s and their number; where parts have other ETags it has this look and means nothing. */
export function compositeEtag(pieces: readonly Piece[]): string {
  const areMd5 = pieces.every(({ etag }) => /^[0-9a-f]{32}$/.test(etag));
  const digest = createHash("md5");
  for (const { etag } of pieces) digest.update(Buffer.from(etag, areMd5 ? "hex" : "utf8"));
  return `${digest.digest("hex")}-${pieces.length}`;
}
