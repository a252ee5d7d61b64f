import * as v from "valibot";
import { renderRow } from "../files/render.ts";
import { runQuery } from "../query/run-query.ts";
import { SiteError } from "../store/site-error.ts";
import type { Row, Sandbox } from "../types.ts";
import { argsOf, type RpcMethod, typeOf } from "./call.ts";
import { FilterSchema } from "./filter.ts";
import { applyPresets } from "./presets.ts";

/** The largest page; `info` tells it (contract/rpc.md 1.4). */
export const MOST_PER_PAGE = 500;

const ReadArgs = v.object({
  type: v.string(),
  return_fields: v.optional(v.array(v.string()), ["id"]),
  filters: FilterSchema,
  return_only: v.optional(v.picklist(["active", "retired"]), "active"),
  paging: v.optional(
    v.object({
      entities_per_page: v.pipe(v.number(), v.integer(), v.minValue(1)),
      current_page: v.pipe(v.number(), v.integer(), v.minValue(1)),
    }),
    { entities_per_page: MOST_PER_PAGE, current_page: 1 },
  ),
  sorts: v.optional(
    v.array(v.object({ field_name: v.string(), direction: v.optional(v.picklist(["asc", "desc"]), "asc") })),
    [],
  ),
  include_archived_projects: v.optional(v.boolean(), true),
  additional_filter_presets: v.optional(v.unknown()),
  return_paging_info: v.optional(v.boolean(), false),
  return_paging_info_without_counts: v.optional(v.boolean(), false),
});

/** A record as `read`, `create` and `update` show it: flat, always with type and id. */
export function entityOf(sandbox: Sandbox, row: Row, fields: Iterable<string>): Record<string, unknown> {
  return { type: row.type, id: row.id, ...renderRow(sandbox, row, fields, "rpc") };
}

/** `read`: one page of the rows that meet a filter (contract/rpc.md 4.1). */
export const read: RpcMethod = (call, args) => {
  const wanted = argsOf(call, ReadArgs, args);
  const { sandbox } = call;
  const { type } = typeOf(call, wanted.type);
  const { entities_per_page: size, current_page: number } = wanted.paging;
  if (size > MOST_PER_PAGE) {
    throw new SiteError(400, `API read() entities_per_page is ${size}, at most ${MOST_PER_PAGE} are given.`);
  }
  const rows = runQuery(sandbox, {
    type,
    filter: wanted.filters,
    sorts: wanted.sorts.map((sort) => ({ field: sort.field_name, direction: sort.direction })),
    page: null,
    retired: wanted.return_only === "retired",
    includeArchived: wanted.include_archived_projects,
  });
  const found = applyPresets(sandbox, type, rows, wanted.additional_filter_presets);
  const page = found.slice((number - 1) * size, number * size);
  const paging: Record<string, unknown> = { current_page: number, entities_per_page: size };
  if (wanted.return_paging_info_without_counts) paging["has_next_page"] = found.length > number * size;
  if (wanted.return_paging_info) {
    paging["entity_count"] = found.length;
    paging["page_count"] = Math.ceil(found.length / size);
  }
  return {
    entities: page.map((row) => entityOf(sandbox, row, wanted.return_fields)),
    paging_info: paging,
  };
};
