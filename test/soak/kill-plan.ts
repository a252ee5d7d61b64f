import type { Way } from "../faults/steps.ts";
import { between, seededRandom } from "./random.ts";

/**
 * When a process is killed. `byte`: when about so much of what was missing has been accepted (1: all of it). `opening`,
 * `completing`: while the site works on that request, so many milliseconds after it came.
 */
export type KillMoment =
  | { readonly at: "byte"; readonly share: number }
  | { readonly at: "opening" | "completing"; readonly afterMs: number };

export interface Kill {
  readonly moment: KillMoment;
  /** The sandbox is killed and started again in place of the program, which has to live through it. */
  readonly victim: "program" | "sandbox";
}

/** What the transfers of some rounds are like. */
export interface RoundShape {
  readonly leastBytes: number;
  readonly mostBytes: number;
  /** Of parts and of ranges. */
  readonly partBytes: number;
  readonly partJobs: number;
  readonly bytesPerSecond: number;
}

/** Parts that are sent and not yet in the journal: those in a slot, and those whose line is being written. */
export function mostInFlight({ partBytes, partJobs }: RoundShape): { parts: number; bytes: number } {
  return { parts: partJobs + 2, bytes: (partJobs + 2) * partBytes };
}

export interface RoundPlan {
  readonly seed: number;
  readonly way: Way;
  readonly shape: RoundShape;
  readonly sizeBytes: number;
  /** A download finds an older file under its name. */
  readonly old: boolean;
  readonly kills: readonly Kill[];
}

/** How long the site is made to work on a request that a kill waits for. */
export const HELD_MS = 300;

/** A round by its seed: uploads and downloads in turn, mostly one kill, sometimes up to four in a row. */
export function planRound(seed: number, way: Way, shape: RoundShape): RoundPlan {
  const random = seededRandom(seed);
  const sizeBytes = between(random, shape.leastBytes, shape.mostBytes);
  const old = way === "down" && random() < 0.5;
  const roll = random();
  const count = roll < 0.6 ? 1 : roll < 0.85 ? 2 : between(random, 3, 4);
  const kills = Array.from({ length: count }, (): Kill => {
    const victim = random() < 0.15 ? "sandbox" : "program";
    return { victim, moment: momentOf(random, way, victim) };
  });
  return { seed, way, shape, sizeBytes, old, kills };
}

/** For the name of a test. */
export function describeRound({ seed, way, kills }: RoundPlan): string {
  return `seed ${seed}: ${way}, ${kills.map(({ victim, moment }) => `${victim} at ${moment.at}`).join(", ")}`;
}

function momentOf(random: () => number, way: Way, victim: Kill["victim"]): KillMoment {
  const roll = random();
  if (way === "up" && victim === "program" && roll < 0.24) {
    return { at: roll < 0.08 ? "opening" : "completing", afterMs: random() * 2 * HELD_MS };
  }
  // Some close to the end, where the last bytes, the proof and the rename are.
  return { at: "byte", share: roll < 0.4 ? 0.9 + random() * 0.2 : random() };
}
