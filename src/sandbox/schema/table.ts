import type { FieldSchema, TypeSchema } from "../types.ts";

/** What a row of a table says beyond data type and display name. */
interface FieldExtra {
  /** Types that an entity or multi_entity field may link to. */
  types?: readonly string[];
  /** What a list or status_list may hold. */
  values?: readonly string[];
  /** Display names of status codes. */
  display?: Readonly<Record<string, string>>;
  default?: unknown;
  mandatory?: boolean;
  unique?: boolean;
  hidden?: boolean;
  readOnly?: boolean;
}

/** Data type, display name, and what differs from an ordinary visible, editable field. */
export type FieldRow = readonly [dataType: string, label: string, extra?: FieldExtra];

export interface TypeTable {
  type: string;
  label: string;
  hidden?: boolean;
  fields: Readonly<Record<string, FieldRow>>;
}

function propertiesOf(dataType: string, extra: FieldExtra): Record<string, unknown> {
  const properties: Record<string, unknown> = {
    default_value: extra.default ?? null,
    summary_default: "none",
  };
  if (dataType === "entity" || dataType === "multi_entity") properties["valid_types"] = extra.types ?? [];
  if (dataType === "list" || dataType === "status_list") properties["valid_values"] = extra.values ?? [];
  if (dataType === "status_list") {
    properties["display_values"] = extra.display ?? {};
    properties["hidden_values"] = [];
  }
  if (dataType === "url") properties["open_in_new_window"] = true;
  return properties;
}

/** The schema of a type, as the store keeps it, from its table. */
export function buildType(table: TypeTable): TypeSchema {
  const fields = new Map<string, FieldSchema>();
  for (const [name, [dataType, label, extra = {}]] of Object.entries(table.fields)) {
    fields.set(name, {
      name,
      label,
      dataType,
      editable: !extra.readOnly,
      mandatory: extra.mandatory ?? false,
      unique: extra.unique ?? false,
      visible: !extra.hidden,
      description: "",
      properties: propertiesOf(dataType, extra),
      custom: false,
      retired: false,
    });
  }
  return { type: table.type, label: table.label, visible: !table.hidden, fields };
}
