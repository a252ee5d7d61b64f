import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatFrame, isSequenceText, readSequence, toPrintf } from "../../../src/media/frames/index.ts";
import { SgmediaError } from "../../../src/shared/errors.ts";

function refusal(text: string): SgmediaError {
  try {
    readSequence(text);
  } catch (thrown) {
    if (thrown instanceof SgmediaError) return thrown;
  }
  throw new Error(`${text} was not refused.`);
}

describe("names that are read", () => {
  test.each([
    ["/x/shot.#.exr", "/x/shot.%04d.exr", null],
    ["/x/shot.####.exr", "/x/shot.%04d.exr", null],
    ["/x/shot.@.exr", "/x/shot.%d.exr", null],
    ["/x/shot.@@@.exr", "/x/shot.%03d.exr", null],
    ["/x/shot.%05i.exr", "/x/shot.%05d.exr", null],
    ["/x/shot.1001-1100#.exr", "/x/shot.%04d.exr", "1001-1100"],
    ["/x/shot.1-100x10%04d.exr", "/x/shot.%04d.exr", "1-91x10"],
    ["/x/shot_1,3,5-9@@.exr", "/x/shot_%02d.exr", "1,3,5-9"],
    ["/x/shot.-10-20#.exr", "/x/shot.%04d.exr", "-10-20"],
    ["/x/shot1-10#.exr", "/x/shot%04d.exr", "1-10"],
    ["/x/1-10#.exr", "/x/%04d.exr", "1-10"],
    ["/x/%V/shot.%v.%04d.exr", "/x/%V/shot.%v.%04d.exr", null],
    ["P:\\x\\shot.1-5#.exr", "P:\\x\\shot.%04d.exr", "1-5"],
    ["\\\\srv\\x\\#.exr", "\\\\srv\\x\\%04d.exr", null],
  ])("%s", (text, pattern, range) => {
    const sequence = readSequence(text);
    expect(sequence.pattern).toBe(pattern);
    expect(sequence.range?.text ?? null).toBe(range);
    expect(sequence.widthInDoubt).toBe(false);
    expect(isSequenceText(text)).toBe(true);
  });

  test("a run of # that is not four leaves its width in doubt", () => {
    expect(readSequence("/x/a.##.exr").widthInDoubt).toBe(true);
    expect(readSequence("/x/a.#####.exr").widthInDoubt).toBe(true);
  });

  test("blanks for zeros are warned about", () => {
    expect(readSequence("/x/a.%4d.exr").warnings[0]).toContain("%04d");
  });
});

describe("what RV would misread is refused, with what to type", () => {
  test.each([
    ["/x/shot.10-1#.exr", "1-10"],
    ["/x/shot.1-10x0#.exr", "1-10"],
    ["/x/shot.1-10x-2#.exr", "1-10"],
    ["/x/shot-1-10#.exr", "/x/shot.1-10#.exr"],
    ["/x/render-12#.exr", "/x/render.12#.exr"],
    ["/x/comp_v002#.exr", "/x/comp_v002.#.exr"],
    ["/x/shot.1-5 #.exr", "/x/shot.1-5#.exr"],
    ["/x/shot.#.#.exr", "/x/shot.%04d."],
    ["/x/shot.#@.exr", "/x/shot.%04d.exr"],
    ["/x/shot.%-4d.exr", "/x/shot.%04d.exr"],
    ["/x/shot.% 4d.exr", "/x/shot.%04d.exr"],
    ["/x/shot.%+04d.exr", "/x/shot.%04d.exr"],
    ["/x/shot#1/a.%04d.exr", "folder"],
    ["/x/v2#/a.exr", "folder"],
    ["P:\\x#\\a.%04d.exr", "folder"],
    ["/x/foo@2x.png", "dot"],
    ["/x/my#1 file.mov", "dot"],
    ["/x/shot.#x2.exr", "dot"],
    ["/x/shot.mov", "shot.%04d.exr"],
    ["/x/shot.1-99999999999#.exr", "1001-1100"],
    ["/x/shot.1-2147483646#.exr", "ends"],
  ])("%s", (text, fix) => {
    const error = refusal(text);
    expect(error.code).toBe("E_FRAMES");
    expect(error.fix).toContain(fix);
  });

  test("what the fixes say is read", () => {
    for (const text of ["/x/shot-1-10#.exr", "/x/comp_v002#.exr", "/x/shot.1-5 #.exr", "/x/shot.#@.exr"]) {
      const typed = /Type (\S+?),?(?: |$)/.exec(refusal(text).fix ?? "")?.[1] ?? "";
      expect(readSequence(typed).pattern).toMatch(/%04d\.exr$/);
    }
  });
});

test("names that are no notation", () => {
  for (const text of [
    "/x/shot.mov",
    "/x/a#1/shot.mov",
    "/x/foo@2x.png",
    "/x/my#1 file.mov",
    "/x/shot.%V.mov",
  ]) {
    expect(isSequenceText(text)).toBe(false);
  }
});

const stem = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,6}[._]$/);
const cookieText = fc.oneof(
  fc.constant("#"),
  fc.integer({ min: 1, max: 9 }).map((n) => "@".repeat(n)),
  fc.integer({ min: 2, max: 9 }).map((n) => `%0${n}d`),
  fc.constant("%d"),
);

test("a name goes to printf and back, and names the same files", () => {
  fc.assert(
    fc.property(stem, cookieText, fc.integer({ min: -99999, max: 9_999_999 }), (prefix, text, frame) => {
      const typed = readSequence(`/x/${prefix}${text}.exr`);
      const again = readSequence(typed.pattern);
      expect(again.pattern).toBe(typed.pattern);
      expect(toPrintf(again.cookie)).toBe(toPrintf(typed.cookie));
      expect(formatFrame(again.cookie, frame)).toBe(formatFrame(typed.cookie, frame));
      expect(Number(formatFrame(typed.cookie, frame))).toBe(frame);
    }),
  );
});
