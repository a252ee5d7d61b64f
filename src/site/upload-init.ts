import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";
import { formatRef } from "../shared/records.ts";
import type { UploadMode } from "../transfer/ports.ts";
import type { Api } from "./api.ts";
import { decodeReply } from "./decode.ts";
import { recordPath } from "./entity-path.ts";
import { explainAnswer } from "./site-answer.ts";
import type { UploadRequest } from "./types.ts";
import { keepInfo, plainSitePath, type UploadInfo, UploadInfoSchema } from "./upload-ticket.ts";

const InitSchema = v.looseObject({
  data: UploadInfoSchema,
  links: v.looseObject({
    upload: v.string(),
    complete_upload: v.string(),
    get_next_part: v.nullish(v.string()),
  }),
});

export interface UploadInit {
  readonly mode: UploadMode;
  readonly info: UploadInfo;
  /** Signed, for part 1. */
  readonly uploadUrl: string;
  readonly completePath: string;
  readonly nextPartPath: string | null;
}

/**
 * Asks for an upload (contract/rest.md 6.1). Where several parts are refused with 400, as by `sg` storage and by older
 * sites without a field, one PUT is asked for instead. Nothing here creates a record; a multipart does open on the storage.
 */
export async function initUpload(
  api: Api,
  request: UploadRequest,
  multipart: boolean,
  signal: AbortSignal | undefined,
): Promise<UploadInit> {
  const what = `take an upload for ${formatRef(request.record)}`;
  const reply = await api.call({
    path: `${recordPath(request.record, request.field)}/_upload`,
    query: { filename: request.filename, ...(multipart ? { multipart_upload: "true" } : {}) },
    what,
    record: request.record,
    signal,
  });
  if (reply.status === 400 && multipart) return initUpload(api, request, false, signal);
  if (reply.status < 200 || reply.status >= 300) {
    throw explainAnswer(reply, { origin: api.origin, what, record: request.record });
  }
  const { data, links } = decodeReply(InitSchema, reply, { origin: api.origin, what });
  const completePath = plainSitePath(api.origin, links.complete_upload);
  const inParts = multipart && data.multipart_upload === true;
  return {
    mode: modeOf(data, inParts),
    info: keepInfo(data),
    uploadUrl: links.upload,
    completePath,
    nextPartPath: inParts ? nextPartPath(api.origin, completePath, data, links.get_next_part) : null,
  };
}

function modeOf(info: UploadInfo, inParts: boolean): UploadMode {
  if (info.storage_service === "sg") return "site";
  if (info.storage_service === "s3") return inParts ? "multipart" : "single";
  throw new SgmediaError("E_SITE", "The site keeps its files in a storage that is not known here.", {
    why: `It calls it "${info.storage_service}"; s3 and sg are known.`,
  });
}

/** The site's own link, or the same put together from its documented parts where it is left out (contract/rest.md 6.3). */
function nextPartPath(
  origin: string,
  completePath: string,
  info: UploadInfo,
  link: string | null | undefined,
): string {
  if (link) return plainSitePath(origin, link);
  const query = new URLSearchParams({
    filename: info.original_filename,
    part_number: "2",
    timestamp: info.timestamp,
    upload_id: info.upload_id ?? "",
    upload_type: info.upload_type,
  });
  return `${completePath.split("?")[0]}/multipart?${query}`;
}
