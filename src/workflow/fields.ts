import { SgmediaError } from "../shared/errors.ts";
import { resolveProject } from "./resolve-record.ts";
import type { FieldRow, FieldsInput, Work } from "./types.ts";

/** `sgmedia fields`: the fields of a type, those that the web page hides included. Throws E_NO_MATCH when none is left. */
export async function listFields(work: Work, input: FieldsInput): Promise<FieldRow[]> {
  const projectId = work.project === null ? undefined : (await resolveProject(work, work.project)).ref.id;
  const fields = await work.site.fields(input.type, projectId, work.signal);
  const wanted = input.match?.toLowerCase() ?? null;
  const rows = [...fields.values()]
    .filter(
      (each) =>
        wanted === null ||
        each.name.toLowerCase().includes(wanted) ||
        each.label.toLowerCase().includes(wanted),
    )
    .filter((each) => input.dataTypes.length === 0 || input.dataTypes.includes(each.dataType))
    .filter((each) => !input.media || each.acceptsFile)
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(
      ({ name, label, dataType, acceptsFile, editable, visible }): FieldRow => ({
        ok: true,
        name,
        label,
        dataType,
        acceptsFile,
        editable,
        visible,
      }),
    );
  if (rows.length > 0) return rows;
  const kinds = [...new Set([...fields.values()].map((each) => each.dataType))].sort();
  throw new SgmediaError("E_NO_MATCH", `No field of ${input.type} is like that.`, {
    why: `It has ${fields.size} fields of the types ${kinds.join(", ")}.`,
    fix: `sgmedia fields ${input.type}`,
  });
}
