import * as v from "valibot";
import { summarize } from "../query/summarize.ts";
import { argsOf, type RpcMethod, typeOf } from "./call.ts";
import { FilterSchema } from "./filter.ts";

const SummarizeArgs = v.object({
  type: v.string(),
  filters: FilterSchema,
  summaries: v.array(v.object({ field: v.string(), type: v.string(), value: v.optional(v.unknown()) })),
  grouping: v.nullish(
    v.array(
      v.object({
        field: v.string(),
        type: v.optional(v.string(), "exact"),
        direction: v.optional(v.picklist(["asc", "desc"]), "asc"),
      }),
    ),
    [],
  ),
  include_archived_projects: v.optional(v.boolean(), true),
});

/** `summarize`: counts and sums, in all and per group. */
export const summarizeMethod: RpcMethod = (call, args) => {
  const wanted = argsOf(call, SummarizeArgs, args);
  return summarize(call.sandbox, {
    type: typeOf(call, wanted.type).type,
    filter: wanted.filters,
    summaries: wanted.summaries,
    groupings: wanted.grouping,
    includeArchived: wanted.include_archived_projects,
  });
};
