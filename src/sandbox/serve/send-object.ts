import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { ObjectStorage } from "../types.ts";
import { byteRange } from "./byte-range.ts";
import { refuse } from "./refuse.ts";

interface SentObject {
  key: string;
  name: string;
  contentType: string;
}

/** RFC 6266: the name in ASCII for old clients, and whole for all others. */
function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, "_");
  const whole = encodeURIComponent(name).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}

/** A hang-up of whoever was reading ends the answer and is nobody's fault. */
async function sendFile(
  path: string,
  range: { start: number; end: number },
  res: ServerResponse,
): Promise<void> {
  try {
    await pipeline(createReadStream(path, range), res);
  } catch (thrown) {
    if (!res.destroyed) throw thrown;
  }
}

/** Sends stored bytes over the site itself: whole, or the range that was asked for; `If-Range` and `If-None-Match` hold. */
export async function sendObject(
  storage: ObjectStorage,
  { key, name, contentType }: SentObject,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const stored = await storage.stat(key);
  if (!stored) return refuse(res, 404, `The bytes of ${name} are not there.`);
  const { sizeBytes } = stored;
  const etag = `"${stored.etag.replaceAll('"', "")}"`;
  res.setHeader("ETag", etag);
  res.setHeader("Accept-Ranges", "bytes");
  if (req.headers["if-none-match"] === etag) {
    res.writeHead(304).end();
    return;
  }
  const condition = req.headers["if-range"];
  const stillSame = condition === undefined || condition === etag;
  const range = stillSame ? byteRange(req.headers.range, sizeBytes) : undefined;
  if (range === null) {
    res.setHeader("Content-Range", `bytes */${sizeBytes}`);
    return refuse(res, 416, "The range lies outside the file.");
  }
  const { first, last } = range ?? { first: 0, last: sizeBytes - 1 };
  if (range) res.setHeader("Content-Range", `bytes ${first}-${last}/${sizeBytes}`);
  res.writeHead(range ? 206 : 200, {
    "Content-Type": contentType,
    "Content-Length": last - first + 1,
    "Content-Disposition": disposition(name),
  });
  if (req.method === "HEAD" || sizeBytes === 0) {
    res.end();
    return;
  }
  const local = await storage.localFile(key);
  try {
    await sendFile(local.path, { start: first, end: last }, res);
  } finally {
    await local.release();
  }
}
