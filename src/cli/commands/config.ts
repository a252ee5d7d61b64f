import { addCommonOptions, newCommand } from "../base-command.ts";
import type { CliContext } from "../context.ts";
import { paintFor } from "../context.ts";
import { LOCAL_EXITS } from "../exit-codes.ts";
import { printableData } from "../output/printable.ts";
import { reportRows } from "../output/report.ts";
import { createProgress } from "../progress/create-progress.ts";
import { readSettings } from "../verb.ts";

export function configCommand(context: CliContext) {
  const command = newCommand(context, "config", {
    summary: "Show what is set, and where each value came from",
    more: "Secrets are struck out.",
    examples: ["sgmedia config", "sgmedia config --profile farm --json"],
    exits: LOCAL_EXITS,
  });
  addCommonOptions(context, command);

  return command.action(async (options) => {
    const settings = await readSettings(context, options);
    const progress = await createProgress(context, settings);
    for (const warning of settings.warnings) progress.warn(warning);
    progress.close();
    const rows = settings.rows.map((row) => ({ ok: true as const, ...row }));
    await reportRows(context, rows, async () => {
      const { configTable } = await import("../output/tables.ts");
      return configTable(printableData(settings.rows), paintFor(context, "stdout"));
    });
  });
}
