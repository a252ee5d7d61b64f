import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { ObjectStore } from "./object-store.ts";
import { S3Error } from "./s3-error.ts";
import type { StoredObject } from "./stored-object.ts";

/** Answers GET and HEAD: the whole or one range, on the conditions asked for. Throws S3Error. */
export async function sendObject(
  store: ObjectStore,
  key: string,
  query: URLSearchParams,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const object = store.get(key);
  if (!object) throw new S3Error(404, "NoSuchKey", "The specified key does not exist.");
  const { sizeBytes } = object;
  const tag = `"${object.etag}"`;
  const modified = new Date(Math.floor(object.modifiedAtMs / 1000) * 1000).toUTCString();
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch, "if-range": ifRange, range } = req.headers;
  if (ifMatch !== undefined && !names(ifMatch, object))
    throw new S3Error(
      412,
      "PreconditionFailed",
      "At least one of the pre-conditions you specified did not hold",
    );
  res.setHeader("ETag", tag);
  res.setHeader("Last-Modified", modified);
  res.setHeader("Accept-Ranges", "bytes");
  if (ifNoneMatch !== undefined && names(ifNoneMatch, object)) {
    res.writeHead(304).end();
    return;
  }
  const holds = ifRange === undefined || ifRange === tag || ifRange === modified;
  const wanted = range !== undefined && holds ? rangeOf(range, sizeBytes) : undefined;
  if (wanted === "unsatisfiable") {
    res.setHeader("Content-Range", `bytes */${sizeBytes}`);
    throw new S3Error(416, "InvalidRange", "The requested range is not satisfiable");
  }
  const { start, end } = wanted ?? { start: 0, end: sizeBytes - 1 };
  if (wanted) res.setHeader("Content-Range", `bytes ${start}-${end}/${sizeBytes}`);
  const disposition = query.get("response-content-disposition");
  // On the wire a header is bytes: S3 gives back the UTF-8 that was signed.
  if (disposition) res.setHeader("Content-Disposition", Buffer.from(disposition, "utf8").toString("latin1"));
  res.writeHead(wanted ? 206 : 200, {
    "Content-Type": query.get("response-content-type") ?? object.contentType,
    "Content-Length": String(end - start + 1),
  });
  if (req.method === "HEAD") res.end();
  else await sendBytes(store, object, { start, end }, res);
}

async function sendBytes(
  store: ObjectStore,
  object: StoredObject,
  { start, end }: { start: number; end: number },
  res: ServerResponse,
): Promise<void> {
  try {
    await pipeline(store.read(object, start, end), res);
  } catch (thrown) {
    // Whoever was reading hung up: nobody's fault.
    const { code = "" } = thrown as NodeJS.ErrnoException;
    if (!["ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE"].includes(code)) throw thrown;
  }
}

/** One range, both ends counted from 0 and inside; undefined for what S3 ignores (several ranges, another unit, a wrong order). */
function rangeOf(
  text: string,
  sizeBytes: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text.trim());
  const [first, last] = [match?.[1] ?? "", match?.[2] ?? ""];
  if (first === "" && last === "") return undefined;
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (first === "" && Number(last) === 0) return "unsatisfiable";
  const start = first === "" ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  return start >= sizeBytes ? "unsatisfiable" : { start, end };
}

function names(header: string, { etag }: StoredObject): boolean {
  const each = header.split(",").map((tag) => tag.trim());
  return each.some((tag) => tag === "*" || tag.replace(/^W\//, "").replace(/^"|"$/g, "") === etag);
}
