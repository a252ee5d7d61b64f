import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";
import { formatRef } from "../shared/records.ts";
import type { AcceptedPart } from "../transfer/ports.ts";
import { plainSitePath, type UploadInfo, type UploadTicket } from "./upload-ticket.ts";

/** The body of a completion: the init's data verbatim, ETags in part order, names and tags (contract/rest.md 6.4). */
export function completionBody(
  ticket: UploadTicket,
  info: UploadInfo,
  parts: readonly AcceptedPart[],
): object {
  return { upload_info: { ...info, ...etagsOf(ticket, parts) }, upload_data: uploadData(ticket) };
}

/** Without quotes; only of a multipart. Throws E_STORAGE where the storage named none. */
function etagsOf(ticket: UploadTicket, parts: readonly AcceptedPart[]): { etags?: string[] } {
  if (ticket.mode !== "multipart") return {};
  const inOrder = [...parts].sort((a, b) => a.number - b.number);
  const etags = inOrder.map(({ number, etag }) => {
    if (etag !== null) return etag.replace(/^(?:W\/)?"|"$/g, "");
    throw new SgmediaError("E_STORAGE", `The storage gave part ${number} no ETag.`, {
      why: "Without it the parts cannot be joined.",
      fix: "A proxy may be taking the header away: run the command again with -v to see what answers.",
    });
  });
  return { etags };
}

/** It must be there even when empty; thumbnails take neither a name nor tags. */
function uploadData(ticket: UploadTicket): object {
  if (ticket.info.upload_type === "Thumbnail") return {};
  return {
    ...(ticket.displayName === null ? {} : { display_name: ticket.displayName }),
    ...(ticket.tagIds.length === 0 ? {} : { tags: ticket.tagIds.map((id) => ({ type: "Tag", id })) }),
  };
}

/** The site's one sentence for a part that is too small, missing or another than the one it names (contract/rest.md 6.4). */
export function notJoined(ticket: UploadTicket, parts: readonly AcceptedPart[], why: string): SgmediaError {
  return new SgmediaError(
    "E_STORAGE_REFUSED",
    `The storage did not join the parts of the upload for ${formatRef(ticket.record)}.`,
    {
      why: `${why} Of ${parts.length} parts one is missing, has changed, is under 5 MiB, or the upload has expired.`,
      fix: "Begin again: add --restart to the command.",
    },
  );
}

const SiteReplySchema = v.looseObject({
  data: v.looseObject({ upload_id: v.nullish(v.string()), original_filename: v.nullish(v.string()) }),
  links: v.nullish(v.looseObject({ complete_upload: v.nullish(v.string()) })),
});

/** `sg` storage answers the PUT with what completion needs beside the init's data (contract/rest.md 6.2). Throws E_SITE. */
export function mergeSiteReply(
  origin: string,
  ticket: UploadTicket,
  info: UploadInfo,
  body: string,
): UploadTicket {
  const reply = v.safeParse(SiteReplySchema, parseOrNull(body));
  if (!reply.success) {
    throw new SgmediaError("E_SITE", "The site's answer to the file cannot be read.", {
      why: "It names no upload to complete.",
      fix: "Run the command again.",
    });
  }
  const { data, links } = reply.output;
  return {
    ...ticket,
    info: {
      ...info,
      ...(data.upload_id == null ? {} : { upload_id: data.upload_id }),
      ...(data.original_filename == null ? {} : { original_filename: data.original_filename }),
    },
    completePath: links?.complete_upload ? plainSitePath(origin, links.complete_upload) : ticket.completePath,
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
