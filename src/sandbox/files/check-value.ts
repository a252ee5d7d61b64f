import { linksIn } from "../store/pairs.ts";
import { kindOf, quoteValue, SiteError } from "../store/site-error.ts";
import type { FieldSchema, Link, Store } from "../types.ts";
import { notAHash } from "./write-media-value.ts";

/** Which write a value belongs to; goes into the site's messages. */
export interface WriteSite {
  call: "create" | "update";
  type: string;
}

function wrongKind(at: WriteSite, field: FieldSchema, accepted: string, value: unknown): SiteError {
  return new SiteError(
    400,
    `API ${at.call}() ${at.type}.${field.name} expected [${accepted}] data type(s) but got ${kindOf(value)}: ${quoteValue(value)}`,
  );
}

function notLegal(at: WriteSite, field: FieldSchema, why: string): SiteError {
  const verb = at.call === "create" ? "Create" : "Update";
  return new SiteError(400, `${verb} failed for [${at.type}.${field.name}]: ${why}`, {
    code: 104,
    source: null,
  });
}

function textValue(at: WriteSite, field: FieldSchema, value: unknown): string | null {
  if (value === null) return null;
  if (typeof value !== "string") throw wrongKind(at, field, "String, NilClass", value);
  const trimmed = value.trim();
  return trimmed === "" ? null : trimmed;
}

function numberValue(at: WriteSite, field: FieldSchema, value: unknown, whole: boolean): number | null {
  if (value === null) return null;
  const accepted = whole ? "String, Integer, NilClass" : "String, BigDecimal, Float, NilClass";
  if (typeof value !== "number" && typeof value !== "string") throw wrongKind(at, field, accepted, value);
  const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) {
    throw new SiteError(400, `Invalid data for '${field.dataType}' data type. Value: ${value}`);
  }
  if (whole && !Number.isInteger(number)) throw wrongKind(at, field, accepted, value);
  return whole ? number : Number(number.toFixed(6));
}

function listValue(at: WriteSite, field: FieldSchema, value: unknown): string | null {
  if (value === null || value === "") return null;
  if (typeof value !== "string") throw wrongKind(at, field, "String, NilClass", value);
  const valid = field.properties["valid_values"];
  if (Array.isArray(valid) && valid.length > 0 && !valid.includes(value)) {
    const legal = valid.map((each) => `'${each}'`).join(", ");
    throw notLegal(at, field, `'${value}' is not a valid list value. Valid list values: ${legal}.`);
  }
  return value;
}

function linkValue(store: Store, at: WriteSite, field: FieldSchema, value: unknown): Link {
  const types = () => `Valid entity types: ${quoteValue([...store.types()].map(({ type }) => type))}`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SiteError(400, `API ${at.call}() invalid/missing entity hash: ${quoteValue(value)}`);
  }
  const { type, id } = value as Record<string, unknown>;
  if (typeof type !== "string") {
    throw new SiteError(
      400,
      `API ${at.call}() invalid/missing entity hash string 'type': ${quoteValue(value)} ${types()}`,
    );
  }
  if (typeof id !== "number") {
    throw new SiteError(
      400,
      `API ${at.call}() invalid/missing entity hash integer 'id': ${quoteValue(value)}`,
    );
  }
  const row = store.row(type, id);
  if (!row || row.retired) throw notLegal(at, field, "Value is not legal.");
  // The site keeps its list of valid types as advice, apart from a few fields (contract/rest.md 3: links as {type,id}).
  if (field.name === "project" && type !== "Project")
    throw notLegal(at, field, `Project expected, got ${type}`);
  return { type, id };
}

function unique(links: readonly Link[]): Link[] {
  return links.filter(
    (link, at) => links.findIndex((other) => other.type === link.type && other.id === link.id) === at,
  );
}

function multiValue(
  store: Store,
  at: WriteSite,
  field: FieldSchema,
  value: unknown,
  before: unknown,
): Link[] {
  const links = (list: unknown): Link[] => {
    if (!Array.isArray(list)) {
      throw new SiteError(
        400,
        `API ${at.call}() invalid/missing array of entity hashes 'value': ${quoteValue(value)}`,
      );
    }
    return list.map((item) => linkValue(store, at, field, item));
  };
  if (Array.isArray(value)) return unique(links(value));
  if (typeof value !== "object" || value === null) throw wrongKind(at, field, "Array, Hash", value);
  const wrapper = value as Record<string, unknown>;
  const changed = "multi_entity_update_mode" in wrapper ? links(wrapper["value"]) : [];
  const old = linksIn(before);
  switch (wrapper["multi_entity_update_mode"]) {
    case "add":
      return unique([...old, ...changed]);
    case "remove":
      return old.filter((link) => !changed.some((gone) => gone.type === link.type && gone.id === link.id));
    case "set":
      return unique(changed);
    default:
      throw new SiteError(
        400,
        `API ${at.call}() invalid/missing string 'multi_entity_update_mode': ${quoteValue(value)}`,
      );
  }
}

function dateValue(at: WriteSite, field: FieldSchema, value: unknown): string | null {
  if (value === null || value === "") return null;
  if (typeof value !== "string") throw wrongKind(at, field, "String, NilClass", value);
  if (field.dataType === "date" && /^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  const ms = Date.parse(value);
  if (field.dataType === "date" || Number.isNaN(ms)) {
    throw new SiteError(400, `Invalid data for '${field.dataType}' data type. Value: ${value}`);
  }
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/**
 * A value as it is stored, for every data type but `url`, `image` and `password`. `before` is what the field holds, for
 * lists that are added to or taken from (contract/rest.md 3). Throws the site's own refusals.
 */
export function checkValue(
  store: Store,
  at: WriteSite,
  field: FieldSchema,
  value: unknown,
  before: unknown,
): unknown {
  switch (field.dataType) {
    case "text":
    case "entity_type":
    case "color":
    case "uuid":
      return textValue(at, field, value);
    case "number":
    case "duration":
    case "timecode":
      return numberValue(at, field, value, true);
    case "float":
    case "percent":
    case "currency":
      return numberValue(at, field, value, false);
    case "checkbox":
      if (value !== null && typeof value !== "boolean")
        throw wrongKind(at, field, "TrueClass, FalseClass, NilClass", value);
      return value ?? false;
    case "list":
    case "status_list":
      return listValue(at, field, value);
    case "date":
    case "date_time":
      return dateValue(at, field, value);
    case "entity":
      if (value === null) return null;
      if (typeof value !== "object" || Array.isArray(value))
        throw notAHash(at.call, at.type, field.name, value);
      return linkValue(store, at, field, value);
    case "multi_entity":
      return multiValue(store, at, field, value, before);
    case "tag_list":
      if (value !== null && !Array.isArray(value)) throw wrongKind(at, field, "Array, NilClass", value);
      return value ?? [];
    default:
      return value;
  }
}
