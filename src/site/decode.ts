import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";
import type { SiteRecord } from "../shared/records.ts";
import { cleanText } from "./clean-text.ts";
import type { WireReply } from "./transport.ts";

/** The site's answer as JSON of a known shape. Throws E_SITE where it is a web page or anything else. */
export function decodeReply<const S extends v.GenericSchema>(
  schema: S,
  reply: Pick<WireReply, "headers" | "text">,
  about: { origin: string; what: string },
): v.InferOutput<S> {
  if (isWebPage(reply)) throw webPageError(about);
  let json: unknown;
  try {
    json = JSON.parse(reply.text);
  } catch (cause) {
    throw new SgmediaError("E_SITE", `The site's answer cannot be read (${about.what}).`, {
      why: reply.text.trim() === "" ? "It is empty." : "It is no JSON.",
      fix: "Run the command again with -v to see what was asked.",
      cause,
    });
  }
  return decodeValue(schema, json, about);
}

export function decodeValue<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  about: { origin: string; what: string },
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new SgmediaError("E_SITE", `The site's answer is not what it should be (${about.what}).`, {
    why: cleanText(
      `At "${v.getDotPath(issue) ?? "its top"}": expected ${issue.expected ?? "something else"}.`,
    ),
    fix: "Run the command again with -v to see what was asked.",
  });
}

export function isWebPage(reply: Pick<WireReply, "headers" | "text">): boolean {
  return reply.text.trimStart().startsWith("<");
}

export function webPageError(about: { origin: string }): SgmediaError {
  return new SgmediaError("E_SITE", "The site answered a web page, not JSON.", {
    why: `Is ${about.origin} a Flow Production Tracking site? A sign-in page of a proxy or network looks the same.`,
    fix: "Check --site; `sgmedia config` shows where it comes from.",
  });
}

/** Ids count from 1. */
export const IdSchema = v.pipe(v.number(), v.integer(), v.minValue(1));

/** contract/rest.md 3: links stand apart from the other fields. */
export const RecordSchema = v.looseObject({
  type: v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9_]*$/)),
  id: IdSchema,
  attributes: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
  relationships: v.optional(v.nullable(v.record(v.string(), v.looseObject({ data: v.unknown() })))),
});

/** One flat map of a record's fields, as the JSON-RPC side gives it. */
export function flattenRecord(record: v.InferOutput<typeof RecordSchema>): SiteRecord {
  const links = Object.entries(record.relationships ?? {}).map(([name, link]) => [name, link.data] as const);
  return {
    type: record.type,
    id: record.id,
    fields: Object.fromEntries([...Object.entries(record.attributes ?? {}), ...links]),
  };
}
