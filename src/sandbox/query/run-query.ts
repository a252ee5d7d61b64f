import { linksIn } from "../store/pairs.ts";
import type { Row, Sandbox } from "../types.ts";
import { compileFilter, idBounds } from "./compile-filter.ts";
import type { ConditionGroup, QueryCall } from "./condition.ts";
import { type Sort, sortRows } from "./sort-rows.ts";

export interface Query {
  /** Which call asks, for the site's messages; `read` unless said. */
  call?: QueryCall;
  /** CamelCase singular. */
  type: string;
  /** null: everything. */
  filter: ConditionGroup | null;
  /** Empty: by id. */
  sorts: readonly Sort[];
  /** Numbers start at 1; null: everything. */
  page: { size: number; number: number } | null;
  /** true: the retired rows and only they. */
  retired: boolean;
  /** false leaves out what belongs to an archived project. */
  includeArchived: boolean;
}

/** Whether the project of a row, or the project itself, is archived. */
function isArchived(sandbox: Sandbox, row: Row): boolean {
  const [project] = row.type === "Project" ? [row] : linksIn(row.fields["project"]);
  return project !== undefined && sandbox.store.row("Project", project.id)?.fields["archived"] === true;
}

/** The rows that can meet a filter, by id. */
function candidates(sandbox: Sandbox, type: string, filter: ConditionGroup | null): Row[] {
  const { ids, above } = idBounds(filter);
  const rows = ids
    ? [...new Set(ids)].flatMap((id) => sandbox.store.row(type, id) ?? [])
    : [...sandbox.store.rows(type)].filter((row) => row.id > above);
  return rows.sort((a, b) => a.id - b.id);
}

/** The rows that meet a filter, or one page of them. By id it reads no further than to the page's end. Throws QueryError. */
export function runQuery(sandbox: Sandbox, query: Query): Row[] {
  const { type, filter, page, sorts } = query;
  const call = query.call ?? "read";
  const fits = compileFilter(sandbox, call, type, filter);
  const byId = sorts.every(({ field }) => field === "id");
  const rows = candidates(sandbox, type, filter);
  if (byId && sorts[0]?.direction === "desc") rows.reverse();
  const enough = byId && page ? page.number * page.size : Number.POSITIVE_INFINITY;
  const found: Row[] = [];
  for (const row of rows) {
    if (found.length >= enough) break;
    if (row.retired !== query.retired || !fits(row)) continue;
    if (!query.includeArchived && isArchived(sandbox, row)) continue;
    found.push(row);
  }
  const sorted = byId ? found : sortRows(sandbox, call, type, found, sorts);
  return page ? sorted.slice((page.number - 1) * page.size, page.number * page.size) : sorted;
}
