import { SgmediaError } from "../shared/errors.ts";
import { type AttachmentRef, formatRef } from "../shared/records.ts";
import type { SignedRequest, UploadPort } from "../transfer/ports.ts";
import type { Api } from "./api.ts";
import { throwIfCancelled, withGrace } from "./cancellation.ts";
import {
  type Claims,
  findNewAttachment,
  noteBefore,
  noteBeforePicture,
  type RecordSearches,
} from "./completed-upload.ts";
import { PartUrls } from "./part-urls.ts";
import { describeAnswer, explainAnswer, readComplaint } from "./site-answer.ts";
import type { Site, UploadRequest } from "./types.ts";
import { completionBody, mergeSiteReply, notJoined } from "./upload-completion.ts";
import { initUpload, type UploadInit } from "./upload-init.ts";
import { createTicket, readTicket, type UploadInfo, type UploadTicket } from "./upload-ticket.ts";

/** How long a first signed URL is taken for fresh; an upload URL's own lifetime is not known (contract/rest.md 6.3). */
const FIRST_URL_FRESH_MS = 5 * 60_000;
/** Time that an init gets to answer after the user gave up, so that a multipart it opened can be closed again. */
const GRACE_MS = 5_000;

/** What the uploads of one site share. */
export interface UploadHouse {
  readonly api: Api;
  readonly reads: Pick<Site, "read" | "find">;
  readonly nowMs: () => number;
  readonly claims: Claims;
  readonly stored: UploadPort<AttachmentRef>["stored"];
  readonly searches: RecordSearches;
  /**
   * Completions that reading back could not tell apart go one after the other (contract/rest.md 6.4): of one record's fields, and of
   * files under one name without a field.
   */
  readonly inTurn: <T>(key: string, work: () => Promise<T>) => Promise<T>;
}

