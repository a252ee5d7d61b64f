import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { faultOf } from "../faults/flags.ts";
import type { Exchange, Surface } from "../types.ts";
import { checkSignature } from "./check-signature.ts";
import type { ObjectStore } from "./object-store.ts";
import { receivePut } from "./receive-put.ts";
import { S3Error } from "./s3-error.ts";
import { document, wantedParts } from "./s3-xml.ts";
import { sendObject } from "./send-object.ts";
import type { SigningKey } from "./sigv4.ts";
import type { ReceiveOptions } from "./write-stream.ts";

const MOST_PARTS = 10_000;
const MOST_XML_BYTES = 4 * 1024 * 1024;
const DEFAULT_TYPE = "binary/octet-stream";

export interface S3Options {
  readonly bucket: string;
  readonly key: SigningKey;
  readonly nowMs: () => number;
  readonly receive: ReceiveOptions;
}

interface Call {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly exchange: Exchange;
  readonly key: string;
}

/** The part of S3 that transfers use, on presigned URLs that are really checked (contract/rest.md 6.2, 6.3, 7). */
export function createS3Surface(store: ObjectStore, options: S3Options): Surface {
  return async (req, res, exchange) => {
    res.setHeader("x-amz-request-id", randomBytes(8).toString("hex").toUpperCase());
    res.setHeader("Server", "AmazonS3");
    try {
      const key = admit(options, req, exchange.url);
      await answer(store, options, { req, res, exchange, key });
    } catch (thrown) {
      await refuse(req, res, thrown);
    }
    return true;
  };
}

/** The key that is asked for. Throws when the request is not rightly signed, or for another bucket. */
function admit(options: S3Options, req: IncomingMessage, url: URL): string {
  const segments = url.pathname.split("/").map(decoded);
  if (faultOf(req)?.expireUrl) throw new S3Error(403, "AccessDenied", "Request has expired");
  const method = req.method ?? "GET";
  checkSignature(options.key, { method, url, segments, headers: req.headers, nowMs: options.nowMs() });
  const [, bucket, ...rest] = segments;
  if (bucket !== options.bucket)
    throw new S3Error(404, "NoSuchBucket", "The specified bucket does not exist");
  return rest.join("/");
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new S3Error(400, "InvalidURI", "Couldn't parse the specified URI.");
  }
}

async function answer(store: ObjectStore, options: S3Options, call: Call): Promise<void> {
  const { req, res, exchange, key } = call;
  const { searchParams } = exchange.url;
  const uploadId = searchParams.get("uploadId");
  const part = uploadId === null ? "" : " part";
  switch (key === "" ? "bucket" : `${req.method}${part}`) {
    case "GET":
    case "HEAD":
      return sendObject(store, key, searchParams, req, res);
    case "PUT":
      return receiveObject(store, options, call);
    case "PUT part":
      return receivePart(store, options, call, uploadId ?? "");
    case "POST part":
      return complete(store, options, call, uploadId ?? "");
    case "DELETE part":
      await store.abortMultipart(key, uploadId ?? "");
      res.writeHead(204).end();
      return;
    case "POST":
      if (searchParams.has("uploads")) return createMultipart(store, options, call);
  }
  throw new S3Error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
}

async function receiveObject(store: ObjectStore, options: S3Options, { req, res, key }: Call): Promise<void> {
  const type = req.headers["content-type"] ?? DEFAULT_TYPE;
  const etag = await receivePut(req, store.files, options.receive, (piece) =>
    store.put(key, type, piece, options.nowMs()),
  );
  res.writeHead(200, { ETag: `"${etag}"`, "Content-Length": "0" }).end();
}

async function receivePart(
  store: ObjectStore,
  options: S3Options,
  { req, res, exchange, key }: Call,
  uploadId: string,
): Promise<void> {
  const number = Number(exchange.url.searchParams.get("partNumber") ?? Number.NaN);
  if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS) {
    const message = `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`;
    throw new S3Error(400, "InvalidArgument", message);
  }
  store.requireMultipart(uploadId, key);
  const etag = await receivePut(req, store.files, options.receive, (piece) =>
    store.keepPart(uploadId, key, number, piece),
  );
  res.writeHead(200, { ETag: `"${etag}"`, "Content-Length": "0" }).end();
}

async function createMultipart(
  store: ObjectStore,
  { bucket }: S3Options,
  { req, res, key }: Call,
): Promise<void> {
  const UploadId = await store.createMultipart(key, req.headers["content-type"] ?? DEFAULT_TYPE);
  sendXml(res, 200, document("InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId }));
}

async function complete(
  store: ObjectStore,
  { bucket, nowMs }: S3Options,
  { res, exchange, key }: Call,
  uploadId: string,
): Promise<void> {
  const wanted = wantedParts((await exchange.body(MOST_XML_BYTES)).toString("utf8"));
  const etag = await store.completeMultipart(key, uploadId, wanted, nowMs());
  const Location = `${exchange.url.origin}${exchange.url.pathname}`;
  const fields = { Location, Bucket: bucket, Key: key, ETag: `"${etag}"` };
  sendXml(res, 200, document("CompleteMultipartUploadResult", fields));
}

/** The rest of a body that is refused is read first, so that the sender gets the answer and not a reset. */
async function refuse(req: IncomingMessage, res: ServerResponse, thrown: unknown): Promise<void> {
  if (res.destroyed || res.headersSent) throw thrown;
  const error =
    thrown instanceof S3Error
      ? thrown
      : new S3Error(500, "InternalError", thrown instanceof Error ? thrown.message : String(thrown));
  if (!req.destroyed) {
    const over = new Promise((resolve) => req.once("end", resolve).once("close", resolve));
    req.resume();
    await over;
  }
  const RequestId = String(res.getHeader("x-amz-request-id"));
  sendXml(res, error.status, document("Error", { Code: error.code, Message: error.message, RequestId }));
}

/** No body to HEAD: node leaves it out. */
function sendXml(res: ServerResponse, status: number, xml: string): void {
  res.writeHead(status, { "Content-Type": "application/xml" }).end(xml);
}
