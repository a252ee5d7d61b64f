import { addCommonOptions, newCommand } from "../base-command.ts";
import type { CliContext } from "../context.ts";
import { SITE_EXITS } from "../exit-codes.ts";
import {
  addRecordOptions,
  checkProjectKnown,
  namedRecords,
  parseEntity,
  requireRecord,
} from "../options/record-options.ts";
import { infoText } from "../output/info-text.ts";
import { runVerb } from "../verb.ts";

export function infoCommand(context: CliContext) {
  const command = newCommand(context, "info", {
    summary: "Show everything about a record's media at a glance",
    examples: ["sgmedia info Version:23425", "sgmedia info --version 23425 --json"],
    exits: SITE_EXITS,
  }).argument("[record]", "the record, such as Version:23425");
  addRecordOptions(command);
  addCommonOptions(context, command);

  return command.action(async (typed, options) => {
    const argument = typed === undefined ? [] : [{ typed, record: parseEntity(typed, "info") }];
    const record = requireRecord([...argument, ...namedRecords(options)], "info");
    await runVerb(context, {
      options,
      needsSite: true,
      check: (settings) => checkProjectKnown(record, settings),
      act: async (work) => {
        const { showInfo } = await import("../../workflow/index.ts");
        return showInfo(work, record);
      },
      show: (rows, paint) => rows.map((row) => infoText(row, paint)).join("\n\n"),
    });
  });
}
