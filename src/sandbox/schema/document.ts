import type { FieldSchema, TypeSchema } from "../types.ts";

/** A schema property as both surfaces send it: its value, and whether an administrator may change it. */
export interface SchemaProperty {
  value: unknown;
  editable: boolean;
}

const property = (value: unknown, editable = false): SchemaProperty => ({ value, editable });

/** A type without its fields (contract/rest.md 5, contract/rpc.md 4.3). */
export function typeDocument(type: TypeSchema): Record<string, SchemaProperty> {
  return { name: property(type.label), visible: property(type.visible) };
}

/** A field, every leaf wrapped in `{value, editable}`. */
export function fieldDocument(type: string, field: FieldSchema): Record<string, unknown> {
  const properties = Object.entries(field.properties).map(([name, value]) => [
    name,
    property(value, field.custom || name === "default_value" || name === "summary_default"),
  ]);
  return {
    name: property(field.label, true),
    description: property(field.description, true),
    entity_type: property(type),
    data_type: property(field.dataType),
    editable: property(field.editable),
    mandatory: property(field.mandatory),
    unique: property(field.unique),
    ui_value_displayable: property(true),
    visible: property(field.visible, field.custom),
    custom_metadata: property("", true),
    properties: Object.fromEntries(properties),
  };
}

/** Every live field of a type. */
export function fieldDocuments(type: TypeSchema): Record<string, Record<string, unknown>> {
  const live = [...type.fields.values()].filter((field) => !field.retired);
  return Object.fromEntries(live.map((field) => [field.name, fieldDocument(type.type, field)]));
}
