import { namedLink } from "../store/display-name.ts";
import { linksIn } from "../store/pairs.ts";
import type { Row, Sandbox } from "../types.ts";
import { QueryError } from "./condition.ts";
import { type FieldPath, fieldPath } from "./field-path.ts";
import { compareKeys, sortKey } from "./sort-rows.ts";

export interface Grouping {
  field: string;
  /** `exact`, `month`, `firstletter`, … */
  type: string;
  direction: "asc" | "desc";
}

/** Rows that share a value. */
export interface RowGroup {
  name: string;
  value: unknown;
  rows: Row[];
}

const STEPS: Readonly<Record<string, number>> = {
  tens: 10,
  hundreds: 100,
  thousands: 1000,
  tensofthousands: 10_000,
  hundredsofthousands: 100_000,
  millions: 1_000_000,
};

function startOf(unit: string, text: string): string {
  const date = new Date(Date.parse(text));
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const starts: Record<string, [number, number, number]> = {
    day: [year, month, day],
    week: [year, month, day - ((date.getUTCDay() + 6) % 7)],
    month: [year, month, 1],
    quarter: [year, month - (month % 3), 1],
    year: [year, 0, 1],
  };
  const start = starts[unit] ?? [year, month, day];
  return new Date(Date.UTC(...start)).toISOString().slice(0, 10);
}

/** The value that stands for a group, and its name. */
function groupOf(
  sandbox: Sandbox,
  end: FieldPath,
  type: string,
  value: unknown,
): { name: string; value: unknown } {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) {
    return { name: "", value: null };
  }
  const links = linksIn(value);
  if (type === "entitytype") return { name: links[0]?.type ?? "", value: links[0]?.type ?? null };
  if (type === "exact") {
    if (links.length === 0) return { name: String(value), value };
    const named = links.flatMap((link) => namedLink(sandbox.store, link) ?? []);
    const name = named.map((each) => each.name ?? "").join(", ");
    return { name, value: end.field.dataType === "entity" ? (named[0] ?? null) : named };
  }
  if (type === "firstletter") {
    const letter = String(sortKey(sandbox, value) ?? "")
      .slice(0, 1)
      .toUpperCase();
    return { name: letter, value: letter };
  }
  const step = STEPS[type];
  if (step !== undefined && typeof value === "number") {
    const low = Math.floor(value / step) * step;
    return { name: `${low}-${low + step - 1}`, value: low };
  }
  if (["day", "week", "month", "quarter", "year"].includes(type) && typeof value === "string") {
    const start = startOf(type, value);
    return { name: start, value: start };
  }
  throw new QueryError(
    `API summarize() grouping type '${type}' is not valid for data type '${end.field.dataType}'.`,
  );
}

/** Splits rows by one field, in the order asked. Throws QueryError. */
export function groupRows(
  sandbox: Sandbox,
  type: string,
  rows: readonly Row[],
  grouping: Grouping,
): RowGroup[] {
  const end = fieldPath(sandbox, "summarize", type, grouping.field);
  const groups = new Map<string, RowGroup>();
  for (const row of rows) {
    const { name, value } = groupOf(sandbox, end, grouping.type, end.read(row)[0]);
    const key = JSON.stringify(value);
    const group = groups.get(key) ?? { name, value, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  const sign = grouping.direction === "desc" ? -1 : 1;
  return [...groups.values()].sort(
    (a, b) => sign * compareKeys(sortKey(sandbox, a.value), sortKey(sandbox, b.value)),
  );
}
