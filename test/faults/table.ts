import { FAULTS } from "./kinds.ts";
import type { CaseResult, Lasts } from "./run-case.ts";
import { STEPS, type Step } from "./steps.ts";

/** What came of one cell: a result, or why the fault makes no sense at that step. */
export type Cell =
  | { readonly once: CaseResult; readonly lasting: CaseResult | null }
  | { readonly nonsense: string };

export type Results = Map<string, Cell>;

export function cellKey(step: Step, faultId: string): string {
  return `${step.id} ${faultId}`;
}

/** One table a step, every fault a row. */
export function faultTables(results: Results): string {
  return STEPS.map((step) => `### ${step.title}\n\n${tableOf(step, results)}`).join("\n\n");
}

function tableOf(step: Step, results: Results): string {
  const rows = FAULTS.map((fault) => {
    const cell = results.get(cellKey(step, fault.id));
    if (!cell) return `| ${fault.title} | not run | | | | | | | |`;
    if ("nonsense" in cell) return `| ${fault.title} | makes no sense: ${cell.nonsense} | | | | | | | |`;
    return `| ${fault.title} | ${figures(cell.once)} | ${cell.lasting ? figures(cell.lasting) : "as once | | | "} |`;
  });
  return [
    "| fault | once: exit | runs | retries | bytes more | lasting: exit | runs | retries | bytes more |",
    "|---|---|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function figures(result: CaseResult): string {
  return [result.first.code, result.runs, result.retries, bytes(result.bytesBeyond)].join(" | ");
}

function bytes(count: number): string {
  return count === 0 ? "0" : `${(count / 1_000_000).toFixed(2)} MB`;
}

/** In one line: how many cases ran, how many ended in the first run, what else. */
export function summaryOf(results: Results): string {
  const cells = [...results.values()];
  const run = cells.flatMap((cell) =>
    "nonsense" in cell ? [] : [cell.once, ...(cell.lasting ? [cell.lasting] : [])],
  );
  const exits = new Map<number, number>();
  for (const { first } of run) exits.set(first.code, (exits.get(first.code) ?? 0) + 1);
  const counted = [...exits].sort(([a], [b]) => a - b).map(([code, count]) => `exit ${code}: ${count}`);
  return (
    `${run.length} cases. First run: ${counted.join(", ")}. ` +
    `${cells.filter((cell) => "nonsense" in cell).length} of ${STEPS.length * FAULTS.length} combinations make no sense.`
  );
}

export const LASTS: readonly Lasts[] = ["once", "lasting"];
