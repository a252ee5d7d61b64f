import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef, type SiteRecord } from "../shared/records.ts";
import { LostReply } from "../transfer/ports.ts";
import type { Api } from "./api.ts";
import { flattenRecord, RecordSchema } from "./decode.ts";
import { recordPath, typePath } from "./entity-path.ts";
import { holdsLinks, makesAttachment } from "./linked-files.ts";
import { explainAnswer } from "./site-answer.ts";
import type { Filter, FilterGroup, FindOptions, Site } from "./types.ts";

/** The site's own page size; 5001 and more is refused (contract/rest.md 4). */
const PAGE_SIZE = 500;
const ARRAY_FILTERS = "application/vnd+shotgun.api3_array+json";
const HASH_FILTERS = "application/vnd+shotgun.api3_hash+json";

const OneSchema = v.looseObject({ data: RecordSchema });
const ManySchema = v.looseObject({ data: v.array(RecordSchema) });
const CountSchema = v.looseObject({
  data: v.looseObject({ summaries: v.looseObject({ id: v.pipe(v.number(), v.integer(), v.minValue(0)) }) }),
});

type RecordCalls = Pick<Site, "read" | "find" | "count" | "create" | "update" | "addLinks" | "remove">;

/** Records of the site: contract/rest.md 3 and 4. */
export function createRecords(api: Api): RecordCalls {
  const records: RecordCalls = {
    async read(ref, fields, signal) {
      const call = {
        path: recordPath(ref),
        query: fields.length > 0 ? { fields: fields.join(",") } : undefined,
        what: `read ${formatRef(ref)}`,
        record: ref,
        signal,
      };
      try {
        return flattenRecord((await api.json(OneSchema, call)).data);
      } catch (thrown) {
        if (thrown instanceof SgmediaError && thrown.code === "E_RECORD_MISSING") return undefined;
        throw thrown;
      }
    },

    find: (type, filters, options) => findAll(api, type, filters, options),

    async count(type, filters, signal) {
      const answer = await api.json(CountSchema, {
        ...searchBody(filters, { summary_fields: [{ field: "id", type: "count" }] }),
        path: `${typePath(type)}/_summarize`,
        what: `count ${type} records`,
        signal,
      });
      return answer.data.summaries.id;
    },

    async create(type, fields, signal) {
      const what = `create a ${type}`;
      const reply = await api.accepted({
        method: "POST",
        path: typePath(type),
        json: fields,
        repeat: "once",
        what,
        signal,
      });
      const decoded = v.safeParse(OneSchema, parseOrNull(reply.text));
      // It was created; only its name for it did not arrive.
      if (!decoded.success) throw new LostReply(`The site's answer to "${what}" cannot be read.`);
      return flattenRecord(decoded.output.data);
    },

    async update(ref, fields, signal) {
      const put = async (repeat: "safe" | "once"): Promise<SiteRecord> => {
        const call = {
          method: "PUT",
          path: recordPath(ref),
          json: fields,
          repeat,
          what: `change ${formatRef(ref)}`,
          record: ref,
          signal,
        } as const;
        return flattenRecord((await api.json(OneSchema, call)).data);
      };
      if (!makesAttachment(fields)) return put("safe");
      // Each accepted write of a link makes another Attachment (contract/rest.md 8): look before asking again.
      try {
        return await put("once");
      } catch (thrown) {
        if (!(thrown instanceof LostReply)) throw thrown;
        const now = await records.read(ref, Object.keys(fields), signal);
        return now && holdsLinks(now.fields, fields) ? now : put("safe");
      }
    },

    async addLinks(ref, field, links, signal) {
      if (links.length === 0) return;
      const value = links.map(({ type, id }) => ({ type, id }));
      // The mode stands in the field's value; in the query string it would replace the list (contract/rest.md 3).
      await records.update(ref, { [field]: { multi_entity_update_mode: "add", value } }, signal);
    },

    async remove(ref, signal) {
      const what = `delete ${formatRef(ref)}`;
      const reply = await api.call({ method: "DELETE", path: recordPath(ref), what, record: ref, signal });
      if (reply.status >= 200 && reply.status < 300) return true;
      const error = explainAnswer(reply, { origin: api.origin, what, record: ref });
      if (error.code !== "E_RECORD_MISSING") throw error;
      // Gone at the second asking: the first, whose answer was lost, did it.
      return reply.attempts > 1;
    },
  };
  return records;
}

async function findAll(
  api: Api,
  type: string,
  filters: readonly Filter[] | FilterGroup,
  options: FindOptions,
): Promise<SiteRecord[]> {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const found = new Map<number, SiteRecord>();
  for (let number = 1; found.size < limit; number += 1) {
    const size = Math.min(PAGE_SIZE, limit);
    const page = await api.json(ManySchema, {
      ...searchBody(filters, { fields: options.fields, sort: options.sort ?? "id", page: { size, number } }),
      path: `${typePath(type)}/_search`,
      what: `search ${type} records`,
      signal: options.signal,
    });
    const before = found.size;
    for (const each of page.data) if (found.size < limit) found.set(each.id, flattenRecord(each));
    // `links.next` is always there and proves nothing; a page without anything new ends it too (contract/rest.md 4).
    if (page.data.length < size || found.size === before) break;
  }
  return [...found.values()];
}

function searchBody(filters: readonly Filter[] | FilterGroup, more: Readonly<Record<string, unknown>>) {
  const grouped = !Array.isArray(filters);
  return {
    method: "POST" as const,
    json: { filters, ...more },
    contentType: grouped ? HASH_FILTERS : ARRAY_FILTERS,
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Throws E_RECORD_MISSING where `read` gives nothing. */
export function missingRecord(ref: RecordRef, origin: string): SgmediaError {
  return new SgmediaError("E_RECORD_MISSING", `There is no ${formatRef(ref)} on ${origin}.`, {
    why: "It was deleted, never made, or this user may not see it.",
    fix: "Check the number.",
  });
}
