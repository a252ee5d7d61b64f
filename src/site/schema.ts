import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";
import { suggestNames } from "../shared/suggest.ts";
import type { Api } from "./api.ts";
import { waitUnlessCancelled } from "./cancellation.ts";
import { API_ROOT } from "./entity-path.ts";
import type { FieldInfo, Site } from "./types.ts";

/** Every property comes as `{value, editable}` (contract/rest.md 5). */
const Text = v.looseObject({ value: v.string() });
const Truth = v.optional(v.looseObject({ value: v.nullable(v.boolean()) }));
const Names = v.optional(v.looseObject({ value: v.nullable(v.array(v.unknown())) }));
const FieldSchema = v.looseObject({
  name: Text,
  data_type: Text,
  editable: Truth,
  visible: Truth,
  properties: v.optional(v.nullable(v.looseObject({ valid_types: Names, valid_values: Names }))),
});
const FieldsSchema = v.looseObject({ data: v.record(v.string(), FieldSchema) });
const TypesSchema = v.looseObject({ data: v.record(v.string(), v.unknown()) });

/** The site's types and fields, each asked for once a run. */
export function createSchema(api: Api): Pick<Site, "fields" | "types"> {
  const kept = new Map<string, Promise<unknown>>();

  function once<T>(key: string, load: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    let loading = kept.get(key) as Promise<T> | undefined;
    if (!loading) {
      loading = load();
      kept.set(key, loading);
      loading.catch(() => kept.delete(key));
    }
    return waitUnlessCancelled(loading, signal);
  }

  const types = (signal?: AbortSignal): Promise<readonly string[]> =>
    once(
      "",
      async () => {
        const answer = await api.json(TypesSchema, {
          path: `${API_ROOT}/schema`,
          what: "list its record types",
        });
        return Object.keys(answer.data);
      },
      signal,
    );

  async function loadFields(
    type: string,
    projectId: number | undefined,
  ): Promise<ReadonlyMap<string, FieldInfo>> {
    try {
      const answer = await api.json(FieldsSchema, {
        path: `${API_ROOT}/schema/${encodeURIComponent(type)}/fields`,
        query: projectId === undefined ? undefined : { project_id: String(projectId) },
        what: `list the fields of ${type}`,
        record: undefined,
      });
      return new Map(Object.entries(answer.data).map(([name, field]) => [name, describeField(name, field)]));
    } catch (thrown) {
      if (thrown instanceof SgmediaError && thrown.code === "E_TYPE_UNKNOWN")
        throw await unknownType(type, thrown);
      throw thrown;
    }
  }

  async function unknownType(type: string, cause: SgmediaError): Promise<SgmediaError> {
    const near = suggestNames(type, await types().catch(() => []));
    return new SgmediaError("E_TYPE_UNKNOWN", `The site has no record type "${type}".`, {
      why: near.length > 0 ? `Did you mean ${near.join(", ")}?` : cause.why,
      fix: near[0] === undefined ? null : `sgmedia fields ${near[0]}`,
      cause,
    });
  }

  return {
    types,
    fields: (type, projectId, signal) =>
      once(`${type} ${projectId ?? ""}`, () => loadFields(type, projectId), signal),
  };
}

function describeField(name: string, field: v.InferOutput<typeof FieldSchema>): FieldInfo {
  const dataType = field.data_type.value;
  return {
    name,
    label: field.name.value,
    dataType,
    acceptsFile: dataType === "url" || dataType === "image",
    editable: field.editable?.value ?? false,
    visible: field.visible?.value ?? true,
    validTypes: textsOf(field.properties?.valid_types?.value),
    validValues: textsOf(field.properties?.valid_values?.value),
  };
}

function textsOf(values: readonly unknown[] | null | undefined): string[] {
  return (values ?? []).filter((value) => typeof value === "string");
}
