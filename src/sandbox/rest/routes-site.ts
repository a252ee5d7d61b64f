import { fieldDocument, fieldDocuments, typeDocument } from "../schema/document.ts";
import { preferencesOf } from "../store/preferences.ts";
import { badParameters, notFound, SiteError } from "../store/site-error.ts";
import type { Sandbox, TypeSchema } from "../types.ts";
import { type Call, commaList, jsonBody } from "./call.ts";
import { errorDocument, sendJson, sendRead, sendSpace } from "./reply.ts";

/** What the sandbox calls itself; a hosted site of 2026. */
const SITE_VERSION = [8, 89, 0] as const;

/** `GET /`: how people sign in here. Needs no token (contract/rest.md 1). */
export function serverInfo(sandbox: Sandbox, prefix: Call["prefix"]): Record<string, unknown> {
  return {
    data: {
      shotgun_version: `v${SITE_VERSION.join(".")}.0 (build sandbox)`,
      api_version: prefix === "/api/v1" ? "1.0" : "1.1",
      unified_login_flow_enabled: true,
      authentication_app_session_launcher_enabled: true,
      user_authentication_method: "default",
      site_id: "sandbox",
      site_name: new URL(sandbox.origin).host,
      os: process.platform,
    },
  };
}

function schemaType(call: Call, name: string): TypeSchema {
  const type = call.sandbox.store.type(name);
  if (!type) throw notFound(`Entity type '${name}' does not exist.`);
  return type;
}

function schemaData(call: Call, path: readonly string[]): Record<string, unknown> {
  const [typeName, word, fieldName, ...rest] = path;
  if (typeName === undefined) {
    const types = [...call.sandbox.store.types()].map((type) => [type.type, typeDocument(type)]);
    return Object.fromEntries(types);
  }
  const type = schemaType(call, typeName);
  if (word === undefined) return typeDocument(type);
  if (word !== "fields" || rest.length > 0) throw notFound(null);
  if (fieldName === undefined) return fieldDocuments(type);
  const field = type.fields.get(fieldName);
  if (!field || field.retired) throw notFound(`Field '${typeName}.${fieldName}' does not exist.`);
  return fieldDocument(typeName, field);
}

/** `GET /schema`, `/schema/{Type}`, `/schema/{Type}/fields`, `/schema/{Type}/fields/{field}` (contract/rest.md 5). */
export function schemaRoute(call: Call, path: readonly string[]): void {
  sendRead(call.res, { data: schemaData(call, path), links: { self: call.exchange.url.pathname } });
}

/** `GET /preferences[?prefs=a,b]`: names that are not there are left out without a word (contract/rest.md 8). */
export function preferencesRoute(call: Call): void {
  const wanted = commaList(call.query.get("prefs"));
  const known = Object.entries(preferencesOf(call.sandbox.store));
  const data = Object.fromEntries(known.filter(([name]) => !wanted || wanted.includes(name)));
  const { pathname, search } = call.exchange.url;
  sendRead(call.res, { data, links: { self: `${pathname}${search}` } });
}

/** `PUT /preferences/update`: refused whatever is sent, and the errors stand in no envelope. */
export function updatePreferencesRoute(call: Call): void {
  const refusal = new SiteError(400, "Updating the preferences is not available", {
    code: 111,
    source: null,
  });
  sendJson(call.res, 400, [errorDocument(refusal)]);
}

const METADATA = {
  width: "integer",
  height: "integer",
  nb_frames: "integer",
  start_frame: "integer",
  display_aspect_ratio: "number",
  frame_rate: "number",
} as const;

/** `POST /transcode/attachment_metadata/{id}`: taken, and nowhere to be read. Its 404 has a form of its own (contract/rest.md 6.6). */
export async function attachmentMetadataRoute(call: Call, id: string): Promise<void> {
  const row = call.sandbox.store.row("Attachment", Number(id));
  if (!row || row.retired) {
    sendJson(call.res, 404, { error: `Attachment ${id} not found` });
    return;
  }
  const body = await jsonBody(call);
  for (const [name, kind] of Object.entries(METADATA)) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    const fits = kind === "integer" ? Number.isInteger(value) : typeof value === "number";
    if (!fits)
      throw badParameters({ [name]: [`${name} must be ${kind === "integer" ? "an integer" : "a number"}`] });
  }
  call.sandbox.store.change("Attachment", row.id, {}, call.caller.as);
  sendSpace(call.res, 200);
}
