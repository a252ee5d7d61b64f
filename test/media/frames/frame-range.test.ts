import fc from "fast-check";
import { expect, test } from "vitest";
import { countFrames, formatRange, framesOf, gatherRuns } from "../../../src/media/frames/frame-range.ts";
import { findGaps } from "../../../src/media/frames/gaps.ts";
import { parseRvRange } from "../../../src/media/frames/rv-sequence.ts";

const frameSet = fc
  .uniqueArray(fc.integer({ min: -50, max: 200 }), { minLength: 1, maxLength: 80 })
  .map((frames) => frames.sort((a, b) => a - b));

test.each([
  [[1], "1"],
  [[1, 2], "1-2"],
  [[1, 3], "1,3"],
  [[1, 3, 5], "1-5x2"],
  [[1, 2, 3, 7, 9, 11, 20], "1-3,7-11x2,20"],
  [[-5, -4, -3], "-5--3"],
  [[1, 4, 5, 6], "1,4-6"],
])("%j is %s", (frames, text) => {
  expect(formatRange(gatherRuns(frames))).toBe(text);
});

test("a range is written and read back", () => {
  fc.assert(
    fc.property(frameSet, (frames) => {
      const range = parseRvRange(formatRange(gatherRuns(frames)));
      if (range === null || range === "endless") throw new Error("It is a range.");
      expect([...framesOf(range)]).toEqual(frames);
      expect(countFrames(range)).toBe(frames.length);
    }),
  );
});

test("runs that overlap count each frame once", () => {
  const run = fc
    .tuple(fc.integer({ min: -20, max: 60 }), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 7 }))
    .map(([first, steps, step]) => ({ first, last: first + steps * step, step }));
  fc.assert(
    fc.property(fc.array(run, { maxLength: 6 }), (range) => {
      const all = new Set<number>();
      for (const { first, last, step } of range) for (let at = first; at <= last; at += step) all.add(at);
      expect([...framesOf(range)]).toEqual([...all].sort((a, b) => a - b));
      expect(countFrames(range)).toBe(all.size);
    }),
  );
});

test("gaps and frames together are the whole range", () => {
  fc.assert(
    fc.property(frameSet, fc.constantFrom(1, 3), (present, step) => {
      const expected = [{ first: -60, last: -60 + step * 90, step }];
      const gaps = findGaps(expected, present);
      const there = new Set(present);
      const missing = [...framesOf(expected)].filter((frame) => !there.has(frame));
      expect(gaps.count).toBe(missing.length);
      expect(gaps.frames).toEqual(missing);
    }),
  );
});

test("a billion missing frames are no list", () => {
  const gaps = findGaps([{ first: 1, last: 1_000_000_001, step: 1 }], [1, 1_000_000_001]);
  expect(gaps.count).toBe(999_999_999);
  expect(gaps.frames).toHaveLength(1000);
  expect(gaps.text).toBe("2-1000000000");
});

test("many gaps are cut in text", () => {
  const present = Array.from({ length: 50 }, (_none, at) => at * 2);
  expect(findGaps([{ first: 0, last: 98, step: 1 }], present).text).toMatch(/^1,3,5,.*,39 and 29 more gaps$/);
});
