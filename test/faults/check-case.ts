import { expect } from "vitest";
import { expectedOf } from "./expected.ts";
import type { Fault } from "./kinds.ts";
import type { CaseResult, Lasts } from "./run-case.ts";
import type { Step } from "./steps.ts";

/** Faults that end a connection before the answer is out. */
const CUTS = /^(?:reset|truncate$|lose-reply)/;

/** Holds what a case came to against all that is promised. */
export function checkCase(step: Step, fault: Fault, lasts: Lasts, result: CaseResult): void {
  const expected = expectedOf(step, fault, lasts);
  const about = `${result.first.stdout}${result.first.stderr}`;
  expect(result.first.code, about).toBe(expected.exit);
  expect(result.last.code, `${result.last.stdout}${result.last.stderr}`).toBe(0);
  expect(result.runs).toBe(expected.exit === 0 ? 1 : 2);
  expect({
    identical: result.identical,
    attachments: result.attachments,
    openMultiparts: result.openMultiparts,
    oldKept: result.oldKept,
    leftovers: result.leftovers,
    leaks: result.leaks,
  }).toEqual({
    identical: true,
    attachments: expected.attachments,
    openMultiparts: expected.openMultiparts === "none" ? 0 : result.hits,
    oldKept: true,
    leftovers: [],
    leaks: [],
  });
  // A fault that never acted would prove nothing; one that cuts has to have cut. A lasting one meets retries that ask for less.
  expect(result.hits).toBeGreaterThan(0);
  if (CUTS.test(fault.id) && lasts === "once")
    expect(result.faulted.filter((each) => !each.aborted)).toEqual([]);
  // What one fault costs is at most the one piece that it hit.
  if (lasts === "once" && result.runs === 1) {
    expect(result.bytesBeyond).toBeLessThanOrEqual(step.size === "whole" ? 100_000 : 5 * 1024 * 1024);
  }
}
