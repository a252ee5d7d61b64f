import { renderRow } from "../files/render.ts";
import { typeSlug } from "../schema/spelling.ts";
import type { Row, Sandbox } from "../types.ts";
import type { Call } from "./call.ts";

/** A record as the API shows it: links apart from everything else (contract/rest.md 3 and 4). */
export interface Resource {
  type: string;
  attributes: Record<string, unknown>;
  relationships: Record<string, unknown>;
  id: number;
  links: { self: string };
}

/** `/api/v1/entity/versions/23404`. */
export function recordPath(call: Call, type: string, id: number): string {
  return `${call.prefix}/entity/${typeSlug(type)}/${id}`;
}

function related(call: Call, data: unknown): Record<string, string> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return {};
  const { type, id } = data as { type: string; id: number };
  return { related: recordPath(call, type, id) };
}

function isLinkField(sandbox: Sandbox, type: string, path: string): boolean {
  const parts = path.split(".");
  const owner = parts.length > 1 ? (parts.at(-2) ?? "") : type;
  const dataType = sandbox.store.type(owner)?.fields.get(parts.at(-1) ?? "")?.dataType;
  return dataType === "entity" || dataType === "multi_entity";
}

/** Every live field of a type. */
export function allFields(sandbox: Sandbox, type: string): string[] {
  const fields = sandbox.store.type(type)?.fields.values() ?? [];
  return [...fields].filter((field) => !field.retired).map((field) => field.name);
}

export function resourceOf(call: Call, row: Row, fields: Iterable<string>): Resource {
  const self = recordPath(call, row.type, row.id);
  const attributes: Record<string, unknown> = {};
  const relationships: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(renderRow(call.sandbox, row, fields, "rest"))) {
    if (name === "id" || name === "type") continue;
    if (!isLinkField(call.sandbox, row.type, name)) attributes[name] = value;
    else if (name.includes(".")) attributes[name] = value;
    else {
      const links = { self: `${self}/relationships/${name}`, ...related(call, value) };
      relationships[name] = { data: value, links };
    }
  }
  return { type: row.type, attributes, relationships, id: row.id, links: { self } };
}

/** What a create answers: what was sent, what the site set, and every link (contract/rest.md 3). */
export function createdResource(call: Call, row: Row, sent: Iterable<string>): Resource {
  const links = allFields(call.sandbox, row.type).filter((name) => isLinkField(call.sandbox, row.type, name));
  const set = allFields(call.sandbox, row.type).filter((name) => {
    const value = row.fields[name];
    return value !== undefined && value !== null && !links.includes(name);
  });
  const resource = resourceOf(call, row, new Set(["cached_display_name", ...sent, ...set, ...links]));
  for (const name of ["created_at", "updated_at"]) {
    const value = resource.attributes[name];
    // A create writes its instants in another form than every read does.
    if (typeof value === "string") resource.attributes[name] = value.replace("T", " ").replace("Z", " UTC");
  }
  return resource;
}

/** A whole record with its links, as a read and an update answer it. */
export function recordDocument(call: Call, row: Row, fields: Iterable<string>): Record<string, unknown> {
  const data = resourceOf(call, row, fields);
  return { data, links: { self: data.links.self } };
}
