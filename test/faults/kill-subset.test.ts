/** A few of the rounds of `npm run test:kill`, in smaller files: kills of the program and of the site, while one is opened, on the way, near the end. */
import { afterAll, describe, expect, it } from "vitest";
import { describeRound, planRound, type RoundShape } from "../soak/kill-plan.ts";
import { runRounds } from "../soak/run-rounds.ts";

/** Large enough that fetching or sending everything again is more than what may be under way at a kill. */
const SHAPE: RoundShape = {
  leastBytes: 24_000_000,
  mostBytes: 32_000_000,
  partBytes: 5 * 1024 * 1024,
  partJobs: 2,
  bytesPerSecond: 16_000_000,
};
const UPLOADS = [5, 17, 43, 57, 59];
const DOWNLOADS = [2, 10, 14, 22, 48];
const LANES = 2;

const { rounds, ended } = runRounds(
  [
    ...UPLOADS.map((seed) => planRound(seed, "up", SHAPE)),
    ...DOWNLOADS.map((seed) => planRound(seed, "down", SHAPE)),
  ],
  LANES,
);
afterAll(() => ended);

describe("a transfer that is killed", () => {
  for (const { plan, came } of rounds) {
    it(describeRound(plan), { timeout: 180_000 }, async () => {
      expect((await came).problems).toEqual([]);
    });
  }

  it("was killed, and so was the site", { timeout: 180_000 }, async () => {
    const results = await Promise.all(rounds.map(({ came }) => came));
    const count = (of: "programKills" | "sandboxKills"): number =>
      results.reduce((sum, each) => sum + each[of], 0);
    // Eleven and two are planned; those near an end may come too late.
    expect(count("programKills")).toBeGreaterThanOrEqual(6);
    expect(count("sandboxKills")).toBe(2);
  });
});
