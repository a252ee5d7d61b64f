import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { glob } from "tinyglobby";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** What each room may import of the others. `shared` is open to every room but the sandbox. */
const ROOMS: Record<string, readonly string[]> = {
  shared: [],
  config: ["shared"],
  media: ["shared"],
  paths: ["shared"],
  transfer: ["shared"],
  site: ["shared", "transfer/ports.ts"],
  workflow: ["shared", "site/types.ts", "transfer/ports.ts", "transfer/types.ts", "media", "paths"],
  cli: ["shared", "config", "workflow", "media"],
  sandbox: [],
};

async function importsOf(room: string): Promise<{ file: string; target: string }[]> {
  const files = await glob(`src/${room}/**/*.{ts,js}`, { cwd: root });
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(root, file), "utf8");
      const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
        (match) => match[1] ?? "",
      );
      return specifiers.map((specifier) => ({
        file,
        target: relative(join(root, "src"), join(root, file, "..", specifier)),
      }));
    }),
  );
  expect(files.length, `no files in src/${room}: the check looked at nothing`).toBeGreaterThan(0);
  return found.flat();
}

describe("the walls between the rooms", () => {
  for (const [room, open] of Object.entries(ROOMS)) {
    it(`${room} imports only ${open.join(", ") || "itself"}`, async () => {
      const wrong = (await importsOf(room)).filter(
        ({ target }) =>
          !target.startsWith(`${room}/`) &&
          !open.some((each) => target === each || target.startsWith(`${each}/`)),
      );
      expect(wrong).toEqual([]);
    });
  }
});

describe("the project's text", () => {
  it("names no machine, registry or address of a download", async () => {
    const files = await glob(["**/*.{ts,js,mjs,json,md,sh}", ".ci/run"], {
      cwd: root,
      ignore: ["node_modules/**", "dist/**", "coverage/**"],
      dot: true,
    });
    expect(files.length).toBeGreaterThan(50);
    const wrong: string[] = [];
    for (const file of files) {
      const text = await readFile(join(root, file), "utf8");
      if (/registry\.npmjs\.org|"resolved":\s*"http/.test(text.replace(/\/registry\\\.npmjs.*\n/, "")))
        wrong.push(file);
    }
    expect(wrong).toEqual([]);
  });
});
