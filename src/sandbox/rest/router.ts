import { notFound } from "../store/site-error.ts";
import type { Call } from "./call.ts";
import { sendNotAcceptable } from "./reply.ts";
import { batchRoute } from "./routes-batch.ts";
import { fieldRoute } from "./routes-field.ts";
import { listRoute, searchRoute, summarizeRoute } from "./routes-find.ts";
import {
  createRoute,
  deleteRoute,
  readRoute,
  relationshipRoute,
  reviveRoute,
  updateRoute,
} from "./routes-records.ts";
import {
  attachmentMetadataRoute,
  preferencesRoute,
  schemaRoute,
  updatePreferencesRoute,
} from "./routes-site.ts";
import { textSearchRoute } from "./routes-text-search.ts";
import {
  abortUploadRoute,
  completeUploadRoute,
  initUploadRoute,
  partRoute,
  uploadTarget,
} from "./routes-upload.ts";
import { siteUploadRoute } from "./site-storage.ts";

type Path = readonly string[];

/** Everything under `…/_upload`: the field stands before it, or nothing does. */
async function routeUpload(
  call: Call,
  type: string,
  id: string,
  field: string | null,
  rest: Path,
): Promise<void> {
  const method = call.req.method;
  const [word] = rest;
  const target = () => uploadTarget(call, type, id, field);
  if (rest.length > 1) throw notFound(null);
  if (word === "multipart" && method === "GET") return partRoute(call, target());
  if (word === "multipart_abort" && method === "POST") return abortUploadRoute(call, target());
  if (word !== undefined) throw notFound(null);
  if (method === "GET") return initUploadRoute(call, target());
  if (method === "POST") return completeUploadRoute(call, target());
  if (method === "PUT") return siteUploadRoute(call, target());
  throw notFound(null);
}

async function routeRecord(call: Call, type: string, id: string, rest: Path): Promise<void> {
  const method = call.req.method;
  const [word, next] = rest;
  if (word === undefined) {
    if (method === "GET") return readRoute(call, type, id);
    if (method === "PUT") return updateRoute(call, type, id);
    if (method === "DELETE") return deleteRoute(call, type, id);
    if (method === "POST") return reviveRoute(call, type, id);
    throw notFound(null);
  }
  if (word === "_upload") return routeUpload(call, type, id, null, rest.slice(1));
  if (next === "_upload") return routeUpload(call, type, id, word, rest.slice(2));
  if (method !== "GET") throw notFound(null);
  if (word === "relationships" && next !== undefined && rest.length === 2) {
    return relationshipRoute(call, type, id, next);
  }
  if (rest.length > 1) throw notFound(null);
  // What stands behind the last dot is read as a format, and there is none (contract/rest.md 7).
  if (word.includes(".")) return sendNotAcceptable(call.res);
  fieldRoute(call, type, id, word);
}

async function routeEntity(call: Call, path: Path): Promise<void> {
  const method = call.req.method;
  const [type, word, ...rest] = path;
  if (type === undefined) throw notFound(null);
  if (method === "POST" && word === undefined) {
    if (type === "_batch") return batchRoute(call);
    if (type === "_text_search") return textSearchRoute(call);
    return createRoute(call, type);
  }
  if (word === undefined) {
    if (method === "GET") return listRoute(call, type);
    throw notFound(null);
  }
  if (method === "POST" && rest.length === 0 && word === "_search") return searchRoute(call, type);
  if (method === "POST" && rest.length === 0 && word === "_summarize") return summarizeRoute(call, type);
  if (!/^\d+$/.test(word)) throw notFound(null);
  await routeRecord(call, type, word, rest);
}

/** Sends a request with a good bearer to its route; `path` is what follows the prefix. Throws SiteError. */
export async function route(call: Call, path: Path): Promise<void> {
  const method = call.req.method;
  const [room, ...rest] = path;
  if (room === "entity") return routeEntity(call, rest);
  if (room === "schema" && method === "GET") return schemaRoute(call, rest);
  if (room === "preferences" && method === "GET" && rest.length === 0) return preferencesRoute(call);
  if (room === "preferences" && method === "PUT" && rest[0] === "update") return updatePreferencesRoute(call);
  if (room === "transcode" && method === "POST" && rest[0] === "attachment_metadata" && rest[1]) {
    return attachmentMetadataRoute(call, rest[1]);
  }
  if (/^spec\.(?!json$|yaml$)/.test(room ?? "")) return sendNotAcceptable(call.res);
  throw notFound(null);
}
