import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FieldInfo, LocalStorageRow } from "../../src/site/types.ts";
import { setPath } from "../../src/workflow/index.ts";
import type { SetPathInput } from "../../src/workflow/types.ts";
import { openSandboxWork, type SandboxWork, siteWith } from "./sandbox-work.ts";

let at: SandboxWork;
beforeAll(async () => {
  at = await openSandboxWork();
  for (const frame of ["1001", "1002", "1004", "1005"]) await touch(`shot/shot.${frame}.exr`);
  await touch("shot.mov", "still_v002.png", "one/one.0001.png", "foo@2x.png");
  for (const eye of ["left", "right"]) for (const f of ["01", "02"]) await touch(`st/${eye}/s.${f}.exr`);
});
afterAll(() => at?.close());
beforeEach(async () => {
  at.told.length = 0;
  await at.site.update(VERSION, EMPTY);
});

const VERSION = { type: "Version", id: 23404 };
const EMPTY = {
  sg_path_to_frames: null,
  sg_path_to_movie: null,
  sg_first_frame: null,
  sg_last_frame: null,
  frame_count: null,
  frame_range: null,
};

async function touch(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(at.folder, name)), { recursive: true });
    await writeFile(join(at.folder, name), "x");
  }
}

const input = (path: string, changes: Partial<SetPathInput> = {}): SetPathInput => ({
  path,
  record: { type: "Version", key: "23404" },
  kind: null,
  as: null,
  ...changes,
});
const stored = async () => (await at.site.read(VERSION, Object.keys(EMPTY)))?.fields;

const HERE = (): LocalStorageRow => ({
  id: 5,
  name: "here",
  windows: "W:\\shows",
  mac: "/Volumes/shows",
  linux: at.folder,
});
const withStorage = () => at.work({ site: siteWith(at.site, { localStorages: async () => [HERE()] }) });

describe("frames", () => {
  test.each([
    "shot",
    "./shot/",
    "shot/shot.1002.exr",
    "shot/shot.%04d.exr",
    "shot/shot.#.exr",
    "shot/shot.1001-1005#.exr",
  ])("%s", async (path) => {
    const value = join(at.folder, "shot/shot.%04d.exr");
    expect(await setPath(at.work(), input(path))).toEqual([
      {
        ok: true,
        entity: VERSION,
        field: "sg_path_to_frames",
        value,
        frames: { first: 1001, last: 1005, count: 4, missing: [1003], padding: 4 },
      },
    ]);
    expect(await stored()).toEqual({
      sg_path_to_frames: value,
      sg_path_to_movie: null,
      sg_first_frame: 1001,
      sg_last_frame: 1005,
      frame_count: 5,
      frame_range: "1001-1005",
    });
    expect(at.told).toEqual(["Missing frames: 1003."]);
  });

  test("stereo keeps the eye's place", async () => {
    const [row] = await setPath(at.work(), input("st/%V/s.@@.exr"));
    expect(row).toMatchObject({
      value: join(at.folder, "st/%V/s.%02d.exr"),
      frames: { count: 2, padding: 2 },
    });
  });

  test("the movie's path stays as it is", async () => {
    await at.site.update(VERSION, { sg_path_to_movie: "/x/kept.mov" });
    await setPath(at.work(), input("shot"));
    expect(await stored()).toMatchObject({ sg_path_to_movie: "/x/kept.mov" });
  });

  test("frames that are not here come from the range, with a warning", async () => {
    const [row] = await setPath(at.work(), input("/farm/x/s.1-10x3#.exr"));
    expect(row).toMatchObject({
      value: "/farm/x/s.%04d.exr",
      frames: { first: 1, last: 10, count: 4, missing: [], padding: 4 },
    });
    expect(await stored()).toMatchObject({
      sg_first_frame: 1,
      sg_last_frame: 10,
      frame_count: 4,
      frame_range: "1-10x3",
    });
    expect(at.told).toEqual(["/farm/x/s.1-10x3#.exr is not on this machine."]);
  });

  test("without a range the frame fields are left alone", async () => {
    await at.site.update(VERSION, { sg_first_frame: 7 });
    const [row] = await setPath(at.work(), input("/farm/x/s.%04d.exr"));
    expect(row).not.toHaveProperty("frames");
    expect(await stored()).toMatchObject({ sg_path_to_frames: "/farm/x/s.%04d.exr", sg_first_frame: 7 });
  });

  test("fields that the schema lacks or locks are not written", async () => {
    const fields = new Map<string, FieldInfo>(await at.site.fields("Version"));
    fields.delete("frame_range");
    const count = fields.get("frame_count");
    if (count) fields.set("frame_count", { ...count, editable: false });
    const site = siteWith(at.site, { fields: async () => fields });
    await setPath(at.work({ site }), input("shot"));
    expect(await stored()).toMatchObject({ sg_first_frame: 1001, frame_count: null, frame_range: null });
  });
});

