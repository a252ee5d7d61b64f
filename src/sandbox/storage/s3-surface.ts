import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { faultOf } from "../faults/flags.ts";
import type { Exchange, Surface } from "../types.ts";
import type { ObjectStore, StoredObject } from "./object-store.ts";
import { type ReceiveOptions, receivePut } from "./receive-body.ts";
import { answerError, escapeXml, S3Error } from "./s3-error.ts";
import { checkSignature, type SigningKey } from "./sigv4.ts";

const MOST_PARTS = 10_000;

export interface S3Options {
  readonly bucket: string;
  readonly key: SigningKey;
  readonly nowMs: () => number;
  readonly receive: ReceiveOptions;
}

/** The part of S3 that transfers use, on presigned URLs that are really checked. */
export function createS3Surface(store: ObjectStore, options: S3Options): Surface {
  return async (req, res, exchange) => {
    res.setHeader("x-amz-request-id", randomBytes(8).toString("hex").toUpperCase());
    res.setHeader("server", "AmazonS3");
    try {
      await answer(store, options, req, res, exchange);
    } catch (thrown) {
      if (!(thrown instanceof S3Error)) throw thrown;
      // The rest of a body that is refused is read first, so that the sender gets the answer and not a reset.
      req.resume();
      if (!req.readableEnded) await new Promise((resolve) => req.once("close", resolve).once("end", resolve));
      answerError(
        res,
        thrown,
        thrown.status === 416 ? { "content-range": `bytes */${sizeOf(store, options, exchange)}` } : {},
      );
    }
    return true;
  };
}

async function answer(
  store: ObjectStore,
  options: S3Options,
  req: IncomingMessage,
  res: ServerResponse,
  exchange: Exchange,
): Promise<void> {
  const { url } = exchange;
  authorize(options, req, url);
  const key = keyOf(options, url);
  const uploadId = url.searchParams.get("uploadId");
  if (req.method === "GET" || req.method === "HEAD") return sendObject(store, req, res, url, key);
  if (req.method === "PUT" && uploadId !== null)
    return receivePart(store, options, req, res, { url, key, uploadId });
  if (req.method === "PUT") return receiveObject(store, options, req, res, key);
  if (req.method === "POST" && uploadId !== null) {
    const wanted = partsOfXml((await exchange.body(4 * 1024 * 1024)).toString("utf8"));
    const etag = await store.completeMultipart(key, uploadId, wanted, options.nowMs());
    const result = `<?xml version="1.0" encoding="UTF-8"?>\n<CompleteMultipartUploadResult><Bucket>${options.bucket}</Bucket><Key>${escapeXml(key)}</Key><ETag>&quot;${etag}&quot;</ETag></CompleteMultipartUploadResult>`;
    res.writeHead(200, { "content-type": "application/xml" }).end(result);
    return;
  }
  if (req.method === "POST" && url.searchParams.has("uploads")) {
    const made = await store.createMultipart(key, req.headers["content-type"] ?? "binary/octet-stream");
    const result = `<?xml version="1.0" encoding="UTF-8"?>\n<InitiateMultipartUploadResult><Bucket>${options.bucket}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${made}</UploadId></InitiateMultipartUploadResult>`;
    res.writeHead(200, { "content-type": "application/xml" }).end(result);
    return;
  }
  if (req.method === "DELETE" && uploadId !== null) {
    await store.abortMultipart(key, uploadId);
    res.writeHead(204).end();
    return;
  }
  throw new S3Error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
}

function authorize(options: S3Options, req: IncomingMessage, url: URL): void {
  if (req.headers.authorization !== undefined && url.searchParams.has("X-Amz-Signature")) {
    throw new S3Error(
      400,
      "InvalidArgument",
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
    );
  }
  if (faultOf(req)?.expireUrl) throw new S3Error(403, "AccessDenied", "Request has expired");
  const problem = checkSignature(options.key, {
    method: req.method ?? "GET",
    url,
    headers: req.headers,
    nowMs: options.nowMs(),
  });
  if (!problem) return;
  const status = problem.code === "AuthorizationQueryParametersError" ? 400 : 403;
  throw new S3Error(status, problem.code, problem.message);
}

async function receiveObject(
  store: ObjectStore,
  options: S3Options,
  req: IncomingMessage,
  res: ServerResponse,
  key: string,
): Promise<void> {
  const file = await receivePut(req, store.newBytesPath(), options.receive);
  if (!faultOf(req)?.storeNothing)
    await store.put(key, req.headers["content-type"] ?? "binary/octet-stream", file, options.nowMs());
  res.writeHead(200, { etag: `"${file.etag}"`, "content-length": "0" }).end();
}

