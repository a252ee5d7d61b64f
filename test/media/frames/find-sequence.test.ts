import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FramesAbsent, findSequence } from "../../../src/media/frames/index.ts";
import { SgmediaError } from "../../../src/shared/errors.ts";

let folder = "";
const signal = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sgmedia-frames-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function touch(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), "x");
  }
}

const find = (name: string) => findSequence(join(folder, name), { signal });

async function refusal(name: string): Promise<SgmediaError> {
  const thrown = await find(name).then(
    (found) => found,
    (error: unknown) => error,
  );
  if (thrown instanceof SgmediaError && thrown.code === "E_FRAMES") return thrown;
  throw new Error(`${name} was not refused with E_FRAMES: ${JSON.stringify(thrown)}`);
}

const frames = (from: number, to: number, name: (frame: string) => string): string[] =>
  Array.from({ length: to - from + 1 }, (_none, at) => name(String(from + at).padStart(4, "0")));

describe("a sequence by its folder, a frame, or its name", () => {
  test.each([
    "",
    "shot.1003.exr",
    "shot.%04d.exr",
    "shot.#.exr",
    "shot.####.exr",
    "shot.@@@@.exr",
    "shot.##.exr",
  ])("%j", async (typed) => {
    await touch(
      ...frames(1001, 1010, (f) => `shot.${f}.exr`),
      "notes.txt",
      ".shot.1020.exr",
      "sub/shot.2000.exr",
    );
    await rm(join(folder, "shot.1004.exr"));
    await rm(join(folder, "shot.1006.exr"));
    await rm(join(folder, "shot.1007.exr"));
    expect(await find(typed)).toMatchObject({
      directory: folder,
      pattern: join(folder, "shot.%04d.exr"),
      filePattern: join(folder, "shot.%04d.exr"),
      first: 1001,
      last: 1010,
      count: 7,
      expectedCount: 10,
      rangeText: "1001-1010",
      padding: 4,
      missing: [1004, 1006, 1007],
      missingCount: 3,
      missingText: "1004,1006-1007",
      stereo: false,
    });
  });

  test("a range takes its own frames only", async () => {
    await touch(...frames(1, 30, (f) => `a.${f}.dpx`));
    await rm(join(folder, "a.0011.dpx"));
    expect(await find("a.1-25x10#.dpx")).toMatchObject({
      first: 1,
      last: 21,
      count: 2,
      expectedCount: 3,
      rangeText: "1-21x10",
      missing: [11],
    });
  });

  test("numbers without zeros, of even and uneven width", async () => {
    await touch("a.998.png", "a.999.png", "a.1000.png", "b.100.png", "b.101.png");
    expect(await find("a.999.png")).toMatchObject({
      pattern: join(folder, "a.%d.png"),
      padding: 0,
      count: 3,
    });
    expect(await find("b.100.png")).toMatchObject({ pattern: join(folder, "b.%03d.png"), padding: 3 });
  });

  test("zeros in front decide the width, wider numbers belong to it", async () => {
    await touch("a.0999.png", "a.1000.png", "a.10000.png");
    expect(await find("a.10000.png")).toMatchObject({ padding: 4, count: 3, last: 10000 });
  });

  test("negative frames", async () => {
    await touch("a.-002.png", "a.-001.png", "a.0000.png", "a.0001.png");
    expect(await find("a.0001.png")).toMatchObject({ first: -2, last: 1, count: 4, padding: 4, missing: [] });
    expect(await find("a.-2-1#.png")).toMatchObject({ first: -2, count: 4 });
  });

  test("a number in the extension's place, and one between dots", async () => {
    await touch("a.0001", "a.0002", "b.0001.left.exr", "b.0002.left.exr");
    expect(await find("a.0002")).toMatchObject({ pattern: join(folder, "a.%04d"), count: 2 });
    expect(await find("b.0002.left.exr")).toMatchObject({
      pattern: join(folder, "b.%04d.left.exr"),
      count: 2,
    });
  });

  test("a folder with stills beside the sequence", async () => {
    await touch(
      ...frames(1, 5, (f) => `shot_v002.${f}.exr`),
      "slate.0001.exr",
      "shot.mov",
      "poster_v003.png",
    );
    expect(await find("")).toMatchObject({ pattern: join(folder, "shot_v002.%04d.exr"), count: 5 });
  });

  test("files of another width are left out and told", async () => {
    await touch("a.0001.exr", "a.0002.exr", "a.3.exr");
    const found = await find("a.%04d.exr");
    expect(found.count).toBe(2);
    expect(found.warnings[0]).toContain("1 files differ");
  });
});

