import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";
import { formatRef } from "../shared/records.ts";
import { suggestNames } from "../shared/suggest.ts";
import type { Api } from "./api.ts";
import { decodeReply } from "./decode.ts";
import { API_ROOT, recordPath } from "./entity-path.ts";
import type { Exchange } from "./exchange.ts";
import type { HandedUrls } from "./handed-urls.ts";
import { decodeMedia } from "./media-value.ts";
import { missingRecord } from "./records.ts";
import { explainAnswer } from "./site-answer.ts";
import type { ServerInfo, Site } from "./types.ts";

const Loose = v.fallback(v.optional(v.nullable(v.string())), null);
const InfoSchema = v.looseObject({
  data: v.looseObject({ shotgun_version: Loose, site_name: Loose, user_authentication_method: Loose }),
});
const PreferencesSchema = v.looseObject({ data: v.record(v.string(), v.unknown()) });
const FieldValueSchema = v.looseObject({ data: v.unknown() });

/** What the site says of itself, without a token (contract/login.md 1). */
export async function readServerInfo(
  origin: string,
  exchange: Exchange,
  signal?: AbortSignal,
): Promise<ServerInfo> {
  const what = "say what it is";
  const reply = await exchange({
    method: "GET",
    url: new URL(`${API_ROOT}/`, origin),
    headers: { accept: "application/json" },
    repeat: "safe",
    what,
    signal,
  });
  if (reply.status < 200 || reply.status >= 300) throw explainAnswer(reply, { origin, what });
  const { data } = decodeReply(InfoSchema, reply, { origin, what });
  if (data.shotgun_version == null && data.user_authentication_method == null) {
    throw new SgmediaError("E_SITE", `${origin} does not say that it is a Flow Production Tracking site.`, {
      why: "Its answer names neither a version nor a way to sign in.",
      fix: "Check --site.",
    });
  }
  return {
    version: data.shotgun_version ?? "unknown",
    siteName: data.site_name ?? null,
    authMethod: data.user_authentication_method ?? "default",
  };
}

type Reads = Pick<Site, "read" | "find" | "fields">;

export function createFacts(
  api: Api,
  reads: Reads,
  handed: HandedUrls,
): Pick<Site, "preferences" | "localStorages" | "media" | "attachmentsOf"> {
  return {
    async preferences(names, signal) {
      const answer = await api.json(PreferencesSchema, {
        path: `${API_ROOT}/preferences`,
        query: { prefs: names.join(",") },
        what: "tell its preferences",
        signal,
      });
      return answer.data;
    },

    /** contract/local-storage.md A: a row without a root is allowed and matches nothing. */
    async localStorages(signal) {
      const fields = ["code", "windows_path", "mac_path", "linux_path"];
      const rows = await reads.find("LocalStorage", [], { fields, ...(signal ? { signal } : {}) });
      const text = (value: unknown): string | null =>
        typeof value === "string" && value !== "" ? value : null;
      return rows.map(({ id, fields: row }) => ({
        id,
        name: text(row["code"]) ?? `LocalStorage ${id}`,
        windows: text(row["windows_path"]),
        mac: text(row["mac_path"]),
        linux: text(row["linux_path"]),
      }));
    },

    async media(record, field, signal) {
      const what = `read ${field} of ${formatRef(record)}`;
      const reply = await api.call({ path: recordPath(record, field), what, record, signal });
      if (reply.status >= 200 && reply.status < 300) {
        return decodeMedia(decodeReply(FieldValueSchema, reply, { origin: api.origin, what }).data);
      }
      throw await explainMediaRefusal(
        explainAnswer(reply, { origin: api.origin, what, record }),
        reply.status,
        {
          api,
          reads,
          record,
          field,
          signal,
        },
      );
    },

    async attachmentsOf(record, signal) {
      const linked = [["attachment_links", "is", { type: record.type, id: record.id }]] as const;
      const found = await reads.find("Attachment", linked, {
        fields: ATTACHMENT_FIELDS,
        sort: "id",
        ...(signal ? { signal } : {}),
      });
      handed.note(found);
      return found;
    },
  };
}

/** What stands in an Attachment that a person or a workflow asks for (contract/rest.md 7, 8). */
export const ATTACHMENT_FIELDS: readonly string[] = [
  "display_name",
  "filename",
  "original_fname",
  "file_extension",
  "file_size",
  "this_file",
  "attachment_links",
  "created_at",
  "created_by",
  "processing_status",
];

interface MediaQuestion {
  readonly api: Api;
  readonly reads: Reads;
  readonly record: { readonly type: string; readonly id: number };
  readonly field: string;
  readonly signal: AbortSignal | undefined;
}

/** Tells a missing record from an unknown field and from a field that holds no file: the site's answers are near alike. */
export async function explainMediaRefusal(
  error: SgmediaError,
  status: number,
  question: MediaQuestion,
): Promise<SgmediaError> {
  const { api, reads, record, field, signal } = question;
  if (status !== 400 && status !== 404 && status !== 406) return error;
  if (error.code === "E_TYPE_UNKNOWN") return error;
  if (!(await reads.read(record, [], signal))) return missingRecord(record, api.origin);
  const fields = await reads.fields(record.type, undefined, signal);
  const known = fields.get(field);
  if (!known) {
    const near = suggestNames(field, fields.keys());
    return new SgmediaError("E_FIELD_UNKNOWN", `${record.type} has no field "${field}".`, {
      why: near.length > 0 ? `Did you mean ${near.join(", ")}?` : error.why,
      fix: `sgmedia fields ${record.type}`,
      cause: error,
    });
  }
  if (known.acceptsFile) return error;
  return new SgmediaError("E_FIELD_TAKES_NO_FILE", `${field} of ${record.type} holds no file.`, {
    why: `It is a ${known.dataType} field.`,
    fix: `sgmedia fields ${record.type} --media`,
    cause: error,
  });
}
