import { addCommonOptions, dryRunOption, newCommand } from "../base-command.ts";
import type { CliContext } from "../context.ts";
import { SITE_EXITS } from "../exit-codes.ts";
import {
  addRecordOptions,
  checkProjectKnown,
  namedRecords,
  requireRecord,
} from "../options/record-options.ts";
import { linkLocalLine } from "../output/rows-text.ts";
import { usageError } from "../usage-error.ts";
import { runVerb } from "../verb.ts";

export function linkLocalCommand(context: CliContext) {
  const command = newCommand(context, "link-local", {
    summary: "Link a file on the shared file system; nothing is uploaded",
    more: "The path must lie under one of the site's local storages, so that every system finds it.",
    examples: [
      "sgmedia link-local /mnt/projects/x/athena.mp4 --version 23404",
      "sgmedia link-local x/athena.mp4 --storage primary --relative --version 23404",
      "sgmedia link-local 'P:\\x\\athena.mp4' --published-file 812 --check-exists",
    ],
    exits: SITE_EXITS,
  })
    .argument("<path>", "the path, in the spelling of any system that a storage knows")
    .option(
      "--field <name>",
      "the File/Link field; sg_uploaded_movie on a Version, path on a PublishedFile unless said",
    )
    .option("--storage <name>", "the local storage to link through; the one that fits best unless said")
    .option("--relative", "the path is relative to --storage")
    .option("--check-exists", "fail where the file is not on this machine, else that is only told")
    .option("--name <text>", "display name")
    .addOption(dryRunOption());
  addRecordOptions(command);
  addCommonOptions(context, command);

  return command.action(async (path, options) => {
    const record = requireRecord(namedRecords(options), "link-local");
    if (options.relative && options.storage === undefined) {
      throw usageError("--relative needs --storage.", {
        why: "The path is relative to a storage, and none is named.",
        fix: "Add --storage primary",
      });
    }
    await runVerb(context, {
      options,
      needsSite: true,
      check: (settings) => checkProjectKnown(record, settings),
      act: async (work) => {
        const { linkLocal } = await import("../../workflow/index.ts");
        return linkLocal(work, {
          path,
          record,
          field: options.field ?? null,
          storage: options.storage ?? null,
          relative: options.relative ?? false,
          checkExists: options.checkExists ?? false,
          name: options.name ?? null,
        });
      },
      show: (rows) => rows.map(linkLocalLine).join("\n"),
    });
  });
}
