import { Site } from "../e2e/harness.ts";
import type { RoundPlan } from "./kill-plan.ts";
import { type RoundResult, runKillRound } from "./kill-round.ts";

/** What a sandbox stores is given back to the disk when it goes. */
const ROUNDS_A_SITE = 20;

export interface StartedRounds {
  readonly rounds: readonly { readonly plan: RoundPlan; readonly came: Promise<RoundResult> }[];
  /** Resolves when the last sandbox is gone. */
  readonly ended: Promise<void>;
}

/** Runs rounds, so many at once, each lane with sandboxes of its own. */
export function runRounds(plans: readonly RoundPlan[], lanes: number): StartedRounds {
  const waiting: ((site: Site) => Promise<void>)[] = [];
  const rounds = plans.map((plan) => {
    const came = new Promise<RoundResult>((resolve, reject) => {
      waiting.push((site) => runKillRound(site, plan).then(resolve, reject));
    });
    // Whoever waits for it is told; until somebody does, it is no unhandled failure.
    came.catch(() => {});
    return { plan, came };
  });
  const lane = async (): Promise<void> => {
    while (waiting.length > 0) {
      const site = await Site.launch({
        options: ["--dir", "site"],
        silent: true,
        env: { SGMEDIA_FFMPEG: "/nowhere/ffmpeg" },
      });
      for (let count = 0; count < ROUNDS_A_SITE; count += 1) await waiting.shift()?.(site);
      await site.stop();
    }
  };
  const ended = Promise.all(Array.from({ length: lanes }, lane)).then(() => {});
  return { rounds, ended };
}
