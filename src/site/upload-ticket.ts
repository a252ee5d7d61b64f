import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";
import type { Ticket, UploadMode } from "../transfer/ports.ts";
import { IdSchema } from "./decode.ts";
import { resolveSiteLink } from "./site-origin.ts";
import type { UploadRequest } from "./types.ts";

/** The `data` of an upload's init, kept verbatim: completion and abort want it back (contract/rest.md 6.1, 6.4). */
export const UploadInfoSchema = v.looseObject({
  timestamp: v.string(),
  upload_type: v.string(),
  upload_id: v.nullish(v.string()),
  storage_service: v.string(),
  original_filename: v.string(),
  multipart_upload: v.nullish(v.boolean()),
});
export type UploadInfo = v.InferOutput<typeof UploadInfoSchema>;

/** What tells the new Attachment from those that were there: the ids in the field, or the newest id there was. */
const BeforeSchema = v.variant("kind", [
  v.object({ kind: v.literal("field"), ids: v.array(IdSchema) }),
  v.object({ kind: v.literal("record"), newestId: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  v.object({ kind: v.literal("site"), newestId: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
]);
export type Before = v.InferOutput<typeof BeforeSchema>;

const TicketSchema = v.object({
  version: v.literal(1),
  /** Names the ticket within a process; nothing on the site knows it. */
  key: v.string(),
  mode: v.picklist(["single", "multipart", "site"]),
  record: v.object({ type: v.string(), id: IdSchema }),
  field: v.nullable(v.string()),
  filename: v.string(),
  displayName: v.nullable(v.string()),
  tagIds: v.array(IdSchema),
  info: UploadInfoSchema,
  /** Root-relative; nothing signed in them. */
  completePath: v.string(),
  nextPartPath: v.nullable(v.string()),
  before: BeforeSchema,
});
export type UploadTicket = v.InferOutput<typeof TicketSchema>;

export function createTicket(
  request: UploadRequest,
  opened: {
    mode: UploadMode;
    info: UploadInfo;
    completePath: string;
    nextPartPath: string | null;
    before: Before;
  },
): UploadTicket {
  return {
    version: 1,
    key: randomUUID(),
    record: { type: request.record.type, id: request.record.id },
    field: request.field,
    filename: request.filename,
    displayName: request.displayName ?? null,
    tagIds: [...(request.tagIds ?? [])],
    ...opened,
  };
}

/** A ticket as it comes back from a journal. Throws E_JOURNAL. */
export function readTicket(ticket: Ticket): UploadTicket {
  const parsed = v.safeParse(TicketSchema, ticket);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new SgmediaError("E_JOURNAL", "The memory of this upload cannot be read.", {
    why: `Its ticket is not one of this version: ${v.getDotPath(issue) ?? issue.message}.`,
    fix: "Begin again with --restart.",
  });
}

/** Whatever a site puts into a query to prove something. None of it may reach a journal. */
const SIGNED_NAME = /signature|expir|token|secret|credential|policy|^x-amz-|^awsaccesskeyid$|^user_/i;

/** A link of the site without its origin and without anything signed in it. */
export function plainSitePath(origin: string, link: string): string {
  const url = resolveSiteLink(origin, link);
  for (const name of [...url.searchParams.keys()]) if (SIGNED_NAME.test(name)) url.searchParams.delete(name);
  return `${url.pathname}${url.search}`;
}

/** The init's data without values that are addresses: those are signed, and nobody asks for them back. */
export function keepInfo(info: UploadInfo): UploadInfo {
  const entries = Object.entries(info).filter(
    ([, value]) => typeof value !== "string" || !/^https?:/i.test(value),
  );
  return v.parse(UploadInfoSchema, {
    ...Object.fromEntries(entries),
    original_filename: info.original_filename,
  });
}
