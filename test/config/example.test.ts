import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FILE_KEYS } from "../../src/config/keys.ts";
import { loadSettings } from "../../src/config/load-settings.ts";

const EXAMPLE = new URL("../../.sgrc.example", import.meta.url).pathname;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sgmedia-example-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("the example names every key, and nothing else", async () => {
  const text = await readFile(EXAMPLE, "utf8");
  const named = [...text.matchAll(/^(?:# )?([a-zA-Z]+): /gm)].map((match) => match[1]);
  expect(new Set(named)).toEqual(new Set(FILE_KEYS));
});

it("the example is read as it stands", async () => {
  const path = join(folder, ".sgrc");
  await copyFile(EXAMPLE, path);
  const key = join(folder, "bot.key");
  await writeFile(key, "example-key-1", { mode: 0o600 });
  const text = (await readFile(path, "utf8")).replaceAll(/scriptKeyFile: .+/g, `scriptKeyFile: ${key}`);
  await writeFile(path, text);
  const env = { SGMEDIA_CONFIG_DIR: folder };
  const settings = await loadSettings({ flags: { profile: "farm" }, env, cwd: folder, platform: "linux" });
  expect(settings.credentials.value).toMatchObject({ kind: "script", scriptName: "farm-bot" });
  expect([settings.jobs.value, settings.progress.value, settings.waitSeconds.value]).toEqual([
    2,
    "plain",
    null,
  ]);
});
