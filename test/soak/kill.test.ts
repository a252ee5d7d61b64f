/** SIGKILL at random bytes: `npm run test:kill -- --rounds 200 --seed 1`. A round alone: `--rounds 1 --seed <its seed>`. */
import { afterAll, describe, expect, it } from "vitest";
import { Site } from "../e2e/harness.ts";
import { killFigures } from "./kill-figures.ts";
import { planRound } from "./kill-plan.ts";
import { type RoundResult, runKillRound } from "./kill-round.ts";
import { machine, writeSection } from "./write-section.ts";

const ROUNDS = Number(process.env["KILL_ROUNDS"] ?? 200);
const SEED = Number(process.env["KILL_SEED"] ?? 1);
const LANES = Number(process.env["KILL_LANES"] ?? 2);
const SIZE = { leastBytes: 60_000_000, mostBytes: 100_000_000 };
const BYTES_PER_SECOND = 40_000_000;
/** What a sandbox stores is given back to the disk when it goes. */
const ROUNDS_A_SITE = 20;
/** Fewer are no measurement. */
const LEAST_TO_WRITE = 100;

const startedAtMs = Date.now();
const results: RoundResult[] = [];
const seeds = Array.from({ length: ROUNDS }, (_, index) => SEED + index);

async function lane(): Promise<void> {
  for (;;) {
    let site: Site | null = null;
    for (let rounds = 0; rounds < ROUNDS_A_SITE; rounds += 1) {
      const next = waiting.shift();
      if (!next) break;
      site ??= await Site.launch({
        options: ["--dir", "site"],
        silent: true,
        env: { SGMEDIA_FFMPEG: "/nowhere/ffmpeg" },
      });
      await next(site);
    }
    if (!site) return;
    await site.stop();
  }
}

type Round = (site: Site) => Promise<void>;
const waiting: Round[] = [];
const rounds = seeds.map((seed) => {
  const plan = planRound(seed, seed % 2 === 0 ? "down" : "up", SIZE);
  const came = new Promise<RoundResult>((resolve, reject) => {
    waiting.push((site) => runKillRound(site, plan, BYTES_PER_SECOND).then(resolve, reject));
  });
  came.catch(() => {});
  return { plan, came };
});
const lanes = Promise.all(Array.from({ length: LANES }, lane));

afterAll(async () => {
  await lanes;
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  const text = `Seeds ${SEED} to ${SEED + ROUNDS - 1}, ${seconds} s on ${machine()}.\n\n${killFigures(results)}`;
  console.log(text);
  if (results.length >= LEAST_TO_WRITE) await writeSection("kills", text);
});

describe("a transfer that is killed", () => {
  for (const { plan, came } of rounds) {
    const kills = plan.kills.map(({ victim, moment }) => `${victim} at ${moment.at}`).join(", ");
    it(`seed ${plan.seed}: ${plan.way}, ${kills}`, async () => {
      const result = await came;
      results.push(result);
      expect(result.problems).toEqual([]);
    });
  }
});
