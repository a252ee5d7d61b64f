/** SIGKILL at random bytes: `npm run test:kill -- --rounds 200 --seed 1`. A round alone: `--rounds 1 --seed <its seed>`. */
import { afterAll, describe, expect, it } from "vitest";
import { killFigures } from "./kill-figures.ts";
import { describeRound, planRound, type RoundShape } from "./kill-plan.ts";
import type { RoundResult } from "./kill-round.ts";
import { runRounds } from "./run-rounds.ts";
import { machine, writeSection } from "./write-section.ts";

const ROUNDS = Number(process.env["KILL_ROUNDS"] ?? 200);
const SEED = Number(process.env["KILL_SEED"] ?? 1);
const LANES = Number(process.env["KILL_LANES"] ?? 2);
const SHAPE: RoundShape = {
  leastBytes: 60_000_000,
  mostBytes: 100_000_000,
  partBytes: 5 * 1024 * 1024,
  partJobs: 4,
  bytesPerSecond: 40_000_000,
};
/** Fewer are no measurement. */
const LEAST_TO_WRITE = 100;

const startedAtMs = Date.now();
const results: RoundResult[] = [];
const seeds = Array.from({ length: ROUNDS }, (_, index) => SEED + index);
const { rounds, ended } = runRounds(
  seeds.map((seed) => planRound(seed, seed % 2 === 0 ? "down" : "up", SHAPE)),
  LANES,
);

afterAll(async () => {
  await ended;
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  const text = `Seeds ${SEED} to ${SEED + ROUNDS - 1}, ${seconds} s on ${machine()}.\n\n${killFigures(results, SHAPE)}`;
  console.log(text);
  if (results.length >= LEAST_TO_WRITE) await writeSection("kills", text);
});

describe("a transfer that is killed", () => {
  for (const { plan, came } of rounds) {
    it(describeRound(plan), async () => {
      const result = await came;
      results.push(result);
      expect(result.problems).toEqual([]);
    });
  }
});
