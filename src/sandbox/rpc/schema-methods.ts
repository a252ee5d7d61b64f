import * as v from "valibot";
import { fieldDocument, type SchemaProperty, typeDocument } from "../schema/document.ts";
import { SiteError } from "../store/site-error.ts";
import type { FieldSchema, Sandbox, TypeSchema } from "../types.ts";
import { argsOf, ProjectSchema, type RpcCall, type RpcMethod, typeOf } from "./call.ts";

const visibilityKey = (projectId: number, type: string, field: string): string =>
  `visible.${projectId}.${type}.${field}`;

/** A field as one project sees it: a project may hide what others show. */
function documentFor(
  sandbox: Sandbox,
  type: string,
  field: FieldSchema,
  projectId: number | undefined,
): Record<string, unknown> {
  const document = fieldDocument(type, field);
  const own =
    projectId === undefined ? undefined : sandbox.store.setting(visibilityKey(projectId, type, field.name));
  if (typeof own !== "boolean") return document;
  return { ...document, visible: { ...(document["visible"] as SchemaProperty), value: own } };
}

function fieldsOf(
  sandbox: Sandbox,
  type: TypeSchema,
  projectId: number | undefined,
): Record<string, unknown> {
  const live = [...type.fields.values()].filter((field) => !field.retired);
  return Object.fromEntries(
    live.map((field) => [field.name, documentFor(sandbox, type.type, field, projectId)]),
  );
}

const ProjectArgs = v.object({ project: ProjectSchema });

/** `schema_entity_read`: every type by name. */
export const readTypes: RpcMethod = (call, args) => {
  argsOf(call, ProjectArgs, args);
  return Object.fromEntries([...call.sandbox.store.types()].map((type) => [type.type, typeDocument(type)]));
};

/** `schema_read`: every field of every type. */
export const readSchema: RpcMethod = (call, args) => {
  const { project } = argsOf(call, ProjectArgs, args);
  const { sandbox } = call;
  const types = [...sandbox.store.types()];
  return Object.fromEntries(types.map((type) => [type.type, fieldsOf(sandbox, type, project?.id)]));
};

function fieldOf(call: RpcCall, type: TypeSchema, name: string): FieldSchema {
  const field = type.fields.get(name);
  if (field && !field.retired) return field;
  throw new SiteError(400, `API ${call.method}() ${type.type}.${name} doesn't exist.`);
}

const FieldReadArgs = v.object({
  type: v.string(),
  field_name: v.nullish(v.string()),
  project: ProjectSchema,
});

/** `schema_field_read`: all fields of a type, or one. */
export const readFields: RpcMethod = (call, args) => {
  const { type: name, field_name: fieldName, project } = argsOf(call, FieldReadArgs, args);
  const type = typeOf(call, name);
  if (fieldName === undefined || fieldName === null) return fieldsOf(call.sandbox, type, project?.id);
  const field = fieldOf(call, type, fieldName);
  return { [fieldName]: documentFor(call.sandbox, name, field, project?.id) };
};

const Properties = v.array(v.object({ property_name: v.string(), value: v.optional(v.unknown(), null) }));

/** Property names whose value is not kept under `properties`. */
const OWN = { name: "label", description: "description", visible: "visible" } as const;

function changeOf(
  field: Pick<FieldSchema, "properties">,
  properties: v.InferOutput<typeof Properties>,
): Partial<FieldSchema> {
  const change: Record<string, unknown> = {};
  const rest: Record<string, unknown> = { ...field.properties };
  for (const { property_name: name, value } of properties) {
    if (Object.hasOwn(OWN, name)) change[OWN[name as keyof typeof OWN]] = value;
    else rest[name] = value;
  }
  return { ...change, properties: rest };
}

const DATA_TYPES = [
  "checkbox",
  "currency",
  "date",
  "date_time",
  "duration",
  "entity",
  "float",
  "footage",
  "list",
  "multi_entity",
  "number",
  "percent",
  "status_list",
  "text",
  "timecode",
  "url",
] as const;

const FieldCreateArgs = v.object({
  type: v.string(),
  data_type: v.picklist(DATA_TYPES),
  properties: Properties,
});

function blankProperties(dataType: string): Record<string, unknown> {
  const properties: Record<string, unknown> = { default_value: null, summary_default: "none" };
  if (dataType === "entity" || dataType === "multi_entity") properties["valid_types"] = [];
  if (dataType === "list" || dataType === "status_list") properties["valid_values"] = [];
  if (dataType === "url") properties["open_in_new_window"] = true;
  return properties;
}

/** `schema_field_create`: the name is `sg_` and the display name in lower case (contract/rpc.md 4.3). */
export const createField: RpcMethod = (call, args) => {
  const { type: typeName, data_type: dataType, properties } = argsOf(call, FieldCreateArgs, args);
  const type = typeOf(call, typeName);
  const label = properties.find((each) => each.property_name === "name")?.value;
  if (typeof label !== "string" || !/[a-z0-9]/i.test(label)) {
    throw new SiteError(400, "API schema_field_create() invalid/missing string property 'name'.");
  }
  const words = label.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  const name = `sg_${words.replace(/^_+|_+$/g, "")}`;
  const known = type.fields.get(name);
  if (known) {
    // A deleted field keeps its name until someone deletes it for ever, which only people can do.
    const state = known.retired ? "a deleted field" : "a field";
    throw new SiteError(
      400,
      `API schema_field_create() ${typeName}.${name}: there is ${state} of that name.`,
    );
  }
  const blank: FieldSchema = {
    name,
    label,
    dataType,
    editable: true,
    mandatory: false,
    unique: false,
    visible: true,
    description: "",
    properties: blankProperties(dataType),
    custom: true,
    retired: false,
  };
  call.sandbox.store.addField(typeName, { ...blank, ...changeOf(blank, properties) });
  return name;
};

const FieldUpdateArgs = v.object({
  type: v.string(),
  field_name: v.string(),
  properties: Properties,
  project: ProjectSchema,
});

/** `schema_field_update`: with a project only the visibility there. */
export const updateField: RpcMethod = (call, args) => {
  const { type: name, field_name: fieldName, properties, project } = argsOf(call, FieldUpdateArgs, args);
  const field = fieldOf(call, typeOf(call, name), fieldName);
  const { store } = call.sandbox;
  if (!project) {
    store.changeField(name, fieldName, changeOf(field, properties));
    return true;
  }
  const visible = properties.find((each) => each.property_name === "visible")?.value;
  if (typeof visible !== "boolean") {
    throw new SiteError(400, "API schema_field_update() only 'visible' can be changed for a project.");
  }
  store.setSetting(visibilityKey(project.id, name, fieldName), visible);
  return true;
};

const FieldDeleteArgs = v.object({ type: v.string(), field_name: v.string() });

/** `schema_field_delete`: retires a field that someone added; the site's own fields stay. */
export const deleteField: RpcMethod = (call, args) => {
  const { type: name, field_name: fieldName } = argsOf(call, FieldDeleteArgs, args);
  const field = fieldOf(call, typeOf(call, name), fieldName);
  if (!field.custom) {
    throw new SiteError(400, `API schema_field_delete() ${name}.${fieldName} can't be deleted.`);
  }
  call.sandbox.store.changeField(name, fieldName, { retired: true });
  return true;
};
