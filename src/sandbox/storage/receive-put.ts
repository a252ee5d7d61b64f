import { rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { faultOf } from "../faults/flags.ts";
import type { ByteFiles } from "./byte-files.ts";
import { announcedChecksums } from "./checksums.ts";
import { S3Error } from "./s3-error.ts";
import type { Piece } from "./stored-object.ts";
import { type ReceiveOptions, writeStream } from "./write-stream.ts";

/**
 * Receives a PUT's body: its length announced, all of it arrived, every checksum right; otherwise throws S3Error and keeps
 * nothing. `keep` takes the bytes over. What it answers is the ETag.
 */
export async function receivePut(
  req: IncomingMessage,
  files: ByteFiles,
  options: ReceiveOptions,
  keep: (piece: Piece) => Promise<unknown>,
): Promise<string> {
  const { headers } = req;
  if (headers["content-length"] === undefined)
    throw new S3Error(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
  const checksums = announcedChecksums(headers);
  const ownMd5 = options.hash === "md5" ? checksums.find((sum) => sum.header === "content-md5") : undefined;
  const running = checksums.filter((sum) => sum !== ownMd5);
  const file = files.newName();
  const onChunk = (chunk: Buffer): void => {
    for (const sum of running) sum.update(chunk);
  };
  const written = await writeStream(req, files.path(file), options, running.length > 0 ? onChunk : undefined);
  try {
    if (!req.complete) {
      throw new S3Error(
        400,
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
      );
    }
    ownMd5?.verify(Buffer.from(written.etag, "hex"));
    for (const sum of running) sum.verify();
    if (!faultOf(req)?.storeNothing) {
      await keep({ file, ...written });
      return written.etag;
    }
  } catch (thrown) {
    await rm(files.path(file), { force: true });
    throw thrown;
  }
  await rm(files.path(file), { force: true });
  return written.etag;
}
