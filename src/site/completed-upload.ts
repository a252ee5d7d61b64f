import type { AttachmentRef, RecordRef, SiteRecord } from "../shared/records.ts";
import type { Proof } from "../transfer/ports.ts";
import { createGathered } from "./gathered.ts";
import { decodeMedia } from "./media-value.ts";
import { missingRecord } from "./records.ts";
import { ATTACHMENT_FIELDS } from "./site-facts.ts";
import type { Filter, Site } from "./types.ts";
import type { Before, UploadTicket } from "./upload-ticket.ts";

type Reads = Pick<Site, "read" | "find">;

/** Searches for the Attachments of a record, shared by the uploads that wait for one at the same time. */
export interface RecordSearches {
  readonly newestId: (record: UploadTicket["record"], signal: AbortSignal) => Promise<number>;
  /** Attachments of the record above `newerThan`, and perhaps more. */
  readonly newer: (
    record: UploadTicket["record"],
    newerThan: number,
    signal: AbortSignal,
  ) => Promise<SiteRecord[]>;
}

export function createRecordSearches(site: Reads): RecordSearches {
  const linkedTo = (key: string): Filter => ["attachment_links", "is", JSON.parse(key) as RecordRef];
  const keyOf = ({ type, id }: RecordRef): string => JSON.stringify({ type, id });
  const newest = createGathered<string, number>(([key = ""], signal) =>
    newestId(site, [linkedTo(key)], signal),
  );
  const newer = createGathered<{ key: string; newerThan: number }, SiteRecord[]>((asks, signal) => {
    const lowest = Math.min(...asks.map((each) => each.newerThan));
    return site.find("Attachment", [linkedTo(asks[0]?.key ?? ""), ["id", "greater_than", lowest]], {
      fields: ATTACHMENT_FIELDS,
      sort: "id",
      signal,
    });
  });
  return {
    newestId: (record, signal) => newest(keyOf(record), keyOf(record), signal),
    newer: (record, newerThan, signal) => newer(keyOf(record), { key: keyOf(record), newerThan }, signal),
  };
}

/** Attachments that an upload of this process was already told is its own, by the ticket's key. */
export type Claims = Map<number, string>;

/**
 * What is there before an upload, so that afterwards the new Attachment can be told (contract/rest.md 6.4). A File/Link
 * field names its Attachment. A picture's field names none; its Attachment is the one that comes after the newest of the
 * whole site. Without a field it comes after the newest on the record.
 */
export async function noteBefore(
  site: Reads & { origin: string; searches: RecordSearches },
  request: { record: UploadTicket["record"]; field: string | null },
  signal: AbortSignal,
): Promise<Before> {
  if (request.field === null)
    return { kind: "record", newestId: await site.searches.newestId(request.record, signal) };
  const found = await site.read(request.record, [request.field], signal);
  if (!found) throw missingRecord(request.record, site.origin);
  return { kind: "field", ids: attachmentsIn(found.fields[request.field]).map(({ id }) => id) };
}

export async function noteBeforePicture(site: Reads, signal: AbortSignal): Promise<Before> {
  return { kind: "site", newestId: await newestId(site, [], signal) };
}

/**
 * The Attachment that a completed upload made, or undefined. Completion names none (contract/rest.md 6.4): it is the one
 * that is new since `before` and has the upload's name. Of several such it is the oldest that no other upload of this process
 * has claimed, since completions under one name go one after the other, and that proves to be ours: somebody else may have
 * sent a file of that name in the same moment.
 */
export async function findNewAttachment(
  site: Reads & { origin: string; searches: RecordSearches },
  ticket: UploadTicket,
  claims: Claims,
  signal: AbortSignal,
  proof?: Proof<AttachmentRef>,
): Promise<AttachmentRef | undefined> {
  const candidates = await newAttachments(site, ticket, signal);
  const mine = candidates.find(({ id }) => claims.get(id) === ticket.key);
  if (mine) return mine;
  const free = candidates.filter(({ id }) => !claims.has(id));
  for (const each of free) {
    // While one is being looked at, an upload beside this one may have taken the next.
    if (claims.has(each.id)) continue;
    claims.set(each.id, ticket.key);
    let isOurs = false;
    try {
      isOurs = await proves(each, free.length > 1, proof);
      if (isOurs) return each;
    } finally {
      if (!isOurs) claims.delete(each.id);
    }
  }
  return undefined;
}

