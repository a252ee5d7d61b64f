import { expect, test } from "vitest";
import { expandStereo, isStereoText } from "../../../src/media/frames/index.ts";

test("words in RV's order, every occurrence", () => {
  expect(expandStereo("/x/%V/a.%V.%04d.exr")).toEqual([
    ["/x/left/a.left.%04d.exr", "/x/right/a.right.%04d.exr"],
    ["/x/Left/a.Left.%04d.exr", "/x/Right/a.Right.%04d.exr"],
  ]);
  expect(expandStereo("a.%v.exr")).toEqual([
    ["a.L.exr", "a.R.exr"],
    ["a.l.exr", "a.r.exr"],
  ]);
});

test("letters outside, words inside", () => {
  expect(expandStereo("%V.%v").map(([left]) => left)).toEqual(["left.L", "Left.L", "left.l", "Left.l"]);
});

test("a studio's own words, an odd one dropped", () => {
  const env = { RV_STEREO_NAME_PAIRS: "le:ri:x", RV_STEREO_CHAR_PAIRS: "1:2" };
  expect(expandStereo("%V", env)).toEqual([["le", "ri"]]);
  expect(expandStereo("%v", env)).toEqual([["1", "2"]]);
});

test("a path without an eye is one of its own", () => {
  expect(isStereoText("/x/a.%04d.exr")).toBe(false);
  expect(expandStereo("/x/a.%04d.exr")).toEqual([["/x/a.%04d.exr", "/x/a.%04d.exr"]]);
});
