import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Condition } from "../../../src/sandbox/query/condition.ts";
import { runQuery } from "../../../src/sandbox/query/run-query.ts";
import type { Link } from "../../../src/sandbox/types.ts";
import { type BareSite, bareSite } from "../bare-site.ts";

const ROWS = 20_000;
let site: BareSite;
let project: Link;

beforeAll(async () => {
  site = await bareSite();
  const { store } = site.sandbox;
  project = { type: "Project", id: store.insert("Project", { name: "project X" }, null).id };
  store.transaction(() => {
    for (let at = 0; at < ROWS; at += 1) store.insert("Version", { code: `v${at}`, project }, null);
  });
});
afterAll(() => site.close());

/** Milliseconds of the quickest of five runs, and how many rows were found. */
function measure(...conditions: Condition[]): { ms: number; total: number } {
  let best = Number.POSITIVE_INFINITY;
  let total = 0;
  for (let run = 0; run < 5; run += 1) {
    const from = performance.now();
    const page = { size: 500, number: 1 };
    const filter = { logical_operator: "and" as const, conditions };
    const query = { type: "Version", filter, sorts: [], page, retired: false, includeArchived: true };
    total = runQuery(site.sandbox, query).length;
    best = Math.min(best, performance.now() - from);
  }
  return { ms: best, total };
}

it("equality over 20,000 rows takes no time that a client would notice", () => {
  const byId = measure({ path: "id", relation: "is", values: [777] });
  const byCode = measure(
    { path: "project", relation: "is", values: [project] },
    { path: "code", relation: "is", values: ["V19999"] },
  );
  expect([byId.total, byCode.total]).toEqual([1, 1]);
  // Generous: a whole scan takes some 10 ms, an id none at all.
  expect(byId.ms).toBeLessThan(20);
  expect(byCode.ms).toBeLessThan(250);
});
