import { mostInFlight, type RoundShape } from "./kill-plan.ts";
import type { RoundResult } from "./kill-round.ts";

/** What the rounds came to, as a Markdown table. */
export function killFigures(results: readonly RoundResult[], shape: RoundShape): string {
  const inFlight = mostInFlight(shape);
  const ways = [
    ["uploads", results.filter((each) => each.plan.way === "up")],
    ["downloads", results.filter((each) => each.plan.way === "down")],
    ["together", results],
  ] as const;
  const rows = ways.map(([name, rounds]) => {
    const perKill = rounds.flatMap((each) =>
      each.resentBytes === null || each.programKills === 0 ? [] : [each.resentBytes / each.programKills],
    );
    return [
      name,
      rounds.length,
      sum(rounds.map((each) => each.programKills)),
      sum(rounds.map((each) => each.sandboxKills)),
      sum(rounds.map((each) => each.runs)),
      rounds.filter((each) => each.problems.length > 0).length,
      megabytes(median(perKill)),
      megabytes(Math.max(0, ...perKill)),
    ].join(" | ");
  });
  return [
    "| | rounds | kills of sgmedia | kills of the sandbox | runs | rounds with a problem | sent again a kill, median | most |",
    "|---|---|---|---|---|---|---|---|",
    ...rows.map((row) => `| ${row} |`),
    "",
    `Parts and ranges of ${megabytes(shape.partBytes)}, ${shape.partJobs} at once; at most ${inFlight.parts} of them (${megabytes(inFlight.bytes)}) are under way at a kill.`,
    "Bytes are counted by the sandbox's log; where the sandbox itself was killed its log is gone, and they are not counted.",
  ].join("\n");
}

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 ? middle : middle - 1], sorted[middle]];
  return low === undefined || high === undefined ? 0 : (low + high) / 2;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