/** One upload to a record: contract/rest.md 6. Signed URLs live in this object's memory, never in the ticket. */
export function createUpload(house: UploadHouse, request: UploadRequest): UploadPort<AttachmentRef> {
  const { api, nowMs } = house;
  const reads = { ...house.reads, origin: api.origin, searches: house.searches };
  const partUrls = new PartUrls(api);
  /** The URL that came with an init, by ticket: spares part 1's first try a round trip. */
  const firstUrls = new Map<string, { url: string; issuedAtMs: number }>();
  /** A single PUT asked for anew has another timestamp; completion must name the one whose URL took the bytes. */
  const latest = new Map<string, UploadInfo>();

  async function ticketOf(
    init: UploadInit,
    before: Promise<UploadTicket["before"]>,
    signal: AbortSignal,
  ): Promise<UploadTicket> {
    try {
      throwIfCancelled(signal);
      const noted = await before;
      const { mode, info, completePath, nextPartPath } = init;
      const isPicture = request.field !== null && info.upload_type === "Thumbnail";
      return createTicket(request, {
        mode,
        info,
        completePath,
        nextPartPath,
        before: isPicture ? await noteBeforePicture(reads, signal) : noted,
      });
    } catch (thrown) {
      // An open multipart is listed nowhere: who opened it closes it (contract/rest.md 6.1).
      if (init.mode === "multipart") await closeMultipart(init, undefined).catch(() => {});
      throw thrown;
    }
  }

  async function closeMultipart(
    open: Pick<UploadTicket, "completePath" | "info">,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const what = `close an upload for ${formatRef(request.record)}`;
    const path = `${open.completePath.split("?")[0]}/multipart_abort`;
    // The init's data, flat: the published wrapper is refused (contract/rest.md 6.5).
    const reply = await api.call({
      method: "POST",
      path,
      json: open.info,
      what,
      record: request.record,
      signal,
    });
    const gone = reply.status === 400 && /failed to abort/i.test(readComplaint(reply).text ?? "");
    if (gone || isOk(reply)) return;
    throw explainAnswer(reply, { origin: api.origin, what, record: request.record });
  }

  async function signed(ticket: UploadTicket, url: string, signal: AbortSignal): Promise<SignedRequest> {
    const target = usableUrl(url, ticket.mode === "site" ? api.origin : undefined);
    // Object storage takes one kind of proof only, and a bearer is none of its business.
    return { url: target.href, headers: ticket.mode === "site" ? await api.headersFor(target, signal) : {} };
  }

  function takeFirstUrl(ticket: UploadTicket): string | undefined {
    const first = firstUrls.get(ticket.key);
    firstUrls.delete(ticket.key);
    return first && nowMs() - first.issuedAtMs < FIRST_URL_FRESH_MS ? first.url : undefined;
  }

  async function initAgain(ticket: UploadTicket, signal: AbortSignal): Promise<string> {
    const again = await initUpload(api, request, false, signal);
    if (again.mode !== ticket.mode) {
      throw new SgmediaError("E_SITE", "The site changed its storage during the upload.", {
        why: `It took the file for "${ticket.info.storage_service}" and now wants it for "${again.info.storage_service}".`,
        fix: "Begin again: add --restart to the command.",
      });
    }
    latest.set(ticket.key, again.info);
    return again.uploadUrl;
  }

  return {
    async open({ multipart }, signal) {
      const before = noteBefore(reads, request, signal);
      // It is awaited once the init has answered; an earlier failure must not count as unhandled.
      before.catch(() => {});
      const grace = withGrace(signal, multipart ? GRACE_MS : 0);
      const init = await initUpload(api, request, multipart, grace.signal).finally(grace.stop);
      const ticket = await ticketOf(init, before, signal);
      firstUrls.set(ticket.key, { url: init.uploadUrl, issuedAtMs: nowMs() });
      return { mode: init.mode, ticket };
    },

    async issuePart(journalled, partNumber, signal) {
      const ticket = readTicket(journalled);
      const first = partNumber === 1 ? takeFirstUrl(ticket) : undefined;
      if (first !== undefined) return signed(ticket, first, signal);
      const inParts = ticket.mode === "multipart";
      return signed(
        ticket,
        await (inParts ? partUrls.issue(ticket, partNumber, signal) : initAgain(ticket, signal)),
        signal,
      );
    },

    acceptReply(journalled, body) {
      const ticket = readTicket(journalled);
      const merged = mergeSiteReply(api.origin, ticket, latest.get(ticket.key) ?? ticket.info, body);
      latest.set(ticket.key, merged.info);
      return merged;
    },

    async complete(journalled, parts, signal) {
      const ticket = readTicket(journalled);
      const json = completionBody(ticket, latest.get(ticket.key) ?? ticket.info, parts);
      const what = `complete the upload for ${formatRef(ticket.record)}`;
      const { completePath: path, record } = ticket;
      const turn =
        ticket.field === null ? JSON.stringify([formatRef(record), ticket.filename]) : formatRef(record);
      await house.inTurn(turn, async () => {
        const reply = await api.call({ method: "POST", path, json, repeat: "once", what, record, signal });
        // Its body is a space, or nothing, and names no Attachment: it is not read (contract/rest.md 6.4).
        if (isOk(reply)) return;
        if (reply.status === 400 && /completing multipart/i.test(readComplaint(reply).text ?? "")) {
          throw notJoined(ticket, parts, describeAnswer(reply, api.origin));
        }
        throw explainAnswer(reply, { origin: api.origin, what, record });
      });
    },

    findCompleted: (journalled, signal, proof) =>
      findNewAttachment(reads, readTicket(journalled), house.claims, signal, proof),

    stored: house.stored,

    async abort(journalled, signal) {
      const ticket = readTicket(journalled);
      firstUrls.delete(ticket.key);
      if (ticket.mode === "multipart") await closeMultipart(ticket, signal);
    },
  };
}

function isOk(reply: { readonly status: number }): boolean {
  return reply.status >= 200 && reply.status < 300;
}

/**
 * A signed URL that may be used: http or https. Where the site takes the bytes itself under its own name but another
 * scheme or port, as behind a proxy, the site's own origin is the one that works (contract/rest.md 6.2).
 */
function usableUrl(link: string, siteOrigin: string | undefined): URL {
  const url = URL.canParse(link, siteOrigin) ? new URL(link, siteOrigin) : undefined;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new SgmediaError("E_SITE", "The site names no usable address to send the file to.", {
      why: url ? `Its scheme is ${url.protocol.slice(0, -1)}.` : "It is no web address.",
    });
  }
  if (siteOrigin === undefined || url.hostname !== new URL(siteOrigin).hostname) return url;
  return new URL(`${url.pathname}${url.search}`, siteOrigin);
}
