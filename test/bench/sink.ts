/**
 * Storage for measuring: it takes and gives bytes as fast as it can and checks nothing, so that clients and not the server are
 * measured. Speaks enough S3 for curl, aria2, aws, rclone and presigned URLs alike; uploads are counted and dropped, downloads come
 * from one file whose ETag is known.
 */
import { createHash, randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ObjectStorage, Surface } from "../../src/sandbox/types.ts";

export interface SinkOptions {
  readonly origin: () => string;
  /** The file that every GET gives, and its ETag; null: nothing to download. */
  readonly source: { readonly path: string; readonly etag: string } | null;
  /** Small objects are kept, so that many files can be compared. */
  readonly keepBelowBytes: number;
}

interface Held {
  readonly sizeBytes: number;
  readonly etag: string;
  readonly bytes: Buffer | null;
}

const BLOCK_BYTES = 16 << 20;
const PIECE_BYTES = 1 << 20;

/** A file in memory, so that a client is not kept waiting for the server's disk. */
function load(path: string): Buffer[] {
  const fd = openSync(path, "r");
  const blocks: Buffer[] = [];
  for (let left = statSync(path).size; left > 0; left -= BLOCK_BYTES) {
    const block = Buffer.allocUnsafeSlow(Math.min(left, BLOCK_BYTES));
    readSync(fd, block);
    blocks.push(block);
  }
  closeSync(fd);
  return blocks;
}

export function createSink(options: SinkOptions): ObjectStorage & { surface: Surface } {
  const source = options.source ? load(options.source.path) : null;
  const zeros = Buffer.alloc(PIECE_BYTES);
  const objects = new Map<string, Held>();
  const multiparts = new Map<string, { key: string; sizeBytes: number }>();
  const url = (key: string, query = ""): string => `${options.origin()}/sg-media/${key}${query}`;
  const opaque = (): string => `${randomBytes(12).toString("hex")}-kms`;

  const heldOf = (key: string): Held | undefined => {
    const held = objects.get(key);
    if (held?.bytes || !options.source) return held;
    return { sizeBytes: statSync(options.source.path).size, etag: options.source.etag, bytes: null };
  };

  /** What was uploaded and dropped reads as zeros. */
  function* pieces(start: number, end: number): Generator<Buffer> {
    for (let at = start; at <= end; ) {
      const within = at % BLOCK_BYTES;
      const bytes = Math.min(PIECE_BYTES, end + 1 - at, BLOCK_BYTES - within);
      const block = source?.[Math.floor(at / BLOCK_BYTES)];
      yield block ? block.subarray(within, within + bytes) : zeros.subarray(0, bytes);
      at += bytes;
    }
  }

  const surface: Surface = async (req, res, exchange) => {
    const key = decodeURIComponent(exchange.url.pathname.split("/").slice(2).join("/"));
    const { searchParams } = exchange.url;
    if (req.method === "PUT") {
      const keep = Number(req.headers["content-length"] ?? "0") < options.keepBelowBytes;
      const md5 = keep ? createHash("md5") : undefined;
      const kept: Buffer[] = [];
      let sizeBytes = 0;
      for await (const chunk of req as AsyncIterable<Buffer>) {
        sizeBytes += chunk.length;
        md5?.update(chunk);
        if (keep) kept.push(chunk);
      }
      const etag = md5?.digest("hex") ?? opaque();
      const upload = multiparts.get(searchParams.get("uploadId") ?? "");
      if (upload) upload.sizeBytes += sizeBytes;
      else objects.set(key, { sizeBytes, etag, bytes: keep ? Buffer.concat(kept) : null });
      res.writeHead(200, { etag: `"${etag}"`, "content-length": "0" }).end();
      return true;
    }
    if (req.method === "POST") {
      await exchange.body();
      if (searchParams.has("uploads")) {
        const uploadId = await storage.createMultipart(key);
        res.writeHead(200, { "content-type": "application/xml" });
        res.end(
          `<InitiateMultipartUploadResult><Bucket>sg-media</Bucket><Key>${key}</Key><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`,
        );
        return true;
      }
      await storage.completeMultipart(key, searchParams.get("uploadId") ?? "", []);
      res.writeHead(200, { "content-type": "application/xml" });
      res.end(
        `<CompleteMultipartUploadResult><Bucket>sg-media</Bucket><Key>${key}</Key><ETag>"${opaque()}"</ETag></CompleteMultipartUploadResult>`,
      );
      return true;
    }
    const held = heldOf(key);
    if (!held) {
      res.writeHead(404).end();
      return true;
    }
    const range = /^bytes=(\d+)-(\d*)$/.exec(req.headers.range ?? "");
    const start = Number(range?.[1] ?? 0);
    const end = range?.[2] ? Math.min(Number(range[2]), held.sizeBytes - 1) : held.sizeBytes - 1;
    res.writeHead(range ? 206 : 200, {
      etag: `"${held.etag}"`,
      "content-type": "application/octet-stream",
      "content-length": String(end - start + 1),
      "accept-ranges": "bytes",
      "last-modified": new Date(0).toUTCString(),
      ...(range ? { "content-range": `bytes ${start}-${end}/${held.sizeBytes}` } : {}),
    });
    if (req.method === "HEAD") res.end();
    else if (held.bytes) res.end(held.bytes.subarray(start, end + 1));
    else await pipeline(Readable.from(pieces(start, end)), res).catch(() => undefined);
    return true;
  };

  const storage: ObjectStorage & { surface: Surface } = {
    surface,
    get origin() {
      return options.origin();
    },
    signPut: (key) => url(key),
    async createMultipart(key) {
      const uploadId = randomBytes(12).toString("hex");
      multiparts.set(uploadId, { key, sizeBytes: 0 });
      return uploadId;
    },
    signPart: (key, uploadId, partNumber) => url(key, `?partNumber=${partNumber}&uploadId=${uploadId}`),
    async completeMultipart(key, uploadId) {
      objects.set(key, { sizeBytes: multiparts.get(uploadId)?.sizeBytes ?? 0, etag: opaque(), bytes: null });
      multiparts.delete(uploadId);
    },
    async abortMultipart(_key, uploadId) {
      multiparts.delete(uploadId);
    },
    signGet: (key) => url(key),
    async stat(key) {
      const held = heldOf(key);
      return held ? { sizeBytes: held.sizeBytes, etag: held.etag } : null;
    },
    async read(key) {
      return Readable.from([objects.get(key)?.bytes ?? Buffer.alloc(0)]);
    },
    async write(key, body) {
      const bytes = body instanceof Readable ? Buffer.concat(await body.toArray()) : Buffer.from(body);
      const held = { sizeBytes: bytes.length, etag: createHash("md5").update(bytes).digest("hex"), bytes };
      objects.set(key, held);
      return held;
    },
    async localFile() {
      return { path: "/dev/null", release: async () => undefined };
    },
    async openMultiparts() {
      return [...multiparts].map(([uploadId, { key }]) => ({ key, uploadId, parts: 0 }));
    },
    async close() {
      objects.clear();
    },
  };
  return storage;
}
