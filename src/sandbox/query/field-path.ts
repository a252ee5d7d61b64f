import { renderValue } from "../files/render.ts";
import { linksIn } from "../store/pairs.ts";
import type { FieldSchema, Link, Row, Sandbox } from "../types.ts";
import { type QueryCall, QueryError } from "./condition.ts";

/** A path that exists, ready to be read from any row of its type. */
export interface FieldPath {
  /** As it was written. */
  path: string;
  /** The type and field where it ends. */
  type: string;
  field: FieldSchema;
  /** The values at its end: one, or as many as a list of links on the way leads to; `[null]` where the way breaks off. */
  read(row: Row): readonly unknown[];
}

/** Fields that the site works out instead of storing. */
const COMPUTED = new Set([
  "cached_display_name",
  "open_notes",
  "processing_status",
  "read_by_current_user",
  "viewed_by_current_user",
]);

const NOTHING: readonly unknown[] = [null];

/** Links whose row is there and live: what a retired row leaves behind reads as empty. */
export function liveLinks(sandbox: Sandbox, value: unknown): Link[] {
  if (value === null || value === undefined) return [];
  return linksIn(value).filter((link) => sandbox.store.row(link.type, link.id)?.retired === false);
}

function readerOf(sandbox: Sandbox, field: FieldSchema): (row: Row) => unknown {
  const { name, dataType } = field;
  if (name === "id") return (row) => row.id;
  if (COMPUTED.has(name)) return (row) => renderValue(sandbox, row, field, "rpc");
  if (dataType === "entity") return (row) => liveLinks(sandbox, row.fields[name])[0] ?? null;
  if (dataType === "multi_entity") return (row) => liveLinks(sandbox, row.fields[name]);
  if (dataType === "checkbox") return (row) => row.fields[name] ?? false;
  return (row) => row.fields[name] ?? null;
}

/** Looks a path up in the schema. Throws QueryError for a field or a type that is not there, or a way over what is no link. */
export function fieldPath(sandbox: Sandbox, call: QueryCall, type: string, path: string): FieldPath {
  const missing = () => new QueryError(`API ${call}() ${type}.${path} doesn't exist.`);
  const parts = path.split(".");
  if (parts.length % 2 === 0) throw missing();
  const hops: { field: string; type: string }[] = [];
  let at = type;
  for (let index = 0; index + 2 < parts.length; index += 2) {
    const field = sandbox.store.type(at)?.fields.get(parts[index] ?? "");
    const next = parts[index + 1] ?? "";
    const isLink = field?.dataType === "entity" || field?.dataType === "multi_entity";
    if (!field || field.retired || !isLink || !sandbox.store.type(next)) throw missing();
    hops.push({ field: field.name, type: next });
    at = next;
  }
  const field = sandbox.store.type(at)?.fields.get(parts.at(-1) ?? "");
  if (!field || field.retired) throw missing();
  const value = readerOf(sandbox, field);
  if (hops.length === 0) return { path, type: at, field, read: (row) => [value(row)] };

  const read = (row: Row): readonly unknown[] => {
    let rows: Row[] = [row];
    for (const hop of hops) {
      rows = rows.flatMap((each) =>
        liveLinks(sandbox, each.fields[hop.field])
          .filter((link) => link.type === hop.type)
          .flatMap((link) => sandbox.store.row(link.type, link.id) ?? []),
      );
    }
    return rows.length === 0 ? NOTHING : rows.map(value);
  };
  return { path, type: at, field, read };
}
