import { addCommonOptions, dryRunOption, newCommand } from "../base-command.ts";
import type { CliContext } from "../context.ts";
import { SITE_EXITS } from "../exit-codes.ts";
import {
  addRecordOptions,
  checkProjectKnown,
  namedRecords,
  requireRecord,
} from "../options/record-options.ts";
import { linkUrlLine } from "../output/rows-text.ts";
import { runVerb } from "../verb.ts";

export function linkUrlCommand(context: CliContext) {
  const command = newCommand(context, "link-url", {
    summary: "Put a web link into a File/Link field",
    examples: [
      "sgmedia link-url https://example.com/cut.mov --version 23404",
      "sgmedia link-url https://example.com/brief.pdf --entity Shot:1172 --field sg_brief --name Brief",
    ],
    exits: SITE_EXITS,
  })
    .argument("<url>", "an address on the web")
    .option("--field <name>", "the File/Link field; sg_uploaded_movie on a Version unless said")
    .option("--name <text>", "display name; the last part of the address unless said")
    .addOption(dryRunOption());
  addRecordOptions(command);
  addCommonOptions(context, command);

  return command.action(async (url, options) => {
    const record = requireRecord(namedRecords(options), "link-url");
    await runVerb(context, {
      options,
      needsSite: true,
      check: (settings) => checkProjectKnown(record, settings),
      act: async (work) => {
        const { linkUrl } = await import("../../workflow/index.ts");
        return linkUrl(work, { url, record, field: options.field ?? null, name: options.name ?? null });
      },
      show: (rows) => rows.map(linkUrlLine).join("\n"),
    });
  });
}
