import type { Link, Row, Store } from "../types.ts";

/** Fields that name a row, first one that is filled; per type where it is not the usual order. */
const NAMED_BY: Readonly<Record<string, readonly string[]>> = {
  Attachment: ["display_name", "filename"],
  ApiUser: ["firstname"],
  Department: ["name"],
  HumanUser: ["name", "login"],
  Project: ["name"],
  Note: ["subject", "content"],
  PublishedFile: ["code", "name"],
  Reply: ["content"],
  Task: ["content"],
  Ticket: ["title"],
};
const USUAL = ["code", "name", "content", "subject", "title", "display_name", "description"];

/** What `cached_display_name` and the `name` of a link read (contract/rest.md 3). */
export function displayName(row: Row): string | null {
  for (const field of NAMED_BY[row.type] ?? USUAL) {
    const value = row.fields[field];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** The field that a create fills with a made-up name when it is left out; undefined for types that stay nameless. */
export function namingField(store: Store, type: string): string | undefined {
  if (type === "Attachment" || type === "Reply" || type === "Note") return undefined;
  const fields = store.type(type)?.fields;
  return (NAMED_BY[type] ?? ["code", "name", "content", "title"]).find((name) => fields?.has(name));
}

/** A link with its name; null when the row is not there or is retired, as the site shows it. */
export function namedLink(
  store: Store,
  link: Link,
): { id: number; name: string | null; type: string } | null {
  const row = store.row(link.type, link.id);
  return row && !row.retired ? { id: link.id, name: displayName(row), type: link.type } : null;
}
