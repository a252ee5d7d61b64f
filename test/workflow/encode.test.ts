import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findFfmpeg, probeMovie } from "../../src/media/ffmpeg/index.ts";
import { encodeForReview } from "../../src/workflow/encode.ts";
import type { Work } from "../../src/workflow/types.ts";

let folder = "";
let temporary = "";
let ffmpeg = "";
const told: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sgmedia-encode-test-"));
  temporary = join(folder, "tmp");
  ffmpeg = await findFfmpeg(process.env);
  for (const path of ["tmp", "whole", "gaps", "st/left", "st/right", "bad"]) {
    await mkdir(join(folder, path), { recursive: true });
  }
  await draw("whole/shot.%04d.png", 1001, 6);
  await draw("gaps/shot.%04d.png", 1, 9);
  for (const frame of ["0004", "0006", "0007"]) await rm(join(folder, `gaps/shot.${frame}.png`));
  for (const eye of ["left", "right"]) await draw(`st/${eye}/s_%02d.png`, 1, 3);
  for (const frame of ["1", "2"]) await writeFile(join(folder, `bad/s.${frame}.png`), "no picture");
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  told.length = 0;
});

async function draw(pattern: string, first: number, count: number): Promise<void> {
  const source = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25", "-frames:v", String(count)];
  await execa(ffmpeg, [...source, "-start_number", String(first), join(folder, pattern)]);
}

function work(changes: Partial<Work> = {}): Work {
  const tell = (text = ""): void => {
    told.push(text);
  };
  const step = (text: string) => {
    tell(text);
    return { update: tell, done: tell, failed: () => tell("failed") };
  };
  const progress = { step } as Work["progress"];
  const signal = new AbortController().signal;
  return { progress, signal, cwd: folder, env: process.env, ...changes } as Work;
}

const encode = (path: string, changes: Partial<Work> = {}) =>
  encodeForReview(work(changes), { path, frameRate: 12, folder: temporary });

describe("a movie of the frames", () => {
  test.each([
    ["whole", "shot.mp4", 6],
    ["whole/shot.1003-1005#.png", "shot.mp4", 3],
    ["st/%V/s_@@.png", "s.mp4", 3],
  ])("%s", async (path, name, count) => {
    const review = await encode(path);
    expect(basename(review.movie)).toBe(name);
    expect(dirname(dirname(review.movie))).toBe(temporary);
    expect(review.sequence.count).toBe(count);
    const facts = await probeMovie(ffmpeg, review.movie, new AbortController().signal);
    expect(facts.frameRate).toBe(12);
    expect(facts.durationSeconds).toBeCloseTo(count / 12, 2);
    expect(told.at(-1)).toContain(`${count} frames`);
    expect(told.some((text) => text.includes(`${count} of ${count} frames`))).toBe(true);
    await review.release();
    expect(await readdir(temporary)).toEqual([]);
  });
});

describe("what cannot be encoded leaves nothing behind", () => {
  test.each([
    ["gaps", "E_FRAMES", "3 of 9 frames are missing: 4,6-7."],
    ["whole/shot.1001-1006x2#.png", "E_FRAMES", "follow each other"],
    ["whole/none.%04d.png", "E_FRAMES", null],
    ["bad", "E_FFMPEG", ""],
  ])("%s: %s", async (path, code, why) => {
    await expect(encode(path)).rejects.toMatchObject({
      code,
      why: why === null ? null : expect.stringContaining(why),
    });
    expect(await readdir(temporary)).toEqual([]);
  });

  test("interrupted", async () => {
    await expect(encode("whole", { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await readdir(temporary)).toEqual([]);
  });
});
