import type { Row, Sandbox } from "../types.ts";
import { type ConditionGroup, QueryError } from "./condition.ts";
import { fieldPath } from "./field-path.ts";
import { type Grouping, groupRows } from "./group-rows.ts";
import { runQuery } from "./run-query.ts";

export interface Summary {
  field: string;
  /** `count`, `record_count`, `sum`, `average`, `minimum`, `maximum`, `earliest`, `latest`, `checked`, `unchecked`, `percentage`, `status_percentage`, `status_list`. */
  type: string;
  /** What `percentage` and `status_percentage` count. */
  value?: unknown;
}

export interface SummaryQuery {
  type: string;
  filter: ConditionGroup | null;
  summaries: readonly Summary[];
  /** Outermost first. */
  groupings: readonly Grouping[];
  includeArchived: boolean;
}

export interface SummaryResult {
  summaries: Record<string, unknown>;
  groups: SummaryGroup[];
}

interface SummaryGroup {
  group_name: string;
  group_value: unknown;
  summaries: Record<string, unknown>;
  groups?: SummaryGroup[];
}

type Aggregate = (values: readonly unknown[], summary: Summary) => unknown;

const isFilled = (value: unknown): boolean =>
  value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);

function numbers(values: readonly unknown[]): number[] {
  return values.filter(isFilled).map(Number);
}

function total(values: readonly unknown[]): number {
  return numbers(values).reduce((sum, value) => sum + value, 0);
}

/** Numbers and instants alike: the site writes instants so that text order is their order. */
function extreme(sign: 1 | -1): Aggregate {
  return (values) => {
    const filled = values.filter(isFilled) as (number | string)[];
    return filled.reduce<number | string | null>(
      (best, value) => (best === null || (value > best ? 1 : -1) === sign ? value : best),
      null,
    );
  };
}

function percent(values: readonly unknown[], wanted: unknown): number {
  if (values.length === 0) return 0;
  return (100 * values.filter((value) => value === wanted).length) / values.length;
}

const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  record_count: (values) => values.length,
  count: (values) => values.filter(isFilled).length,
  sum: total,
  average: (values) => (numbers(values).length === 0 ? null : total(values) / numbers(values).length),
  minimum: extreme(-1),
  maximum: extreme(1),
  earliest: extreme(-1),
  latest: extreme(1),
  checked: (values) => values.filter((value) => value === true).length,
  unchecked: (values) => values.filter((value) => value !== true).length,
  percentage: (values, { value }) => `${Math.round(percent(values, value ?? true))}%`,
  status_percentage: (values, { value }) => `${Math.round(percent(values, value ?? "fin"))}%`,
  status_percentage_as_float: (values, { value }) => percent(values, value ?? "fin") / 100,
  status_list: (values) => {
    const [first, ...others] = new Set(values);
    return others.length === 0 ? (first ?? null) : "ip";
  },
};

function summariesOf(
  sandbox: Sandbox,
  type: string,
  rows: readonly Row[],
  summaries: readonly Summary[],
): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const summary of summaries) {
    const end = fieldPath(sandbox, "summarize", type, summary.field);
    const aggregate = Object.hasOwn(AGGREGATES, summary.type) ? AGGREGATES[summary.type] : undefined;
    if (!aggregate) {
      throw new QueryError(
        `API summarize() summary type '${summary.type}' is not valid for ${type}.${summary.field}.`,
      );
    }
    shown[summary.field] = aggregate(
      rows.map((row) => end.read(row)[0]),
      summary,
    );
  }
  return shown;
}

function groupsOf(
  sandbox: Sandbox,
  query: SummaryQuery,
  rows: readonly Row[],
  depth: number,
): SummaryGroup[] {
  const grouping = query.groupings[depth];
  if (!grouping) return [];
  return groupRows(sandbox, query.type, rows, grouping).map((group) => ({
    group_name: group.name,
    group_value: group.value,
    summaries: summariesOf(sandbox, query.type, group.rows, query.summaries),
    ...(depth + 1 < query.groupings.length
      ? { groups: groupsOf(sandbox, query, group.rows, depth + 1) }
      : {}),
  }));
}

/** Counts, sums and the like over the live rows that meet a filter, in all and per group. Throws QueryError. */
export function summarize(sandbox: Sandbox, query: SummaryQuery): SummaryResult {
  const { type, filter, includeArchived } = query;
  const rows = runQuery(sandbox, {
    call: "summarize",
    type,
    filter,
    sorts: [],
    page: null,
    retired: false,
    includeArchived,
  });
  return {
    summaries: summariesOf(sandbox, type, rows, query.summaries),
    groups: groupsOf(sandbox, query, rows, 0),
  };
}