async function receivePart(
  store: ObjectStore,
  options: S3Options,
  req: IncomingMessage,
  res: ServerResponse,
  { url, key, uploadId }: { url: URL; key: string; uploadId: string },
): Promise<void> {
  const number = Number(url.searchParams.get("partNumber") ?? Number.NaN);
  if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS) {
    throw new S3Error(
      400,
      "InvalidArgument",
      `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`,
    );
  }
  store.multipart(uploadId, key);
  const file = await receivePut(req, store.partPath(uploadId, number), options.receive);
  if (!faultOf(req)?.storeNothing) await store.keepPart(uploadId, key, number, file);
  res.writeHead(200, { etag: `"${file.etag}"`, "content-length": "0" }).end();
}

async function sendObject(
  store: ObjectStore,
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
  key: string,
): Promise<void> {
  const object = store.get(key);
  if (!object) throw new S3Error(404, "NoSuchKey", "The specified key does not exist.");
  const tag = `"${object.etag}"`;
  const modified = new Date(Math.floor(object.modifiedAtMs / 1000) * 1000).toUTCString();
  const shared = { etag: tag, "last-modified": modified, "accept-ranges": "bytes" };
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch, "if-range": ifRange, range } = req.headers;
  if (ifMatch !== undefined && !lists(ifMatch, object.etag)) {
    throw new S3Error(
      412,
      "PreconditionFailed",
      "At least one of the pre-conditions you specified did not hold",
    );
  }
  if (ifNoneMatch !== undefined && lists(ifNoneMatch, object.etag)) {
    res.writeHead(304, shared).end();
    return;
  }
  const disposition = url.searchParams.get("response-content-disposition");
  const headers = {
    ...shared,
    "content-type": url.searchParams.get("response-content-type") ?? object.contentType,
    ...(disposition === null
      ? {}
      : { "content-disposition": Buffer.from(disposition, "utf8").toString("latin1") }),
  };
  const wanted =
    range !== undefined && (ifRange === undefined || ifRange === tag || ifRange === modified)
      ? rangeOf(range, object.sizeBytes)
      : undefined;
  const [start, end] = wanted ?? [0, object.sizeBytes - 1];
  const part = wanted ? { "content-range": `bytes ${start}-${end}/${object.sizeBytes}` } : {};
  res.writeHead(wanted ? 206 : 200, { ...headers, ...part, "content-length": String(end - start + 1) });
  if (req.method === "HEAD") {
    res.end();
    return;
  }
  await pipeline(store.read(object, start, end), res).catch((thrown: NodeJS.ErrnoException) => {
    if (
      thrown.code !== "ERR_STREAM_PREMATURE_CLOSE" &&
      thrown.code !== "ECONNRESET" &&
      thrown.code !== "EPIPE"
    )
      throw thrown;
  });
}

/** One range; undefined for what S3 ignores (several ranges, another unit). Throws 416 past the end. */
function rangeOf(text: string, sizeBytes: number): [number, number] | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text.trim());
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const suffix = match[1] === "";
  const start = suffix ? Math.max(0, sizeBytes - Number(match[2])) : Number(match[1]);
  const end = suffix || match[2] === "" ? sizeBytes - 1 : Math.min(Number(match[2]), sizeBytes - 1);
  if (!suffix && match[2] !== "" && Number(match[2]) < start) return undefined;
  if (start >= sizeBytes || (suffix && Number(match[2]) === 0))
    throw new S3Error(416, "InvalidRange", "The requested range is not satisfiable");
  return [start, end];
}

function lists(header: string, etag: string): boolean {
  return header
    .split(",")
    .some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "").replace(/^"|"$/g, "") === etag);
}

function partsOfXml(xml: string): { number: number; etag: string }[] {
  return [...xml.matchAll(/<Part>([\s\S]*?)<\/Part>/g)].map((match) => {
    const inner = match[1] ?? "";
    const number = Number(/<PartNumber>\s*(\d+)\s*<\/PartNumber>/.exec(inner)?.[1] ?? Number.NaN);
    const etag = (/<ETag>\s*([\s\S]*?)\s*<\/ETag>/.exec(inner)?.[1] ?? "").replace(/&quot;|&#34;|"/g, "");
    return { number, etag };
  });
}

function keyOf(options: S3Options, url: URL): string {
  const [, bucket, ...rest] = url.pathname.split("/");
  if (bucket !== options.bucket)
    throw new S3Error(404, "NoSuchBucket", "The specified bucket does not exist");
  return rest.map(decodeURIComponent).join("/");
}

function sizeOf(store: ObjectStore, options: S3Options, exchange: Exchange): number {
  const object: StoredObject | undefined = store.get(keyOf(options, exchange.url));
  return object?.sizeBytes ?? 0;
}
