import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Piece } from "./stored-object.ts";

const READ_BYTES = 1024 * 1024;

/** The files with the bytes, flat in one folder. A file that is replaced stays until nobody reads it any more. */
export class ByteFiles {
  readonly #dir: string;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** `isKept` says which files are anybody's; what a kill left half written goes. */
  static async open(dir: string, isKept: (file: string) => boolean): Promise<ByteFiles> {
    await mkdir(dir, { recursive: true });
    for (const name of await readdir(dir)) if (!isKept(name)) await rm(join(dir, name), { force: true });
    return new ByteFiles(dir);
  }

  newName(): string {
    return randomBytes(12).toString("hex");
  }

  path(file: string): string {
    return join(this.#dir, file);
  }

  async remove(pieces: readonly Piece[]): Promise<void> {
    for (const { file } of pieces) {
      if (this.#readers.has(file)) this.#doomed.add(file);
      else await rm(this.path(file), { force: true });
    }
  }

  /** Keeps the files there until the returned function is called. */
  hold(pieces: readonly Piece[]): () => Promise<void> {
    for (const { file } of pieces) this.#readers.set(file, (this.#readers.get(file) ?? 0) + 1);
    let held = true;
    return async () => {
      if (!held) return;
      held = false;
      for (const { file } of pieces) {
        const left = (this.#readers.get(file) ?? 1) - 1;
        if (left > 0) this.#readers.set(file, left);
        else this.#readers.delete(file);
        if (left === 0 && this.#doomed.delete(file)) await rm(this.path(file), { force: true });
      }
    };
  }

  /** Bytes from `start` to `end`, both counted from 0 and both inside. */
  read(pieces: readonly Piece[], start: number, end: number): Readable {
    const spans = this.#spans(pieces, start, end);
    const release = this.hold(spans);
    const [only] = spans;
    const stream =
      only && spans.length === 1
        ? createReadStream(this.path(only.file), { ...only.range, highWaterMark: READ_BYTES })
        : Readable.from(this.#chunks(spans), { objectMode: false, highWaterMark: READ_BYTES });
    // A file that cannot be removed now goes when the folder is opened again.
    return stream.once("close", () => void release().catch(() => undefined));
  }

  #spans(pieces: readonly Piece[], start: number, end: number): Span[] {
    const spans: Span[] = [];
    let offset = 0;
    for (const piece of pieces) {
      const from = Math.max(start, offset) - offset;
      const to = Math.min(end - offset, piece.sizeBytes - 1);
      if (from <= to) spans.push({ ...piece, range: { start: from, end: to } });
      offset += piece.sizeBytes;
    }
    return spans;
  }

  async *#chunks(spans: readonly Span[]): AsyncGenerator<Buffer> {
    for (const { file, range } of spans)
      yield* createReadStream(this.path(file), { ...range, highWaterMark: READ_BYTES });
  }
}

interface Span extends Piece {
  readonly range: { readonly start: number; readonly end: number };
}
