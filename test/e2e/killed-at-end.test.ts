/** SIGKILL in the last moments of a transfer, when the bytes are there and only the memory of it is left: the next run moves none again. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Site } from "./harness.ts";

const BYTES = 12_000_000;
const DIE_AT = pathToFileURL(join(import.meta.dirname, "die-at.mjs")).href;

let site: Site;
let movie: string;
let movieBytes: Buffer;
beforeAll(async () => {
  site = await Site.launch({ silent: true, env: { SGMEDIA_FFMPEG: "/nowhere/ffmpeg" } });
  movie = await site.file("movie.mov", BYTES);
  movieBytes = await readFile(movie);
  expect((await site.run(["upload", movie, "--version", "23404"])).code).toBe(0);
});
afterAll(() => site.stop());

const journals = () => readdir(join(site.folder, "state", "transfers"));

async function runAndDie(moment: string, args: readonly string[]): Promise<void> {
  const env = { NODE_OPTIONS: `--import ${DIE_AT}`, DIE_AT: moment };
  // Killed, there is no exit code.
  expect((await site.run(args, { env })).code).toBe(-1);
}

/** Runs to the end; returns the result, and the bytes of files that the storage took in and gave out. */
async function runAgain(args: readonly string[]) {
  const before = (await site.log()).length;
  const { code, json } = await site.run([...args, "--json"]);
  expect(json.error).toBeNull();
  expect(code).toBe(0);
  const log = (await site.log()).slice(before).filter((each) => each.surface === "storage");
  const moved = log.filter((each) => each.range !== "bytes=0-0");
  return {
    result: json.results[0],
    movedBytes: moved.reduce((sum, each) => sum + each.bytesIn + each.bytesOut, 0),
  };
}

describe("a download with --if-exists overwrite", () => {
  it.each([
    ["before the file takes its place", "rename movie.mov", "an old file", false],
    ["between its place and the end of its memory", "unlink .jsonl", "an old file", true],
    ["while it has both names", "unlink .part 2", null, true],
    ["before its exit code", "exit", "an old file", true],
  ])("%s", async (what, moment, old, inPlace) => {
    const out = join(site.folder, what.replaceAll(" ", "-"));
    const target = join(out, "movie.mov");
    await mkdir(out);
    if (old !== null) await writeFile(target, old);
    const args = ["download", "--version", "23404", "-o", target, "--if-exists", "overwrite"];
    await runAndDie(moment, args);
    expect((await readFile(target)).equals(inPlace ? movieBytes : Buffer.from(old ?? ""))).toBe(true);
    expect((await journals()).some((name) => name.endsWith(".jsonl"))).toBe(moment !== "exit");

    const { result, movedBytes } = await runAgain(args);
    expect(movedBytes).toBe(0);
    expect(result).toMatchObject({ ok: true, output: target, sizeBytes: BYTES });
    expect(result.skipped ?? false).toBe(inPlace);
    expect((await readFile(target)).equals(movieBytes)).toBe(true);
    expect(await readdir(out)).toEqual(["movie.mov"]);
    expect(await journals()).toEqual([]);
  });
});

describe("--if-exists overwrite", () => {
  it("leaves equal bytes alone, and overwrites others of the same size", async () => {
    const target = join(site.folder, "other.mov");
    const turned = Buffer.from(movieBytes);
    turned[BYTES - 1] = (turned[BYTES - 1] ?? 0) ^ 1;
    await writeFile(target, turned);
    const args = ["download", "--version", "23404", "-o", target, "--if-exists", "overwrite"];
    const first = await runAgain(args);
    expect([first.movedBytes, first.result.skipped ?? false]).toEqual([BYTES, false]);
    expect((await readFile(target)).equals(movieBytes)).toBe(true);
    const second = await runAgain(args);
    expect([second.movedBytes, second.result.skipped]).toEqual([0, true]);
  });
});

describe("an upload, between the site's answer and the end of its memory", () => {
  it.each([
    ["in parts", "skip", ["--part-size", "5MiB"]],
    ["in parts", "new", ["--part-size", "5MiB"]],
    ["in parts", "replace", ["--part-size", "5MiB"]],
    ["in one piece", "skip", []],
    ["in one piece", "new", []],
  ])("%s, --if-exists %s", async (how, ifExists, more) => {
    const path = await site.file(`${how} ${ifExists}.mov`, BYTES);
    const args = ["upload", path, "--version", "23425", "--if-exists", ifExists, ...more];
    const before = (await site.find("attachments", ["filename"])).length;
    await runAndDie("unlink .jsonl", args);
    expect((await journals()).some((name) => name.endsWith(".jsonl"))).toBe(true);

    const { result, movedBytes } = await runAgain(args);
    expect(movedBytes).toBe(0);
    expect(result).toMatchObject({ ok: true, attachment: { type: "Attachment" } });
    expect((await site.find("attachments", ["filename"])).length).toBe(before + 1);
    expect(await journals()).toEqual([]);
    expect(existsSync(path)).toBe(true);
  });
});
