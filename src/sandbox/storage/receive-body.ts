import { createHash, randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { S3Error } from "./s3-error.ts";

/** A file that was written and hashed. */
export interface ReceivedFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** MD5 in hex, or a token that is no MD5 where hashing is off (as an encrypted bucket gives). */
  readonly etag: string;
}

export interface ReceiveOptions {
  readonly hash: "md5" | "none";
  /** Counted and hashed, not kept: for measuring. */
  readonly discard: boolean;
}

const BATCH_BYTES = 4 * 1024 * 1024;

/** Writes a stream to `path` beside which it grows first; while one batch is written the next is read. */
export async function writeStream(
  body: Readable,
  path: string,
  options: ReceiveOptions,
  onChunk?: (chunk: Buffer) => void,
): Promise<ReceivedFile> {
  const growing = `${path}.${randomBytes(4).toString("hex")}.part`;
  const md5 = options.hash === "md5" ? createHash("md5") : undefined;
  const handle = options.discard ? undefined : await open(growing, "w");
  let sizeBytes = 0;
  let batch: Buffer[] = [];
  let batchBytes = 0;
  let writing: Promise<unknown> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    if (batchBytes > 0 && handle) writing = handle.writev(batch);
    batch = [];
    batchBytes = 0;
  };
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      md5?.update(chunk);
      onChunk?.(chunk);
      sizeBytes += chunk.length;
      if (!handle) continue;
      batch.push(chunk);
      batchBytes += chunk.length;
      if (batchBytes >= BATCH_BYTES) await flush();
    }
    await flush();
    await writing;
    await handle?.close();
    if (handle) await rename(growing, path);
  } catch (thrown) {
    await writing.catch(() => undefined);
    await handle?.close().catch(() => undefined);
    await rm(growing, { force: true });
    throw thrown;
  }
  return { path, sizeBytes, etag: md5 ? md5.digest("hex") : `${randomBytes(16).toString("hex")}-kms` };
}

/** Receives a PUT: length announced, all of it arrived, and every checksum that was sent is right. Nothing is kept otherwise. */
export async function receivePut(
  req: IncomingMessage,
  path: string,
  options: ReceiveOptions,
): Promise<ReceivedFile> {
  const { headers } = req;
  if (headers["transfer-encoding"] !== undefined) {
    throw new S3Error(
      501,
      "NotImplemented",
      "A header you provided implies functionality that is not implemented: Transfer-Encoding",
    );
  }
  if (headers["content-length"] === undefined)
    throw new S3Error(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
  const wantedMd5 = headers["content-md5"];
  if (wantedMd5 !== undefined && Buffer.from(String(wantedMd5), "base64").length !== 16) {
    throw new S3Error(400, "InvalidDigest", "The Content-MD5 you specified was invalid.");
  }
  const sums = checksumsOf(headers);
  const received = await writeStream(req, path, options, (chunk) => {
    for (const sum of sums) sum.update(chunk);
  });
  const fail = async (error: S3Error): Promise<never> => {
    await rm(path, { force: true });
    throw error;
  };
  if (!req.complete || received.sizeBytes !== Number(headers["content-length"])) {
    return fail(
      new S3Error(
        400,
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
      ),
    );
  }
  if (
    wantedMd5 !== undefined &&
    options.hash === "md5" &&
    Buffer.from(received.etag, "hex").toString("base64") !== wantedMd5
  ) {
    return fail(
      new S3Error(400, "BadDigest", "The Content-MD5 you specified did not match what we received."),
    );
  }
  const wrong = sums.find((each) => each.digest() !== each.wanted);
  if (wrong)
    return fail(
      new S3Error(400, "BadDigest", `The ${wrong.name} you specified did not match the calculated checksum.`),
    );
  return { path, sizeBytes: received.sizeBytes, etag: received.etag };
}

interface Checksum {
  readonly name: string;
  readonly wanted: string;
  update(chunk: Buffer): void;
  digest(): string;
}

/** The `x-amz-checksum-*` headers that came; they are signed, or the request would not have got here. */
function checksumsOf(headers: IncomingMessage["headers"]): Checksum[] {
  const found: Checksum[] = [];
  for (const name of ["sha1", "sha256"] as const) {
    const wanted = headers[`x-amz-checksum-${name}`];
    if (wanted === undefined) continue;
    const hash = createHash(name);
    found.push({
      name: name.toUpperCase(),
      wanted: String(wanted),
      update: (chunk) => void hash.update(chunk),
      digest: () => hash.digest("base64"),
    });
  }
  const wanted = headers["x-amz-checksum-crc32"];
  if (wanted !== undefined) {
    let sum = 0;
    const digest = (): string => {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(sum);
      return out.toString("base64");
    };
    found.push({
      name: "CRC32",
      wanted: String(wanted),
      update: (chunk) => {
        sum = crc32(chunk, sum);
      },
      digest,
    });
  }
  return found;
}
