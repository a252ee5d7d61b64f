import { addCommonOptions, dryRunOption, newCommand } from "../base-command.ts";
import { commandLine } from "../command-line.ts";
import type { CliContext } from "../context.ts";
import { TRANSFER_EXITS } from "../exit-codes.ts";
import { addTransferOptions } from "../options/transfer-options.ts";
import { resumeLine } from "../output/rows-text.ts";
import { runVerb } from "../verb.ts";

export function resumeCommand(context: CliContext) {
  const command = newCommand(context, "resume", {
    summary: "Go on with unfinished transfers",
    examples: ["sgmedia resume", "sgmedia resume 7f3a"],
    exits: TRANSFER_EXITS,
  })
    .argument("[id]", "the transfer, or the beginning of its id; all of them unless said")
    .addOption(dryRunOption());
  addTransferOptions(command, [
    "jobs",
    "part-jobs",
    "limit-rate",
    "retries",
    "stall-timeout",
    "connect-timeout",
  ]);
  addCommonOptions(context, command);

  return command.action(async (id, options) => {
    await runVerb(context, {
      options,
      needsSite: false,
      goOn: commandLine(context),
      act: async (work) => {
        const { resumeTransfers } = await import("../../workflow/index.ts");
        const rows = await resumeTransfers(work, id ?? null);
        if (rows.length === 0) work.progress.note("Nothing is unfinished.");
        return rows;
      },
      show: (rows) => rows.map(resumeLine).filter(Boolean).join("\n"),
    });
  });
}
