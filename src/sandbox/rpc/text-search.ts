import * as v from "valibot";
import { renderRow } from "../files/render.ts";
import { runQuery } from "../query/run-query.ts";
import { displayName } from "../store/display-name.ts";
import { linksIn } from "../store/pairs.ts";
import { argsOf, type RpcMethod, typeOf } from "./call.ts";
import { FilterSchema } from "./filter.ts";

const TextSearchArgs = v.object({
  text: v.string(),
  entity_types: v.record(v.string(), FilterSchema),
  project_ids: v.optional(v.array(v.number()), []),
  max_results: v.nullish(v.pipe(v.number(), v.minValue(1)), 25),
});

/** `query_display_name_cache`: rows whose name holds every word, the types in the order asked, then the shortest name. */
export const textSearch: RpcMethod = (call, args) => {
  const wanted = argsOf(call, TextSearchArgs, args);
  const { sandbox } = call;
  const terms = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = Object.entries(wanted.entity_types).flatMap(([name, filter]) => {
    const { type } = typeOf(call, name);
    const query = { type, filter, sorts: [], page: null, retired: false, includeArchived: true };
    return runQuery(sandbox, { ...query, call: "text_search" })
      .filter((row) => {
        const shown = displayName(row)?.toLowerCase() ?? "";
        const [project] = linksIn(row.fields["project"]);
        const inProject = wanted.project_ids.length === 0 || wanted.project_ids.includes(project?.id ?? 0);
        return inProject && terms.every((term) => shown.includes(term));
      })
      .map((row) => {
        const { image = null, entity } = renderRow(sandbox, row, ["image", "entity"], "rpc");
        const linked = entity as { type: string; name: string | null } | null | undefined;
        return {
          id: row.id,
          type: row.type,
          name: displayName(row),
          project_id: linksIn(row.fields["project"])[0]?.id ?? null,
          image,
          links: [linked?.type ?? "", linked?.name ?? ""],
          status: row.fields["sg_status_list"] ?? null,
        };
      })
      .sort((a, b) => (a.name?.length ?? 0) - (b.name?.length ?? 0) || a.id - b.id);
  });
  return { terms, matches: matches.slice(0, wanted.max_results) };
};
