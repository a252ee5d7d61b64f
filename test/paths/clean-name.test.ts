import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanName, numberedName } from "../../src/paths/clean-name.ts";

test.each([
  ["shot.mov", "shot.mov"],
  ["../../etc/passwd", ".._.._etc_passwd"],
  ["C:\\evil.exe", "C__evil.exe"],
  ["..", "download"],
  ["", "download"],
  ["   ", "download"],
  ["con.mov", "_con.mov"],
  ["CON", "_CON"],
  ["COM1 .mov", "_COM1 .mov"],
  ["conout$", "_conout$"],
  ["console.mov", "console.mov"],
  ["shot.mov. . ", "shot.mov"],
  ["a\u0000b\u001fc.mov", "abc.mov"],
  ["inv\u202Eoom.exe", "invoom.exe"],
  ["e\u0301.mov", "\u00e9.mov"],
])("%j becomes %j", (name, clean) => {
  expect(cleanName(name)).toBe(clean);
});

test("the fallback is cleaned as well", () => {
  expect(cleanName("..", { fallback: "Version:1/x" })).toBe("Version_1_x");
  expect(cleanName("..", { fallback: ".." })).toBe("download");
});

test("a long name keeps its extension", () => {
  const clean = cleanName(`${"é".repeat(300)}.mov`);
  expect(Buffer.byteLength(clean)).toBeLessThanOrEqual(255);
  expect(clean.endsWith(".mov")).toBe(true);
});

test("a numbered name keeps its extension and fits", () => {
  expect(numberedName("shot.mov", 2)).toBe("shot (2).mov");
  expect(numberedName("shot", 12)).toBe("shot (12)");
  const long = numberedName(`${"x".repeat(251)}.mov`, 3);
  expect(Buffer.byteLength(long)).toBe(255);
  expect(long.endsWith(" (3).mov")).toBe(true);
  expect(Buffer.byteLength(numberedName(`a.${"x".repeat(253)}`, 4))).toBeLessThanOrEqual(255);
});

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "/",
      "\\",
      ".",
      " ",
      ":",
      "\0",
      "\n",
      "\u202e",
      "é",
      "e\u0301",
      "\ud800",
      "𝒜",
      "con",
      "~",
    ),
    fc.string({ unit: "binary", minLength: 1, maxLength: 4 }),
  ),
  maxLength: 200,
});

test("any text becomes one sound component", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const clean = cleanName(text);
      expect(clean).not.toMatch(/[/\\\u0000-\u001f]/);
      expect(["", ".", ".."]).not.toContain(clean);
      expect(Buffer.byteLength(clean)).toBeLessThanOrEqual(255);
      expect(clean).not.toMatch(/[\s.]$|^\s/);
      expect(clean).not.toMatch(/^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)/i);
      expect(clean).not.toMatch(/\p{Surrogate}/u);
    }),
    { numRuns: 2000 },
  );
});

test("cleaning a clean name changes nothing", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(cleanName(cleanName(text))).toBe(cleanName(text));
    }),
    { numRuns: 2000 },
  );
});

test("a numbered name of any text is one component that fits", () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 1_000_000 }), (text, n) => {
      const name = numberedName(cleanName(text), n);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(name).not.toMatch(/[/\\]/);
      expect(name).toContain(`(${n})`);
    }),
  );
});
