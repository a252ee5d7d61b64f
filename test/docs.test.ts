import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { glob } from "tinyglobby";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../src/shared/error-codes.ts";

const root = join(import.meta.dirname, "..");
/** Words that follow the name in a sentence. */
const PROSE = new Set(["does", "reads", "help"]);
const readme = await readFile(join(root, "README.md"), "utf8");

describe("README.md", () => {
  it("has its two commands as the first lines of its first two code blocks", async () => {
    const blocks = [...readme.matchAll(/^```[a-z]*\n([\s\S]*?)^```/gm)].map((match) => match[1]?.trim());
    expect(blocks.slice(0, 2)).toEqual(["npm ci && npm run demo", "npm ci && npm test"]);
    const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const name of [...readme.matchAll(/npm run ([a-z0-9:]+)/g)].map((match) => match[1] ?? ""))
      expect(Object.keys(scripts)).toContain(name);
  });
  it("names every error code with its exit code and meaning, and no other", () => {
    const written = [...readme.matchAll(/^\| `(E_\w+)` \| (\d+) \| (.+) \|$/gm)].map((match) => [
      match[1],
      Number(match[2]),
      match[3],
    ]);
    expect(written).toEqual(
      Object.entries(ERROR_CODES).map(([code, { exit, meaning }]) => [code, exit, meaning]),
    );
  });
  it("explains every exit code that an error can give", () => {
    for (const { exit } of Object.values(ERROR_CODES))
      expect(readme).toMatch(new RegExp(`^\\| (?:${exit}|${exit}, 143) \\|`, "m"));
  });
});

describe("what errors tell people to type", () => {
  it("are commands that there are", async () => {
    const commands = (await readdir(join(root, "src/cli/commands"))).map((name) => name.replace(/\.ts$/, ""));
    expect(commands.length).toBeGreaterThan(5);
    const files = await glob("src/**/*.ts", { cwd: root });
    const unknown: string[] = [];
    for (const file of files) {
      const text = await readFile(join(root, file), "utf8");
      for (const [, word = ""] of text.matchAll(/\bsgmedia ([a-z][a-z-]+)(?=[\s`"'),.\\])/g)) {
        if (!commands.includes(word) && !PROSE.has(word)) unknown.push(`${file}: sgmedia ${word}`);
      }
    }
    expect(unknown).toEqual([]);
  });
});

describe("the lock file", () => {
  it("names no address of a download", async () => {
    expect(await readFile(join(root, "package-lock.json"), "utf8")).not.toContain('"resolved"');
  });
});
