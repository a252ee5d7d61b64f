/** Every fault on every step: `npm run test:faults`. The table goes into docs/reliability.md when the whole of it ran. */
import { afterAll, describe, it } from "vitest";
import { checkCase } from "../faults/check-case.ts";
import { FAULTS } from "../faults/kinds.ts";
import { Lanes } from "../faults/lanes.ts";
import type { CaseResult, Lasts } from "../faults/run-case.ts";
import { STEPS } from "../faults/steps.ts";
import { cellKey, faultTables, LASTS, type Results, summaryOf } from "../faults/table.ts";
import { machine, writeSection } from "./write-section.ts";

const startedAtMs = Date.now();
const lanes = await Lanes.open(Number(process.env["FAULT_LANES"] ?? 6));
const results: Results = new Map();
const cases = STEPS.length * FAULTS.length;

afterAll(async () => {
  await lanes.close();
  console.log(summaryOf(results));
  if (results.size < cases) return;
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  const head = `${summaryOf(results)} Measured in ${seconds} s on ${machine()}.`;
  await writeSection("faults", `${head}\n\n${faultTables(results)}`);
});

const undisturbed = new Map(
  await Promise.all(
    STEPS.map(async (step) => [step.id, await lanes.use((bench) => bench.undisturbed(step))] as const),
  ),
);

for (const step of STEPS) {
  describe.concurrent(step.title, () => {
    const usual = undisturbed.get(step.id);
    if (!usual) throw new Error(step.id);
    for (const fault of FAULTS) {
      const key = cellKey(step, fault.id);
      const action = fault.at(step, usual);
      if ("nonsense" in action) {
        results.set(key, action);
        continue;
      }
      const came: Partial<Record<Lasts, CaseResult>> = {};
      for (const lasts of LASTS) {
        if (lasts === "lasting" && !fault.breaks) continue;
        it(`${fault.title}, ${lasts}`, async () => {
          const stallSeconds = fault.stallSeconds?.(step);
          const result = await lanes.use((bench) =>
            bench.run(step, { rule: action.rule, lasts, stallSeconds }, usual),
          );
          came[lasts] = result;
          const { once, lasting } = came;
          if (once && (lasting || !fault.breaks)) results.set(key, { once, lasting: lasting ?? null });
          checkCase(step, fault, lasts, result);
        });
      }
    }
  });
}
