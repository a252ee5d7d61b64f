import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFfmpeg, probeMovie } from "../../../src/media/ffmpeg/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sgmedia-find-"));
  for (const name of ["first", "second"]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "ffmpeg"), "#!/bin/sh\n");
    await chmod(join(folder, name, "ffmpeg"), 0o755);
  }
  await mkdir(join(folder, "folder", "ffmpeg"), { recursive: true });
  await mkdir(join(folder, "plain"));
  await writeFile(join(folder, "plain", "ffmpeg"), "no program", { mode: 0o644 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("findFfmpeg", () => {
  test("SGMEDIA_FFMPEG goes before PATH, as a path or as a name", async () => {
    const PATH = join(folder, "first");
    const own = join(folder, "second", "ffmpeg");
    expect(await findFfmpeg({ SGMEDIA_FFMPEG: own, PATH })).toBe(own);
    expect(await findFfmpeg({ SGMEDIA_FFMPEG: "ffmpeg", PATH })).toBe(join(PATH, "ffmpeg"));
  });

  test("the first program on PATH is taken; folders, plain files and relative entries are not", async () => {
    const PATH = ["", ".", "plain", "folder", "second", "first"]
      .map((name) => (name.length > 1 ? join(folder, name) : name))
      .join(delimiter);
    expect(await findFfmpeg({ PATH })).toBe(join(folder, "second", "ffmpeg"));
  });

  test("without either, the npm package's program is taken", async () => {
    expect(await findFfmpeg({ PATH: "", SGMEDIA_FFMPEG: "" })).toMatch(/@ffmpeg-installer/);
  });

  test.each(["/nowhere/ffmpeg", "no-such-ffmpeg"])(
    "a setting that leads nowhere is an error: %s",
    async (wanted) => {
      await expect(findFfmpeg({ SGMEDIA_FFMPEG: wanted, PATH: join(folder, "first") })).rejects.toMatchObject(
        {
          code: "E_FFMPEG",
          message: expect.stringContaining(wanted),
          fix: expect.stringContaining("ffmpeg"),
        },
      );
    },
  );

  test("a program that cannot be started says so", async () => {
    const broken = join(folder, "broken");
    await writeFile(broken, "#!/no/such/interpreter\n", { mode: 0o755 });
    await expect(probeMovie(broken, "shot.mov", AbortSignal.timeout(10_000))).rejects.toMatchObject({
      code: "E_FFMPEG",
      message: expect.stringContaining(broken),
    });
  });
});
