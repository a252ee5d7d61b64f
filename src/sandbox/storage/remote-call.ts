import { createReadStream } from "node:fs";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { textOf } from "./s3-xml.ts";

/** The storage refused, answered nonsense or could not be reached; the message has its own code where it gave one. */
export class StorageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StorageError";
  }
}

/** Throws StorageError, with the storage's own code when it did not answer 2xx. */
export async function call(method: string, url: string, body?: string): Promise<Response> {
  const reply = await reach(() => fetch(url, { method, ...(body === undefined ? {} : { body }) }));
  if (reply.ok) return reply;
  throw refusal(method, reply.status, await reply.text());
}

/** What a request answers. Throws StorageError when none came; what broke is told by the innermost cause. */
export async function reach<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (thrown) {
    const { message, cause } = thrown as Error;
    const why = cause instanceof Error && cause.message !== "" ? cause.message : message;
    throw new StorageError(`It cannot be reached: ${why}`, { cause: thrown });
  }
}

/** Puts a file of known length, since S3 takes no body without one; memory does not grow with it. Gives the ETag without quotes. */
export async function putFile(
  url: string,
  file: { path: string; sizeBytes: number; contentType: string },
): Promise<string> {
  const headers = { "content-length": file.sizeBytes, "content-type": file.contentType };
  const send = new URL(url).protocol === "https:" ? httpsRequest : httpRequest;
  const req: ClientRequest = send(url, { method: "PUT", headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    req.once("response", resolve).once("error", reject),
  );
  const sending = pipeline(createReadStream(file.path), req);
  // A refusal may come, and the connection go, before the body is through: what was answered is what counts.
  sending.catch(() => undefined);
  const res = await reach(() => answered);
  const body = await text(res);
  if (res.statusCode !== 200) throw refusal("PUT", res.statusCode ?? 0, body);
  await sending;
  return (res.headers.etag ?? "").replaceAll('"', "");
}

/** S3 may answer a completion 200 first and put the error into the body. Throws for that one. */
export function requireCompleted(xml: string): void {
  if (xml.includes("<Error>")) throw refusal("Completing", 200, xml);
}

function refusal(what: string, status: number, xml: string): StorageError {
  const words = [String(status), textOf(xml, "Code"), textOf(xml, "Message")];
  return new StorageError(`${what} answered ${words.filter((word) => word).join(" ")}`);
}
