import { formatRef } from "../../shared/records.ts";
import type { BatchRow } from "../../workflow/batch/upload-batch.ts";

/** Results of a batch: as CSV where the plan was CSV, for the spreadsheet that it came from; else one line each. */
export async function showBatch(rows: readonly BatchRow[], applied: string | null): Promise<string> {
  if (applied?.toLowerCase().endsWith(".csv")) return resultsAsCsv(rows);
  return rows.map(batchLine).filter(Boolean).join("\n");
}

function batchLine(row: BatchRow): string {
  const name = row.code ?? row.file;
  if (row.plan) {
    const { action, version, link, task, playlist, problem } = row.plan;
    const what = problem === "" ? (action === "create" ? "would create" : `would use ${version}`) : "PROBLEM";
    const links = [link, task && `task ${task}`, playlist && `playlist ${playlist}`]
      .filter(Boolean)
      .join(", ");
    return `${row.order}. ${what}  ${name}  ${row.file}${links ? `  (${links})` : ""}${problem ? `  ${problem}` : ""}`;
  }
  if (!row.ok) return "";
  const what = row.skipped ? "already there" : row.created ? "created" : "used";
  return `${row.entity ? formatRef(row.entity) : ""}  ${name}  ${row.attachment ? formatRef(row.attachment) : ""}  ${what}`;
}

async function resultsAsCsv(rows: readonly BatchRow[]): Promise<string> {
  const { stringify } = await import("csv-stringify/sync");
  const cells = rows.map((row) => ({
    order: row.order,
    file: row.file,
    code: row.code,
    version: row.entity ? formatRef(row.entity) : "",
    attachment: "attachment" in row && row.attachment ? formatRef(row.attachment) : "",
    result: row.ok ? (row.skipped ? "already there" : row.planned ? "planned" : "uploaded") : "failed",
    error: row.ok ? "" : `${row.error.code} ${row.error.message}`,
  }));
  return stringify(cells, { header: true }).trimEnd();
}
