import { describe, expect, test } from "vitest";
import { framesOf } from "../../../src/media/frames/frame-range.ts";
import {
  countRvFrames,
  firstRvFile,
  parseRvRange,
  parseRvSequence,
  rvFrameName,
} from "../../../src/media/frames/rv-sequence.ts";

/** Every measured row of contract/rv-paths.md 3: string, range, pattern, how many frames (null: from disk), first file. */
const ROWS: readonly (readonly [string, string | null, string, number | null, string])[] = [
  ["foo.#.tif", null, "foo.#.tif", null, "foo.0012.tif"],
  ["foo.2-8#.tif", "2-8", "foo.#.tif", 7, "foo.0002.tif"],
  ["foo.2-8@@@@.tif", "2-8", "foo.@@@@.tif", 7, "foo.0002.tif"],
  ["foo.%04d.tif", null, "foo.%04d.tif", null, "foo.0012.tif"],
  ["foo.2-8%04d.tif", "2-8", "foo.%04d.tif", 7, "foo.0002.tif"],
  ["foo.%d.tif", null, "foo.%d.tif", null, "foo.12.tif"],
  ["foo.@.tif", null, "foo.@.tif", null, "foo.12.tif"],
  ["foo.%4d.tif", null, "foo.%4d.tif", null, "foo.  12.tif"],
  ["foo.@@@.tif", null, "foo.@@@.tif", null, "foo.012.tif"],
  ["foo.1-100x10#.tif", "1-100x10", "foo.#.tif", 10, "foo.0001.tif"],
  ["foo.1-100x10@@@.tif", "1-100x10", "foo.@@@.tif", 10, "foo.001.tif"],
  ["foo.1,3,5,7,8,9#.tif", "1,3,5,7,8,9", "foo.#.tif", 6, "foo.0001.tif"],
  ["foo.-10-20#.tif", "-10-20", "foo.#.tif", 31, "foo.-010.tif"],
  ["foo.-5#.exr", "-5", "foo.#.exr", 1, "foo.-005.exr"],
  ["foo.5#.exr", "5", "foo.#.exr", 1, "foo.0005.exr"],
  ["foo_v002.1-100#.exr", "1-100", "foo_v002.#.exr", 100, "foo_v002.0001.exr"],
  ["/a/b_v001/foo.1001-1100#.exr", "1001-1100", "/a/b_v001/foo.#.exr", 100, "/a/b_v001/foo.1001.exr"],
  ["#.exr", null, "#.exr", null, "0012.exr"],
  ["1-10#.exr", "1-10", "#.exr", 10, "0001.exr"],
  ["foo.1-100#", "1-100", "foo.#", 100, "foo.0001"],
  ["foo.1-10x-2#.exr", "1-10x-2", "foo.#.exr", 10, "foo.0001.exr"],
  ["foo-1-10#.exr", "-1-10", "foo#.exr", 12, "foo-001.exr"],
  ["render-#.exr", null, "render-#.exr", null, "render-0012.exr"],
  ["render-12#.exr", "-12", "render#.exr", 1, "render-012.exr"],
  ["foo.%04d.%V.exr", null, "foo.%04d.%V.exr", null, "foo.0012.%V.exr"],
  ["foo.#+10.exr", null, "foo.#+10.exr", null, "foo.0022.exr"],
  ["foo.#x2.exr", null, "foo.#x2.exr", null, "foo.0024.exr"],
  ["foo.1-5 #.exr", null, "foo.1-5 #.exr", null, "foo.1-5 0012.exr"],
  ["foo.1-10#.exr", "1-10", "foo.#.exr", 10, "foo.0001.exr"],
  ["foo_1-10#.exr", "1-10", "foo_#.exr", 10, "foo_0001.exr"],
  ["foo1-10#.exr", "1-10", "foo#.exr", 10, "foo0001.exr"],
  ["v2#/a.exr", "2", "v#/a.exr", 1, "v0002/a.exr"],
  ["a/b.1-2#.c/d.mov", "1-2", "a/b.#.c/d.mov", 2, "a/b.0001.c/d.mov"],
];

describe("names as RV reads them", () => {
  test.each(ROWS)("%s", (text, rangeText, pattern, count, first) => {
    const sequence = parseRvSequence(text);
    expect(sequence).toMatchObject({ rangeText, pattern });
    if (!sequence) return;
    expect(countRvFrames(sequence)).toBe(count);
    expect(count === null ? rvFrameName(pattern, 12) : firstRvFile(sequence)).toBe(first);
  });

  test("a descending range has no frame and no first file", () => {
    const sequence = parseRvSequence("foo.10-1#.exr");
    expect(sequence).toMatchObject({ rangeText: "10-1", pattern: "foo.#.exr", frames: [] });
    if (sequence) expect(firstRvFile(sequence)).toBeUndefined();
  });

  test.each([
    "foo.mov",
    "foo.0001.exr",
    "foo.$F4.exr",
    "foo.[0001-0010].exr",
    "foo.%V.mov",
    "foo.<UDIM>.tx",
    "a.%(UDIM)d.tx",
  ])("%s is one file", (text) => {
    expect(parseRvSequence(text)).toBeUndefined();
  });

  test("a step of 0 has no end", () => {
    expect(parseRvSequence("foo.1-10x0#.exr")).toMatchObject({ endless: true, frames: [] });
  });
});

describe("the width of a frame number", () => {
  test.each([
    ["##", 12, "0012"],
    ["######", 12, "0012"],
    ["@", 7, "7"],
    ["%+04d", 12, "+012"],
    ["%04i", 12, "0012"],
    ["%-4d", 12, "%-4d"],
    ["% 4d", 12, "% 4d"],
    ["#", -7, "-007"],
    ["@@@", -7, "-07"],
    ["%08d", -7, "-0000007"],
    ["#", 12345, "12345"],
    ["foo.#.#.exr", 12, "foo.0012.0012.exr"],
    ["foo@2x.png", 12, "foo14x.png"],
    ["my#1 file.mov", 12, "my0013 file.mov"],
  ])("%s of %d is %s", (pattern, frame, name) => {
    expect(rvFrameName(pattern, frame)).toBe(name);
  });
});

describe("ranges by themselves", () => {
  test.each([
    ["1-10x2", [1, 3, 5, 7, 9]],
    ["1,10,20-30x2", [1, 10, 20, 22, 24, 26, 28, 30]],
    ["-15--10", [-15, -14, -13, -12, -11, -10]],
    ["1-100x10", [1, 11, 21, 31, 41, 51, 61, 71, 81, 91]],
    ["10-1", []],
    ["1-10x-2", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ["5x2", [5]],
    ["1-", [1]],
    ["0001-0003", [1, 2, 3]],
    ["3,1-4,2", [1, 2, 3, 4]],
  ])("%s", (text, frames) => {
    const range = parseRvRange(text);
    if (range === null || range === "endless") throw new Error(`${text} is a range.`);
    expect([...framesOf(range)]).toEqual(frames);
  });
  test("what is none", () => {
    expect(parseRvRange("abc")).toBeNull();
    expect(parseRvRange("2147483647")).toBeNull();
    expect(parseRvRange("1-10x0")).toBe("endless");
  });
});
