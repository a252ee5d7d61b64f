import { randomUUID } from "node:crypto";
import { setPassword } from "../auth/secrets.ts";
import { namingField } from "../store/display-name.ts";
import { linksIn } from "../store/pairs.ts";
import { notFound, quoteValue, SiteError } from "../store/site-error.ts";
import type { Caller, FieldSchema, Link, Row, Sandbox } from "../types.ts";
import { projectOf, tagsByName } from "./attach-file.ts";
import { checkValue } from "./check-value.ts";
import { extensionOf } from "./content-type.ts";
import { linkedFile, notAHash, writeMediaValue } from "./write-media-value.ts";

/** Who writes, and over which surface. */
export interface Writer {
  sandbox: Sandbox;
  caller: Caller;
  dialect: "rest" | "rpc";
}

type Values = Readonly<Record<string, unknown>>;

const CREATE_ONLY = new Set(["created_at", "created_by", "updated_at", "updated_by"]);
const NEEDS_NO_PROJECT = new Set(["Attachment", "Booking", "EventLogEntry", "Page", "TimeLog"]);

function fieldOf(writer: Writer, call: "create" | "update", type: string, name: string): FieldSchema {
  const field = writer.sandbox.store.type(type)?.fields.get(name);
  if (!field || field.retired) {
    const title = `API ${call}() ${type}.${name} doesn't exist.`;
    throw new SiteError(400, title, { source: { [`${type}.${name}`]: " doesn't exist." } });
  }
  const createOnly = CREATE_ONLY.has(name) || (type === "Attachment" && name === "this_file");
  if (createOnly && call === "update") {
    throw new SiteError(400, `API update() ${type}.${name} is editable on create only.`);
  }
  if (name === "can_impersonate_this_user") {
    throw new SiteError(400, `The field is not editable for this user: [${type}.${name}].`, { code: 104 });
  }
  if (!field.editable && !CREATE_ONLY.has(name)) {
    throw new SiteError(400, `API ${call}() ${type}.${name} is read only.`);
  }
  return field;
}

function refusePicture(call: "create" | "update", type: string, field: string, value: unknown): never {
  if (typeof value !== "object" || Array.isArray(value)) throw notAHash(call, type, field, value);
  if (typeof (value as Record<string, unknown>)["type"] !== "string") {
    throw new SiteError(400, `API ${call}() invalid/missing entity hash string 'type': ${quoteValue(value)}`);
  }
  throw new SiteError(
    400,
    `API ${call}(): Write access of the 'image' data type (${type}.${field}) not yet supported in API`,
  );
}

function assertUnique(writer: Writer, call: "create" | "update", row: Row, names: readonly string[]): void {
  const { store } = writer.sandbox;
  const verb = call === "create" ? "Create" : "Update";
  for (const name of names) {
    const field = store.type(row.type)?.fields.get(name);
    const storageCode = row.type === "LocalStorage" && name === "code";
    const value = row.fields[name];
    if (!(field?.unique || storageCode) || value === null) continue;
    const twin = [...store.rows(row.type)].find(
      (other) => other.id !== row.id && !other.retired && other.fields[name] === value,
    );
    if (!twin) continue;
    const title = storageCode
      ? `${verb} failed for [LocalStorage]: Validation failed: Code is already in use by an active or retired local storage`
      : `${verb} failed for [${row.type}]: The value for the ${field?.label} field is required to be unique. <br> `;
    throw new SiteError(400, title, { code: 104, source: null });
  }
}

