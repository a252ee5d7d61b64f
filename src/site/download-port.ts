import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef } from "../shared/records.ts";
import type { DownloadPort, SignedRequest } from "../transfer/ports.ts";
import type { Api } from "./api.ts";
import { decodeReply } from "./decode.ts";
import { recordPath } from "./entity-path.ts";
import type { ExchangeReply } from "./exchange.ts";
import type { HandedUrls } from "./handed-urls.ts";
import { isPlaceholderUrl } from "./media-value.ts";
import { missingRecord } from "./records.ts";
import { explainAnswer, readComplaint } from "./site-answer.ts";
import { explainMediaRefusal } from "./site-facts.ts";
import type { MediaSource, Site } from "./types.ts";

/** Of an empty field; some sites give it for a missing record too (contract/rest.md 7, 9). */
const EMPTY_CODE = 104;

const DescriptionSchema = v.looseObject({
  data: v.nullish(v.union([v.string(), v.looseObject({ url: v.nullish(v.string()) })])),
});

/**
 * Where the bytes of a field or an Attachment are, asked anew each time (contract/rest.md 7): `alt` redirects to the
 * storage; a site that does not know `alt` describes the field instead, and its `url` is taken. Throws E_MEDIA_MISSING,
 * E_RECORD_MISSING, E_FIELD_UNKNOWN, E_SITE_BUSY while the file is being scanned, E_QUARANTINED.
 */
export function createDownload(
  api: Api,
  reads: Pick<Site, "read" | "find" | "fields">,
  source: MediaSource,
  handed: HandedUrls,
): DownloadPort {
  const record: RecordRef = source.kind === "field" ? source.record : { type: "Attachment", id: source.id };
  const field = source.kind === "field" ? source.field : "this_file";
  const path = recordPath(record, field);
  const what = `hand out ${field} of ${formatRef(record)}`;
  const asked = { origin: api.origin, what, record };

  async function signedRequest(link: string, signal: AbortSignal): Promise<SignedRequest> {
    const url = URL.canParse(link, api.origin) ? new URL(link, api.origin) : undefined;
    if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) {
      throw new SgmediaError(
        "E_SITE",
        `The site names no usable address for ${field} of ${formatRef(record)}.`,
        {
          why: url ? `Its scheme is ${url.protocol.slice(0, -1)}.` : "It is no web address.",
          fix: `sgmedia info ${formatRef(record)}`,
        },
      );
    }
    if (url.protocol === "http:" && api.origin.startsWith("https:")) {
      throw new SgmediaError("E_SITE", `The site sends ${field} of ${formatRef(record)} over plain http.`, {
        why: `Its address is on ${url.host}: whoever is on the way could read it, and the signature in it.`,
        fix: "Ask an administrator of the site: its storage must be reached by https.",
      });
    }
    if (url.origin === api.origin && isPlaceholderUrl(url.href)) {
      throw missingMedia("The site is still making it.", "Run the command again with --wait.");
    }
    return { url: url.href, headers: await api.headersFor(url, signal) };
  }

  function missingMedia(why: string, fix: string): SgmediaError {
    return new SgmediaError("E_MEDIA_MISSING", `${formatRef(record)} has no file in ${field}.`, { why, fix });
  }

  async function describedUrl(reply: ExchangeReply | undefined, signal: AbortSignal): Promise<SignedRequest> {
    const answer = reply ?? (await api.call({ path, what, record, signal }));
    if (!isOk(answer)) throw await explain(answer, signal);
    const { data } = decodeReply(DescriptionSchema, answer, asked);
    const url = typeof data === "string" ? data : data?.url;
    if (!url)
      throw missingMedia("The field is empty or links a local file.", `sgmedia info ${formatRef(record)}`);
    return signedRequest(url, signal);
  }

  async function explain(reply: ExchangeReply, signal: AbortSignal): Promise<SgmediaError> {
    const complaint = readComplaint(reply);
    const said = complaint.text === null ? null : `The site says "${complaint.text}".`;
    if (reply.status === 409) {
      return new SgmediaError("E_SITE_BUSY", `The site is still checking ${field} of ${formatRef(record)}.`, {
        why: said ?? "A new file is scanned before it is handed out.",
        fix: "Run the command again in a few minutes.",
      });
    }
    if (reply.status === 410) {
      return new SgmediaError("E_QUARANTINED", `The site has locked ${field} of ${formatRef(record)} away.`, {
        why: said ?? "Its scan found the file harmful.",
        fix: "Ask an administrator of the site.",
      });
    }
    if (reply.status === 404 && complaint.code === EMPTY_CODE) {
      const saysEmpty = /is empty|file not found/i.test(complaint.text ?? "");
      if (saysEmpty || (await reads.read(record, [], signal))) {
        return missingMedia(said ?? "The field is empty.", `sgmedia info ${formatRef(record)}`);
      }
      return missingRecord(record, api.origin);
    }
    return explainMediaRefusal(explainAnswer(reply, asked), reply.status, {
      api,
      reads,
      record,
      field,
      signal,
    });
  }

  return {
    async locate(signal) {
      const isOriginal = record.type === "Attachment" && field === "this_file" && source.alt !== "thumbnail";
      const known = isOriginal ? handed.take(record.id) : undefined;
      if (known !== undefined) return { url: known, headers: {} };
      const reply = await api.call({ path, query: { alt: source.alt ?? "original" }, what, record, signal });
      const location = reply.headers.get("location");
      if (reply.status >= 300 && reply.status < 400 && location !== null)
        return signedRequest(location, signal);
      if (isOk(reply)) return describedUrl(reply, signal);
      // What a site says that knows no `alt`: its own description of the field may do.
      if (reply.status === 400 || reply.status === 406) return describedUrl(undefined, signal);
      throw await explain(reply, signal);
    },
  };
}

function isOk(reply: ExchangeReply): boolean {
  return reply.status >= 200 && reply.status < 300;
}
