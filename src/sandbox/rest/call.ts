import type { IncomingMessage, ServerResponse } from "node:http";
import type { Writer } from "../files/write-record.ts";
import { badParameters, notFound, SiteError } from "../store/site-error.ts";
import type { Caller, Exchange, Row, Sandbox } from "../types.ts";

/** One request to `/api/v1` or `/api/v1.1`, as a route sees it. */
export interface Call {
  sandbox: Sandbox;
  caller: Caller;
  req: IncomingMessage;
  res: ServerResponse;
  exchange: Exchange;
  /** Links carry the prefix that was called (contract/rest.md 1). */
  prefix: "/api/v1" | "/api/v1.1";
  query: URLSearchParams;
}

const JSON_BODY = ["application/json"] as const;
export const FORM_BODY = ["application/x-www-form-urlencoded"] as const;
export const ARRAY_QUERY = "application/vnd+shotgun.api3_array+json";
export const HASH_QUERY = "application/vnd+shotgun.api3_hash+json";
export const QUERY_BODY = [ARRAY_QUERY, HASH_QUERY] as const;

/** The request's media type without parameters, if it is one of the legal ones; else the 415 that names them. */
export function contentType(req: IncomingMessage, legal: readonly string[]): string {
  const sent = (req.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (legal.includes(sent)) return sent;
  const quoted = legal.map((type) => `'${type}'`).join(", ");
  throw new SiteError(415, `Unsupported Content-Type '${sent}'`, {
    source: { content_type: `Content-Type must be one of: ${quoted}.` },
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON object of a request's body. Throws 415, or 400 for what is no JSON object; an empty body is an empty object. */
export async function jsonBody(
  call: Call,
  legal: readonly string[] = JSON_BODY,
): Promise<Record<string, unknown>> {
  const bytes = await call.exchange.body();
  if (bytes.length === 0 && call.req.headers["content-type"] === undefined) return {};
  contentType(call.req, legal);
  const text = bytes.toString("utf8");
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new SiteError(400, `Invalid JSON body. ${thrown instanceof Error ? thrown.message : ""}`.trim());
  }
  if (isRecord(value)) return value;
  throw new SiteError(
    400,
    `Invalid JSON body. Expected Hash but received ${Array.isArray(value) ? "Array" : typeof value}.`,
  );
}

/** The CamelCase type of a path segment. Throws 404 naming the segment. */
export function typeOf(sandbox: Sandbox, segment: string): string {
  const type = sandbox.store.resolveType(segment);
  if (type === undefined) throw notFound(`Entity type '${segment}' does not exist.`);
  return type;
}

/** The live row, or with `options[return_only]=retired` the retired one. Throws the 404 of a read. */
export function readRow(call: Call, type: string, id: string): Row {
  const number = Number(id);
  const row = Number.isSafeInteger(number) ? call.sandbox.store.row(type, number) : undefined;
  const wantsRetired = call.query.get("options[return_only]") === "retired";
  if (!row || row.retired !== wantsRetired) throw notFound(`${type}: ${id} not found`, 104);
  return row;
}

/** A list in a query parameter, `a,b,c`; undefined when the parameter is not there. */
export function commaList(value: unknown): string[] | undefined {
  const parts = Array.isArray(value)
    ? value.map(String)
    : typeof value === "string"
      ? value.split(",")
      : undefined;
  return parts?.map((part) => part.trim()).filter((part) => part !== "");
}

/** Throws the 400 that names every parameter that is missing. */
export function requireParameters(given: (name: string) => unknown, names: readonly string[]): void {
  const missing = names.filter(
    (name) => given(name) === null || given(name) === undefined || given(name) === "",
  );
  if (missing.length > 0) {
    throw badParameters(Object.fromEntries(missing.map((name) => [name, [`${name} is missing`]])));
  }
}

export function writerOf(call: Call): Writer {
  return { sandbox: call.sandbox, caller: call.caller, dialect: "rest" };
}
