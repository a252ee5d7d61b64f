import type { RecordLink, RecordRef, SiteRecord } from "../../shared/records.ts";
import { nameField, textOf } from "../resolve-record.ts";
import type { Work } from "../types.ts";

/** As many names as one question to the site holds. */
const NAMES_AT_ONCE = 200;

/** What a name means: one record, or why not. */
export type Found =
  | { readonly record: RecordLink; readonly fields: SiteRecord["fields"] }
  | { readonly problem: string };

/** What the site has under names; a name that is written with other capitals counts where none is written just so. */
export class NamedRecords {
  readonly #rows = new Map<string, SiteRecord[]>();
  readonly #field: string;

  constructor(field: string) {
    this.#field = field;
  }

  add(row: SiteRecord): void {
    const key = textOf(row, this.#field)?.toLowerCase() ?? "";
    this.#rows.set(key, [...(this.#rows.get(key) ?? []), row]);
  }

  /** These, and the others' where these have none of a name. */
  or(others: NamedRecords): NamedRecords {
    const both = new NamedRecords(this.#field);
    for (const [key, rows] of [...others.#rows, ...this.#rows]) both.#rows.set(key, rows);
    return both;
  }

  get(name: string): readonly SiteRecord[] {
    const all = this.#rows.get(name.toLowerCase()) ?? [];
    const exact = all.filter((row) => textOf(row, this.#field) === name);
    return exact.length > 0 ? exact : all;
  }
}

/** Records of a type in a project by name, many names a question. */
export async function findByName(
  work: Work,
  type: string,
  project: RecordRef | null,
  names: Iterable<string>,
  fields: readonly string[] = [],
): Promise<NamedRecords> {
  const field = nameField(type);
  const wanted = [...new Set(names)].filter((each) => each !== "");
  const found = new NamedRecords(field);
  for (let at = 0; at < wanted.length; at += NAMES_AT_ONCE) {
    const rows = await work.site.find(
      type,
      [
        ...(project ? [["project", "is", project] as const] : []),
        [field, "in", wanted.slice(at, at + NAMES_AT_ONCE)],
      ],
      { fields: [field, ...fields], sort: "id", signal: work.signal },
    );
    for (const row of rows) found.add(row);
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
