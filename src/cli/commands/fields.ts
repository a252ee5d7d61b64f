import { addCommonOptions, newCommand } from "../base-command.ts";
import type { CliContext } from "../context.ts";
import { SITE_EXITS } from "../exit-codes.ts";
import { addProjectOption } from "../options/record-options.ts";
import { runVerb } from "../verb.ts";

export function fieldsCommand(context: CliContext) {
  const command = newCommand(context, "fields", {
    summary: "List the fields of a record type, hidden ones too",
    examples: [
      "sgmedia fields Version --match uploaded",
      "sgmedia fields Version --media",
      'sgmedia fields Shot --type url,image --project "project X"',
    ],
    exits: SITE_EXITS,
  })
    .argument("<type>", "a record type, such as Version")
    .option("--match <text>", "only those with this text in name or label")
    .option("--type <types>", "only those of these data types, separated by commas", splitTypes)
    .option("--media", "only those that take a file");
  addProjectOption(command, "Options:");
  addCommonOptions(context, command);

  return command.action(async (type, options) => {
    await runVerb(context, {
      options,
      needsSite: true,
      act: async (work) => {
        const { listFields } = await import("../../workflow/index.ts");
        return listFields(work, {
          type,
          match: options.match ?? null,
          dataTypes: options.type ?? [],
          media: options.media ?? false,
        });
      },
      show: async (rows, paint) => {
        const { fieldsTable } = await import("../output/tables.ts");
        return fieldsTable(rows, paint);
      },
    });
  });
}

function splitTypes(value: string, before: string[] | undefined): string[] {
  const types = value.split(",").map((type) => type.trim());
  return [...(before ?? []), ...types.filter((type) => type !== "")];
}
