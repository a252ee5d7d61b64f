import type { RecordLink, RecordRef, SiteRecord } from "../../shared/records.ts";
import { nameField, textOf } from "../resolve-record.ts";
import type { Work } from "../types.ts";

/** As many names as one question to the site holds. */
const NAMES_AT_ONCE = 200;

/** What a name means: one record, or why not. */
export type Found =
  | { readonly record: RecordLink; readonly fields: SiteRecord["fields"] }
  | { readonly problem: string };

/** Records of a type in a project by name, many names a question. Names compare exactly. */
export async function findByName(
  work: Work,
  type: string,
  project: RecordRef | null,
  names: Iterable<string>,
  fields: readonly string[] = [],
): Promise<Map<string, SiteRecord[]>> {
  const field = nameField(type);
  const wanted = [...new Set(names)].filter((each) => each !== "");
  const found = new Map<string, SiteRecord[]>(wanted.map((each) => [each, []]));
  for (let at = 0; at < wanted.length; at += NAMES_AT_ONCE) {
    const rows = await work.site.find(
      type,
      [
        ...(project ? [["project", "is", project] as const] : []),
        [field, "in", wanted.slice(at, at + NAMES_AT_ONCE)],
      ],
      { fields: [field, ...fields], sort: "id", signal: work.signal },
    );
    for (const row of rows) found.get(textOf(row, field) ?? "")?.push(row);
  }
  return found;
}

/** Records of a type by id. */
export async function findById(
  work: Work,
  type: string,
  ids: Iterable<number>,
  fields: readonly string[] = [],
): Promise<Map<number, SiteRecord>> {
  const wanted = [...new Set(ids)];
  const found = new Map<number, SiteRecord>();
  for (let at = 0; at < wanted.length; at += NAMES_AT_ONCE) {
    const rows = await work.site.find(type, [["id", "in", wanted.slice(at, at + NAMES_AT_ONCE)]], {
      fields: [nameField(type), ...fields],
      signal: work.signal,
    });
    for (const row of rows) found.set(row.id, row);
  }
  return found;
}

/** One record out of those of a name, or the problem with there being none or several. */
export function exactlyOne(type: string, name: string, rows: readonly SiteRecord[] | undefined): Found {
  const [first] = rows ?? [];
  if (!first) return { problem: `no ${type} is named "${name}"` };
  if (rows && rows.length > 1) {
    return {
      problem: `"${name}" is the name of ${rows.length} ${type} records: ${rows.map((each) => `${type}:${each.id}`).join(", ")}`,
    };
  }
  return foundRecord(type, first);
}

export function foundRecord(type: string, row: SiteRecord): Found {
  const name = textOf(row, nameField(type));
  return { record: { type, id: row.id, ...(name === null ? {} : { name }) }, fields: row.fields };
}

/** The link in a field of a record; null where there is none. */
export function linkIn(fields: SiteRecord["fields"], field: string): RecordRef | null {
  const value = fields[field];
  if (typeof value !== "object" || value === null) return null;
  const { type, id } = value as { type?: unknown; id?: unknown };
  return typeof type === "string" && typeof id === "number" ? { type, id } : null;
}