describe("stereo", () => {
  test("both eyes are looked at, the eye's place is kept", async () => {
    await touch(
      ...frames(1, 5, (f) => `left/a.left.${f}.exr`),
      ...frames(1, 5, (f) => `right/a.right.${f}.exr`),
    );
    await rm(join(folder, "right/a.right.0003.exr"));
    expect(await find("%V/a.%V.%04d.exr")).toMatchObject({
      pattern: join(folder, "%V/a.%V.%04d.exr"),
      filePattern: join(folder, "left/a.left.%04d.exr"),
      count: 4,
      missing: [3],
      stereo: true,
    });
  });

  test("one eye is not enough, none is absent", async () => {
    await touch("a.L.0001.exr", "a.L.0002.exr");
    expect((await refusal("a.%v.%04d.exr")).message).toContain("right eye");
    expect(await refusal("b.%v.%04d.exr")).toBeInstanceOf(FramesAbsent);
  });

  test("a studio's own words", async () => {
    await touch("a.lft.0001.exr", "a.rgt.0001.exr");
    const env = { RV_STEREO_NAME_PAIRS: "lft:rgt" };
    expect(await findSequence(join(folder, "a.%V.%04d.exr"), { signal, env })).toMatchObject({ count: 1 });
  });
});

describe("what is no sequence", () => {
  test("several in a folder are listed", async () => {
    await touch(...frames(1, 3, (f) => `a.${f}.exr`), ...frames(7, 9, (f) => `b.${f}.exr`));
    const error = await refusal("");
    expect(error.why).toContain("a.%04d.exr (1-3)");
    expect(error.why).toContain("b.%04d.exr (7-9)");
    expect(error.fix).toMatch(/[ab]\.%04d\.exr/);
  });

  test("an empty folder, a missing one, a missing name", async () => {
    await touch("notes.txt");
    expect((await refusal("")).message).toContain("no frame sequence");
    expect(await refusal("gone/a.%04d.exr")).toBeInstanceOf(FramesAbsent);
    expect(await refusal("a.%04d.exr")).toBeInstanceOf(FramesAbsent);
    await refusal("gone.exr");
  });

  test("movies and single files, with # and @ in their names too", async () => {
    await touch("shot.0001.mov", "my#1 file.mov", "foo@2x.png", "poster.png", "comp_v003.exr");
    for (const name of ["shot.0001.mov", "my#1 file.mov", "foo@2x.png", "poster.png", "comp_v003.exr"]) {
      expect(await refusal(name)).not.toBeInstanceOf(FramesAbsent);
    }
  });

  test("the wrong width names the right one", async () => {
    await touch("a.0001.exr", "a.0002.exr");
    for (const name of ["a.@.exr", "a.%03d.exr"]) {
      const error = await refusal(name);
      expect(error).not.toBeInstanceOf(FramesAbsent);
      expect(error.fix).toContain("a.%04d.exr");
    }
    await touch("b.01.exr", "b.02.exr");
    expect((await refusal("b.##.exr")).fix).toContain("b.%02d.exr");
  });

  test("a range with none of its frames says what is there", async () => {
    await touch("a.0011.exr", "a.0012.exr");
    expect((await refusal("a.1-10#.exr")).why).toContain("11 to 12");
  });

  test("a folder whose own name RV would take for the frame number", async () => {
    await touch("shot#1/a.0001.exr", "shot#1/a.0002.exr");
    expect((await refusal("shot#1")).message).toContain("folder");
    expect((await refusal("shot#1/a.0001.exr")).message).toContain("folder");
  });

  test("it ends when it is told to", async () => {
    await touch(...frames(1, 20, (f) => `a.${f}.exr`));
    const ended = AbortSignal.abort(new Error("enough"));
    await expect(findSequence(folder, { signal: ended })).rejects.toThrow("enough");
  });
});
