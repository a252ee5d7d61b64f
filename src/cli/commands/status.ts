import { addCommonOptions, newCommand } from "../base-command.ts";
import type { CliContext } from "../context.ts";
import { LOCAL_EXITS } from "../exit-codes.ts";
import { runVerb } from "../verb.ts";

export function statusCommand(context: CliContext) {
  const command = newCommand(context, "status", {
    summary: "List the unfinished transfers of this machine",
    examples: ["sgmedia status", "sgmedia status --json"],
    exits: [...LOCAL_EXITS, 7],
  });
  addCommonOptions(context, command);

  return command.action(async (options) => {
    await runVerb(context, {
      options,
      needsSite: false,
      act: async (work) => {
        const { listTransfers } = await import("../../workflow/index.ts");
        const rows = await listTransfers(work);
        if (rows.length === 0) work.progress.note("Nothing is unfinished.");
        return rows;
      },
      show: async (rows, paint) => {
        const { statusTable } = await import("../output/tables.ts");
        return statusTable(rows, paint);
      },
    });
  });
}
