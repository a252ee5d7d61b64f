/** Of the many cases of `npm run test:faults`, those that break most easily: one or two a step. */
import { afterAll, describe, it } from "vitest";
import { checkCase } from "./check-case.ts";
import { FAULTS } from "./kinds.ts";
import { Lanes } from "./lanes.ts";
import type { Lasts } from "./run-case.ts";
import { STEPS } from "./steps.ts";

const CHOSEN: readonly [step: string, fault: string, lasts: Lasts][] = [
  ["up-token", "429", "once"],
  ["up-look", "truncate", "once"],
  ["up-init-one", "expire-token", "once"],
  ["up-init-parts", "lose-reply", "once"],
  ["up-part-url", "404", "once"],
  ["up-put-one", "reset-received-mid", "once"],
  ["up-put-one", "store-nothing", "once"],
  ["up-put-part", "reset-received-last", "once"],
  ["up-put-part", "corrupt-received", "once"],
  ["up-put-part", "expire-url", "once"],
  ["up-put-part", "stall-received", "lasting"],
  ["up-put-part", "lose-reply", "lasting"],
  ["up-complete-one", "lose-reply", "once"],
  ["up-complete-one", "503", "once"],
  ["up-complete-parts", "stall-sent", "once"],
  ["up-complete-parts", "403", "once"],
  ["up-read-back", "500", "lasting"],
  ["up-verify", "corrupt-sent", "once"],
  ["down-describe", "corrupt-sent", "once"],
  ["down-redirect", "503", "once"],
  ["down-get", "reset-sent-mid", "once"],
  ["down-get", "truncate-lie", "once"],
  ["down-get", "corrupt-sent", "once"],
  ["down-range", "reset-sent-last", "lasting"],
  ["down-range", "expire-url", "once"],
  ["down-range", "502", "lasting"],
];

const lanes = await Lanes.open(4);
afterAll(() => lanes.close());

describe.concurrent("a transfer under a fault", () => {
  for (const [stepId, faultId, lasts] of CHOSEN) {
    const step = STEPS.find((each) => each.id === stepId);
    const fault = FAULTS.find((each) => each.id === faultId);
    if (!step || !fault) throw new Error(`${stepId} ${faultId}`);
    it(`${step.title}: ${fault.title}, ${lasts}`, { timeout: 120_000 }, () =>
      lanes.use(async (bench) => {
        const usual = await bench.undisturbed(step);
        const action = fault.at(step, usual);
        if ("nonsense" in action) throw new Error(action.nonsense);
        const stallSeconds = fault.stallSeconds?.(step);
        checkCase(
          step,
          fault,
          lasts,
          await bench.run(step, { rule: action.rule, lasts, stallSeconds }, usual),
        );
      }),
    );
  }
});
