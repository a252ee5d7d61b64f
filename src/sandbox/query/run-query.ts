import { linksIn } from "../store/pairs.ts";
import type { Row, Sandbox } from "../types.ts";
import { compileFilter, idsIn } from "./compile-filter.ts";
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

function candidates(sandbox: Sandbox, type: string, filter: ConditionGroup | null): Iterable<Row> {
  const ids = idsIn(filter);
  if (!ids) return sandbox.store.rows(type);
  return [...new Set(ids)].flatMap((id) => sandbox.store.row(type, id) ?? []);
}

/** The rows that meet a filter, one page of them, and how many there are in all. Throws QueryError. */
export function runQuery(sandbox: Sandbox, query: Query): { rows: Row[]; total: number } {
  const { type, filter, page } = query;
  const call = query.call ?? "read";
  const fits = compileFilter(sandbox, call, type, filter);
  const found: Row[] = [];
  for (const row of candidates(sandbox, type, filter)) {
    if (row.retired !== query.retired || !fits(row)) continue;
    if (!query.includeArchived && isArchived(sandbox, row)) continue;
    found.push(row);
  }
  const sorted = sortRows(sandbox, call, type, found, query.sorts);
  const rows = page ? sorted.slice((page.number - 1) * page.size, page.number * page.size) : sorted;
  return { rows, total: sorted.length };
}
