import type { TransferRow, Work } from "../../workflow/types.ts";
import { addCommonOptions, newCommand } from "../base-command.ts";
import type { CliContext } from "../context.ts";
import { LOCAL_EXITS } from "../exit-codes.ts";
import { runVerb } from "../verb.ts";

/** By then a storage may have thrown the parts of an upload away, and a person has forgotten it. */
const OLD_DAYS = 7;

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
        warnOfOld(rows, work, context.host.nowMs());
        return rows;
      },
      show: async (rows, paint) => {
        const { statusTable } = await import("../output/tables.ts");
        return statusTable(rows, paint, context.host.nowMs());
      },
    });
  });
}

function warnOfOld(rows: readonly TransferRow[], work: Work, nowMs: number): void {
  const oldest = nowMs - OLD_DAYS * 86_400_000;
  const old = rows.filter((row) => row.state !== "running" && Date.parse(row.startedAt) < oldest).length;
  if (old === 0) return;
  const which = old === 1 ? "1 transfer is" : `${old} transfers are`;
  work.progress.warn(
    `${which} older than ${OLD_DAYS} days. Go on with "sgmedia resume", or give up with "sgmedia abort <id>".`,
  );
}
