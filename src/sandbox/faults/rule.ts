import { validateHeaderName, validateHeaderValue } from "node:http";
import * as v from "valibot";

const bytes = v.pipe(v.number(), v.integer(), v.minValue(0));
const milliseconds = v.pipe(v.number(), v.minValue(0));

function holds(test: () => unknown): boolean {
  try {
    test();
    return true;
  } catch {
    return false;
  }
}

const pattern = v.pipe(
  v.string(),
  v.check((text) => holds(() => new RegExp(text)), "path: is no regular expression"),
);
const headerFields = v.pipe(
  v.record(v.string(), v.string()),
  v.check(
    (fields) =>
      Object.entries(fields).every(([name, value]) =>
        holds(() => {
          validateHeaderName(name);
          validateHeaderValue(name, value);
        }),
      ),
    "headers: holds a name or a value that HTTP does not allow",
  ),
);

const ACTIONS = [
  "status",
  "resetAfterBytes",
  "stallMs",
  "bytesPerSecond",
  "latencyMs",
  "truncateAfterBytes",
  "corruptAtByte",
  "storeNothing",
  "loseReply",
  "expireUrl",
  "expireToken",
] as const;

/** One rule as a test writes it: which requests, and what happens to them (sandbox.md, Faults). */
export const FaultRuleSchema = v.pipe(
  v.strictObject({
    surface: v.optional(v.picklist(["site", "rpc", "storage"])),
    method: v.optional(v.string()),
    /** Against the path without its query. */
    path: v.optional(pattern),
    /** `partNumber` of the storage's URLs, `part_number` of the site's. */
    part: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    /** Requests that fit and are let through first. */
    skip: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
    times: v.optional(v.union([v.pipe(v.number(), v.integer(), v.minValue(1)), v.literal("always")]), 1),

    /** Answered in place of the real answer, once the request's body was read. */
    status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
    headers: v.optional(headerFields),
    body: v.optional(v.string()),
    /** The connection is reset after so many body bytes, received (upload) or sent (download). */
    resetAfterBytes: v.optional(bytes),
    /** Nothing moves for so long, once `afterBytes` body bytes have (0 unless given). */
    stallMs: v.optional(milliseconds),
    afterBytes: v.optional(bytes),
    /** Both bodies, unless `direction` names one. */
    bytesPerSecond: v.optional(v.pipe(v.number(), v.minValue(1))),
    /** Before the request is looked at. */
    latencyMs: v.optional(milliseconds),
    /** An answer that ends early: under the Content-Length of the whole, or (`lie`) under one that says it is all. */
    truncateAfterBytes: v.optional(bytes),
    lie: v.optional(v.boolean()),
    /** This byte of the body, counted from 0, is turned over. */
    corruptAtByte: v.optional(bytes),
    /** Which body the byte faults are about; unless given, the one the request is about: received for PUT and POST, else sent. */
    direction: v.optional(v.picklist(["received", "sent"])),
    /** 200 with the right ETag, and the bytes are gone. PUTs to signed URLs only. */
    storeNothing: v.optional(v.boolean()),
    /** Act, then cut the connection before a byte of the answer. */
    loseReply: v.optional(v.boolean()),
    /** A signed URL is judged expired. Requests with a signed URL only. */
    expireUrl: v.optional(v.boolean()),
    /** A bearer is judged expired. Site requests with a bearer only. */
    expireToken: v.optional(v.boolean()),
  }),
  v.check(
    (rule) => ACTIONS.some((name) => rule[name] !== undefined && rule[name] !== false),
    `names nothing to happen: one of ${ACTIONS.join(", ")}`,
  ),
  v.check((rule) => rule.afterBytes === undefined || rule.stallMs !== undefined, "afterBytes needs stallMs"),
  v.check(
    (rule) => rule.lie === undefined || rule.truncateAfterBytes !== undefined,
    "lie needs truncateAfterBytes",
  ),
  v.check(
    (rule) => (rule.headers === undefined && rule.body === undefined) || rule.status !== undefined,
    "headers and body need status",
  ),
  v.check(
    (rule) => !rule.expireToken || rule.surface === undefined || rule.surface === "site",
    "expireToken is about the site's bearers: surface can only be site",
  ),
);

export type FaultRule = v.InferOutput<typeof FaultRuleSchema>;

export const FaultListSchema = v.array(FaultRuleSchema);
