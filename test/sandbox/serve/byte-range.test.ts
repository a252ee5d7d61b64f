import { expect, it } from "vitest";
import { byteRange } from "../../../src/sandbox/serve/byte-range.ts";

it.each([
  ["bytes=0-0", { first: 0, last: 0 }],
  ["bytes=5-", { first: 5, last: 9 }],
  ["bytes=3-99", { first: 3, last: 9 }],
  ["bytes=-4", { first: 6, last: 9 }],
  ["bytes=-99", { first: 0, last: 9 }],
  ["bytes=10-", null],
  ["bytes=-0", null],
  ["bytes=4-3", undefined],
  ["bytes=0-1,4-5", undefined],
  ["bytes=-", undefined],
  ["lines=1-2", undefined],
  [undefined, undefined],
])("%s of ten bytes", (header, expected) => {
  expect(byteRange(header, 10)).toEqual(expected);
});

it("nothing can be had of an empty file", () => {
  expect(byteRange("bytes=0-", 0)).toBeNull();
});