describe("a movie", () => {
  test.each(["shot.mov", "still_v002.png", "foo@2x.png", "one/one.0001.png"])("%s", async (path) => {
    const value = join(at.folder, path);
    expect(await setPath(at.work(), input(path))).toEqual([
      { ok: true, entity: VERSION, field: "sg_path_to_movie", value },
    ]);
    expect(await stored()).toEqual({ ...EMPTY, sg_path_to_movie: value });
    expect(at.told).toEqual([]);
  });

  test("told outright, and one frame told to be frames", async () => {
    const frame = join(at.folder, "shot/shot.1001.exr");
    expect(await setPath(at.work(), input(frame, { kind: "movie" }))).toMatchObject([
      { field: "sg_path_to_movie", value: frame },
    ]);
    expect(await setPath(at.work(), input("one/one.0001.png", { kind: "frames" }))).toMatchObject([
      { field: "sg_path_to_frames", frames: { first: 1, count: 1 } },
    ]);
  });

  test("one that is not here is warned about, another system's is kept as spelled", async () => {
    await setPath(at.work(), input("/farm/gone.mov"));
    const [row] = await setPath(at.work(), input("X:/shows//a.mov"));
    expect(row).toMatchObject({ value: "X:\\shows\\a.mov", field: "sg_path_to_movie" });
    expect(at.told[0]).toBe("/farm/gone.mov is not on this machine.");
    expect(at.told[1]).toContain("another system");
  });
});

describe("another system's spelling", () => {
  test("through a storage", async () => {
    const [row] = await setPath(withStorage(), input("shot", { as: "windows" }));
    expect(row).toMatchObject({ value: "W:\\shows\\shot\\shot.%04d.exr", frames: { count: 4 } });
    expect(at.told[0]).toBe("Spelled for windows by storage here (5).");
    expect(await setPath(withStorage(), input("shot.mov", { as: "mac" }))).toMatchObject([
      { value: "/Volumes/shows/shot.mov" },
    ]);
  });

  test("typed in another system's spelling, the frames are looked at here", async () => {
    const [row] = await setPath(withStorage(), input("w:\\Shows\\shot"));
    expect(row).toMatchObject({
      value: "w:\\Shows\\shot\\shot.%04d.exr",
      frames: { first: 1001, missing: [1003] },
    });
    const [mapped] = await setPath(withStorage(), input("w:\\Shows\\shot\\shot.1004.exr", { as: "linux" }));
    expect(mapped).toMatchObject({ value: join(at.folder, "shot/shot.%04d.exr") });
  });

  test("through RV's variables, which stay in a path that begins with one", async () => {
    const env = {
      RV_OS_PATH_LINUX: at.folder,
      RV_OS_PATH_WINDOWS: "//srv/shows",
      RV_PATHSWAP_SHOWS: at.folder,
    };
    expect(await setPath(at.work({ env }), input("shot.mov", { as: "windows" }))).toMatchObject([
      { value: "\\\\srv\\shows\\shot.mov" },
    ]);
    expect(await setPath(at.work({ env }), input(`\${RV_PATHSWAP_SHOWS}/shot`))).toMatchObject([
      { value: `\${RV_PATHSWAP_SHOWS}/shot/shot.%04d.exr`, frames: { count: 4 } },
    ]);
  });

  test("nothing says how: the roots are told and nothing is written", async () => {
    const before = await stored();
    await expect(setPath(at.work(), input("shot", { as: "windows" }))).rejects.toMatchObject({
      code: "E_NO_STORAGE_ROOT",
      why: expect.stringContaining("/mnt/projects"),
    });
    expect(await stored()).toEqual(before);
    expect(await setPath(at.work(), input("shot.mov", { as: "linux" }))).toMatchObject([
      { value: join(at.folder, "shot.mov") },
    ]);
  });
});

describe("what is refused", () => {
  test.each([
    ["", "E_USAGE", {}],
    ["x:shot.mov", "E_USAGE", {}],
    ["P:\\x\\..\\a.mov", "E_USAGE", {}],
    ["shot", "E_USAGE", { kind: "movie" }],
    ["gone", "E_INPUT_MISSING", {}],
    ["shot.mov", "E_FRAMES", { kind: "frames" }],
    ["shot/shot.10-1#.exr", "E_FRAMES", {}],
    ["shot/shot.%06d.exr", "E_FRAMES", {}],
    ["/farm/s.##.exr", "E_FRAMES", {}],
    ["/farm/s#1/a.%04d.exr", "E_FRAMES", {}],
  ] as const)("%j: %s %j", async (path, code, changes) => {
    await expect(setPath(at.work(), input(path, changes))).rejects.toMatchObject({ code });
  });

  test("a record that has no such field", async () => {
    const [playlist] = await at.site.find("Playlist", [], { fields: ["code"], limit: 1 });
    const record = { type: "Playlist", key: String(playlist?.id) };
    await expect(setPath(at.work(), input("shot.mov", { record }))).rejects.toMatchObject({
      code: "E_FIELD_UNKNOWN",
      fix: expect.stringContaining("--version"),
    });
  });

  test("a site that did not keep it", async () => {
    const site = siteWith(at.site, { update: async (ref) => ({ ...ref, fields: {} }) });
    await expect(setPath(at.work({ site }), input("shot.mov"))).rejects.toMatchObject({
      code: "E_MISMATCH",
      why: expect.stringContaining("null in place of"),
    });
  });
});

test("a dry run writes nothing", async () => {
  const [row] = await setPath(at.work({ dryRun: true }), input("shot"));
  expect(row).toMatchObject({ planned: true, frames: { first: 1001 } });
  expect(await stored()).toEqual(EMPTY);
});
