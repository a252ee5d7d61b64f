import type { AbortRow, Work } from "../../workflow/types.ts";
import { addCommonOptions, dryRunOption, newCommand } from "../base-command.ts";
import type { CliContext } from "../context.ts";
import { SITE_EXITS } from "../exit-codes.ts";
import { abortLine } from "../output/rows-text.ts";
import { usageError } from "../usage-error.ts";
import { runVerb } from "../verb.ts";

export function abortCommand(context: CliContext) {
  const command = newCommand(context, "abort", {
    summary: "Give unfinished transfers up, and tell the site",
    examples: ["sgmedia abort 7f3a", "sgmedia abort --all"],
    exits: [...SITE_EXITS.filter((code) => code < 7), 6, 7, 130],
  })
    .argument("[id]", "the transfer, or the beginning of its id")
    .option("--all", "every unfinished transfer of this machine")
    .addOption(dryRunOption());
  addCommonOptions(context, command);

  return command.action(async (id, options) => {
    if ((id === undefined) === (options.all === undefined)) {
      throw usageError(id === undefined ? "No transfer is named." : "An id and --all exclude each other.", {
        fix: "sgmedia abort <id>, or sgmedia abort --all; sgmedia status lists them",
      });
    }
    await runVerb(context, {
      options,
      needsSite: false,
      act: async (work) => {
        const rows = await abortAsAsked(work, id ?? null);
        if (rows.length === 0) work.progress.note("Nothing is unfinished.");
        return rows;
      },
      show: (rows) => rows.map(abortLine).filter(Boolean).join("\n"),
    });
  });
}

async function abortAsAsked(work: Work, id: string | null): Promise<AbortRow[]> {
  const { abortTransfers, listTransfers } = await import("../../workflow/index.ts");
  if (!work.dryRun) return abortTransfers(work, id);
  const transfers = await listTransfers(work);
  return transfers
    .filter((each) => id === null || each.id.startsWith(id))
    .map((each) => ({ ok: true, id: each.id, file: each.file, aborted: false, planned: true }));
}
