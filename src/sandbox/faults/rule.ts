import * as v from "valibot";

const bytes = v.pipe(v.number(), v.integer(), v.minValue(0));
const milliseconds = v.pipe(v.number(), v.minValue(0));
const direction = v.optional(v.picklist(["received", "sent"]));

const pattern = v.pipe(
  v.string(),
  v.check((text) => {
    try {
      new RegExp(text);
      return true;
    } catch {
      return false;
    }
  }, "is no regular expression"),
);

/** One rule as a test writes it: which requests, and what happens to them (sandbox.md, Faults). */
export const FaultRuleSchema = v.strictObject({
  surface: v.optional(v.picklist(["site", "rpc", "storage"])),
  method: v.optional(v.string()),
  /** Against the path without its query. */
  path: v.optional(pattern),
  part: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  skip: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  times: v.optional(v.union([v.pipe(v.number(), v.integer(), v.minValue(1)), v.literal("always")]), 1),

  /** Answered in place of the real answer, once the request's body was read. */
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
  headers: v.optional(v.record(v.string(), v.string())),
  body: v.optional(v.string()),
  /** The connection is reset after so many body bytes, received (upload) or sent (download). */
  resetAfterBytes: v.optional(bytes),
  /** Nothing moves for so long, once `afterBytes` body bytes have. */
  stallMs: v.optional(milliseconds),
  afterBytes: v.optional(bytes, 0),
  bytesPerSecond: v.optional(v.pipe(v.number(), v.minValue(1))),
  /** Before the request is looked at. */
  latencyMs: v.optional(milliseconds),
  /** A body that ends early: under the Content-Length of the whole, or (`lie`) under one that says it is all. */
  truncateAfterBytes: v.optional(bytes),
  lie: v.optional(v.boolean(), false),
  corruptAtByte: v.optional(bytes),
  /** Which body the byte faults are about; by default the one the request is about: received for PUT and POST, else sent. */
  direction,
  /** 200 with the right ETag, and the bytes are gone. */
  storeNothing: v.optional(v.boolean(), false),
  /** Act, then cut the connection before a byte of the answer. */
  loseReply: v.optional(v.boolean(), false),
  /** A signed URL is judged expired. */
  expireUrl: v.optional(v.boolean(), false),
  /** A bearer is judged expired. */
  expireToken: v.optional(v.boolean(), false),
});

export type FaultRule = v.InferOutput<typeof FaultRuleSchema>;

export const FaultListSchema = v.array(FaultRuleSchema);
