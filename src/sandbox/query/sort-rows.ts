import { displayName } from "../store/display-name.ts";
import { linksIn } from "../store/pairs.ts";
import type { Row, Sandbox } from "../types.ts";
import type { QueryCall } from "./condition.ts";
import { fieldPath } from "./field-path.ts";

export interface Sort {
  /** A field or a way over links. */
  field: string;
  direction: "asc" | "desc";
}

type Key = string | number | null;

/** A value as something that can be put in order: links by name, text without case. */
export function sortKey(sandbox: Sandbox, value: unknown): Key {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "string") return value.toLowerCase();
  const [link] = linksIn(value);
  const row = link && sandbox.store.row(link.type, link.id);
  return row ? (displayName(row)?.toLowerCase() ?? null) : null;
}

/** Empty values come last on the way up and first on the way down. */
export function compareKeys(a: Key, b: Key): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : 1;
}

/** The rows in the order asked, equal ones by id. A sort by a file or a picture is ignored. Throws QueryError. */
export function sortRows(
  sandbox: Sandbox,
  call: QueryCall,
  type: string,
  rows: readonly Row[],
  sorts: readonly Sort[],
): Row[] {
  const columns = sorts
    .map(({ field, direction }) => ({
      end: fieldPath(sandbox, call, type, field),
      down: direction === "desc",
    }))
    .filter(({ end }) => end.field.dataType !== "url" && end.field.dataType !== "image");
  const keyed = rows.map((row) => ({
    row,
    keys: columns.map(({ end }) => sortKey(sandbox, end.read(row)[0])),
  }));
  keyed.sort((a, b) => {
    for (const [index, { down }] of columns.entries()) {
      const order = compareKeys(a.keys[index] ?? null, b.keys[index] ?? null);
      if (order !== 0) return down ? -order : order;
    }
    return a.row.id - b.row.id;
  });
  return keyed.map(({ row }) => row);
}