/** Writes the values to a row that exists. Media values come last, since each makes an Attachment. */
function writeValues(writer: Writer, call: "create" | "update", row: Row, values: Values): void {
  const { sandbox, caller, dialect } = writer;
  const { store } = sandbox;
  const plain: Record<string, unknown> = {};
  const media: [string, unknown][] = [];
  for (const [name, value] of Object.entries(values)) {
    if (name === "cached_display_name" || name === "viewed_by_current_user") continue;
    const field = fieldOf(writer, call, row.type, name);
    if (field.dataType === "url") media.push([name, value ?? null]);
    else if (field.dataType === "image") {
      if (value !== null) refusePicture(call, row.type, name, value);
      plain[name] = null;
      if (name === "image" && store.type(row.type)?.fields.has("filmstrip_image"))
        plain["filmstrip_image"] = null;
    } else if (field.dataType === "password") {
      setPassword(store, row, typeof value === "string" ? value : null);
      plain[name] = value === null ? null : "*******";
    } else {
      const checked = checkValue(store, { call, type: row.type }, field, value, row.fields[name]);
      plain[name] = checked;
      if (name === "tag_list" && Array.isArray(checked)) {
        plain["tags"] = tagsByName(store, checked.map(String), caller.as);
      }
    }
  }
  if (Object.keys(plain).length > 0) store.change(row.type, row.id, plain, caller.as);
  const record: Link = { type: row.type, id: row.id };
  for (const [field, value] of media) {
    const target = { call, record, field, by: caller.as, dialect };
    if (row.type === "Attachment" && field === "this_file") {
      if (value === null) continue;
      const file = linkedFile(sandbox, target, value);
      store.change(
        "Attachment",
        row.id,
        {
          this_file: file,
          filename: file.name,
          file_extension: extensionOf(file.name),
          display_name: row.fields["display_name"] ?? file.name,
          local_storage: file.linkType === "local" ? { type: "LocalStorage", id: file.storageId } : null,
        },
        caller.as,
      );
    } else writeMediaValue(sandbox, target, value);
  }
  assertUnique(writer, call, row, Object.keys(plain));
}

function defaultsOf(sandbox: Sandbox, type: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const field of sandbox.store.type(type)?.fields.values() ?? []) {
    const value = field.properties["default_value"] ?? (field.dataType === "checkbox" ? false : null);
    if (value !== null && !field.retired) fields[field.name] = value;
    if (field.dataType === "uuid") fields[field.name] = randomUUID();
  }
  return fields;
}

function assertProject(writer: Writer, type: string, values: Values): void {
  const needs = writer.sandbox.store.type(type)?.fields.has("project") && !NEEDS_NO_PROJECT.has(type);
  if (!needs || values["project"] != null) return;
  throw new SiteError(400, `API create() missing 'project' attribute: ${quoteValue(values)}`);
}

function nameRow(writer: Writer, row: Row): void {
  const { store } = writer.sandbox;
  const field = namingField(store, row.type);
  if (field && (row.fields[field] ?? null) === null) {
    const label = store.type(row.type)?.label ?? row.type;
    store.change(row.type, row.id, { [field]: `New ${label} ${row.id}` }, writer.caller.as);
  }
  if (row.type === "HumanUser" && (row.fields["firstname"] ?? null) === null) {
    const [first = "", ...rest] = String(row.fields["name"]).split(" ");
    store.change(row.type, row.id, { firstname: first, lastname: rest.join(" ") || null }, writer.caller.as);
  }
  if (row.type === "Attachment" && (row.fields["project"] ?? null) === null) {
    const [first] = linksIn(row.fields["attachment_links"]);
    const project = projectOf(store, first ?? null);
    if (project) store.change(row.type, row.id, { project }, writer.caller.as);
  }
}

/**
 * Makes a row from field values as they came over the wire: defaults filled, a name made up where there is none, links
 * checked, media links turned into Attachments. All or nothing. Throws SiteError.
 */
export function createRecord(writer: Writer, type: string, values: Values): Row {
  const { store } = writer.sandbox;
  assertProject(writer, type, values);
  return store.transaction(() => {
    const defaults = defaultsOf(writer.sandbox, type);
    if (type === "Note" || type === "Reply") defaults["user"] = writer.caller.as;
    const row = store.insert(type, defaults, writer.caller.as);
    writeValues(writer, "create", row, values);
    nameRow(writer, row);
    return row;
  });
}

/** Changes the named fields of a live row. All or nothing. Throws SiteError, 404 when there is no such row. */
export function updateRecord(writer: Writer, type: string, id: number, values: Values): Row {
  const { store } = writer.sandbox;
  const row = store.row(type, id);
  if (!row || row.retired) throw missingRecord(type, id);
  return store.transaction(() => {
    writeValues(writer, "update", row, values);
    return row;
  });
}

/** Retires a live row; false when there is none. */
export function retireRecord(writer: Writer, type: string, id: number): boolean {
  return writer.sandbox.store.retire(type, id, writer.caller.as);
}

/** The 404 of a write to a row that is not there (contract/rest.md 3). */
export function missingRecord(type: string, id: number): SiteError {
  return notFound(`Entity of type [${type}] with id=${id} does not exist.`, 104);
}