async function proves(
  candidate: AttachmentRef,
  oneOfSeveral: boolean,
  proof: Proof<AttachmentRef> | undefined,
): Promise<boolean> {
  if (!proof || !(proof.always || oneOfSeveral)) return true;
  return proof.isOurs(candidate);
}

async function newAttachments(
  site: Reads & { origin: string; searches: RecordSearches },
  ticket: UploadTicket,
  signal: AbortSignal,
): Promise<AttachmentRef[]> {
  const { before, record, field } = ticket;
  if (before.kind === "field" && field !== null) {
    const found = await site.read(record, [field], signal);
    if (!found) throw missingRecord(record, site.origin);
    return attachmentsIn(found.fields[field])
      .filter(({ id, name }) => !before.ids.includes(id) && namesOf(ticket).has(name))
      .sort((a, b) => a.id - b.id);
  }
  const newestBefore = before.kind === "field" ? 0 : before.newestId;
  const found =
    before.kind === "record"
      ? await site.searches.newer(record, newestBefore, signal)
      : await site.find("Attachment", [["id", "greater_than", newestBefore]], {
          fields: ATTACHMENT_FIELDS,
          sort: "id",
          signal,
        });
  return found.filter((each) => each.id > newestBefore && mayBeOf(each, ticket)).map(asAttachment);
}

/** Fits by name, and hangs on this record or, as pictures may, on none. */
function mayBeOf(attachment: SiteRecord, ticket: UploadTicket): boolean {
  const wanted = namesOf(ticket);
  const media = decodeMedia(attachment.fields["this_file"]);
  const names = [
    "name" in media ? media.name : null,
    ...["filename", "original_fname", "display_name"].map((key) => attachment.fields[key]),
  ];
  if (!names.some((name) => typeof name === "string" && wanted.has(name))) return false;
  const links = linksIn(attachment.fields["attachment_links"]);
  return (
    links.length === 0 || links.some(({ type, id }) => type === ticket.record.type && id === ticket.record.id)
  );
}

function asAttachment(attachment: SiteRecord): AttachmentRef {
  const media = decodeMedia(attachment.fields["this_file"]);
  const told = [
    "name" in media ? media.name : null,
    attachment.fields["filename"],
    attachment.fields["display_name"],
  ].find((name) => typeof name === "string" && name !== "");
  return { type: "Attachment", id: attachment.id, name: typeof told === "string" ? told : "" };
}

/** The site may show the display name, the file's own, or what it made of it. */
function namesOf(ticket: UploadTicket): Set<string> {
  return new Set([
    ticket.filename,
    ticket.info.original_filename,
    ...(ticket.displayName === null ? [] : [ticket.displayName]),
  ]);
}

async function newestId(
  site: Reads,
  filters: Parameters<Site["find"]>[1],
  signal: AbortSignal,
): Promise<number> {
  const [newest] = await site.find("Attachment", filters, { fields: ["id"], sort: "-id", limit: 1, signal });
  return newest?.id ?? 0;
}

/** A File/Link field holds one, a field such as Note.attachments a list. */
function attachmentsIn(value: unknown): AttachmentRef[] {
  if (Array.isArray(value)) {
    return linksIn(value)
      .filter(({ type }) => type === "Attachment")
      .map(({ id, name }) => ({ type: "Attachment", id, name: name ?? "" }));
  }
  const media = decodeMedia(value);
  return "attachment" in media && media.attachment ? [media.attachment] : [];
}

function linksIn(value: unknown): { type: string; id: number; name?: string }[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (each): each is { type: string; id: number; name?: string } =>
      typeof each === "object" &&
      each !== null &&
      typeof each.type === "string" &&
      typeof each.id === "number",
  );
}
