import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LocalStorageRow } from "../../src/site/types.ts";
import { linkLocal } from "../../src/workflow/index.ts";
import type { LinkLocalInput, Work } from "../../src/workflow/types.ts";
import { openSandboxWork, type SandboxWork, siteWith } from "./sandbox-work.ts";

let at: SandboxWork;
beforeAll(async () => {
  at = await openSandboxWork();
});
afterAll(() => at?.close());
beforeEach(() => {
  at.told.length = 0;
});

const VERSION = { type: "Version", key: "23404" };
const input = (path: string, changes: Partial<LinkLocalInput> = {}): LinkLocalInput => ({
  path,
  record: VERSION,
  field: null,
  storage: null,
  relative: false,
  checkExists: false,
  name: null,
  ...changes,
});

const held = () => at.site.media({ type: "Version", id: 23404 }, "sg_uploaded_movie");
const storages = (rows: LocalStorageRow[], changes: Partial<Work> = {}): Work =>
  at.work({ site: siteWith(at.site, { localStorages: async () => rows }), ...changes });

describe("a link that the site takes", () => {
  test.each([
    ["/mnt/projects/x/athena.mp4"],
    ["/Volumes/projects/x/athena.mp4"],
    ["p:\\Projects\\x\\athena.mp4"],
    ["P:/projects//x/athena.mp4"],
  ])("%s is found on every system", async (path) => {
    const before = await held();
    const [row] = await linkLocal(at.work(), input(path));
    const paths = {
      windows: "P:\\projects\\x\\athena.mp4",
      mac: "/Volumes/projects/x/athena.mp4",
      linux: "/mnt/projects/x/athena.mp4",
    };
    expect(row).toMatchObject({
      ok: true,
      entity: { type: "Version", id: 23404 },
      field: "sg_uploaded_movie",
      storage: { name: "primary" },
      relativePath: "x/athena.mp4",
      paths,
    });
    const now = await held();
    expect(now).toMatchObject({ kind: "local", paths, relativePath: "x/athena.mp4", name: "athena.mp4" });
    expect(row?.attachment).toEqual(now.kind === "local" ? now.attachment : null);
    expect(now).not.toEqual(before);
    expect(at.told).toEqual([
      "/mnt/projects/x/athena.mp4 is not on this machine; it is linked all the same.",
    ]);
  });

  test("through a named storage, relative, with a name of its own", async () => {
    const [row] = await linkLocal(
      at.work(),
      input("x\\take 2.mov", { storage: "Renders", relative: true, name: "take two" }),
    );
    expect(row).toMatchObject({
      relativePath: "x/take 2.mov",
      storage: { name: "renders" },
      paths: { windows: "\\\\render-server\\renders\\x\\take 2.mov" },
    });
    expect(await held()).toMatchObject({ name: "take two" });
  });

  test("a file that is here is not warned about, nor are frames", async () => {
    await mkdir(join(at.folder, "x"), { recursive: true });
    await writeFile(join(at.folder, "x", "a.mov"), "x");
    await writeFile(join(at.folder, "x", "s.0001.exr"), "x");
    const row: LocalStorageRow = { id: 1, name: "here", windows: null, mac: null, linux: at.folder };
    const work = storages([row], { dryRun: true });
    await linkLocal(work, input(join(at.folder, "x", "a.mov"), { checkExists: true }));
    await linkLocal(work, input(join(at.folder, "x", "s.%04d.exr"), { checkExists: true }));
    expect(at.told).toEqual([]);
  });

  test("a dry run writes nothing", async () => {
    const before = await held();
    const [row] = await linkLocal(at.work({ dryRun: true }), input("/mnt/projects/other.mov"));
    expect(row).toMatchObject({ planned: true, relativePath: "other.mov" });
    expect(row).not.toHaveProperty("attachment");
    expect(await held()).toEqual(before);
  });
});

describe("what would be refused is refused before anything is written", () => {
  const refused = async (work: Work, what: LinkLocalInput): Promise<unknown> => {
    const update = async (): Promise<never> => {
      throw new Error("It was written.");
    };
    return linkLocal({ ...work, site: siteWith(work.site, { update }) }, what).then(
      () => "taken",
      (error: unknown) => error,
    );
  };

  test.each([
    ["/elsewhere/a.mov", "E_NO_STORAGE_ROOT", {}],
    ["/mnt/projectsx/a.mov", "E_NO_STORAGE_ROOT", {}],
    ["/mnt/projects/a.mov", "E_NO_STORAGE_ROOT", { storage: "renders" }],
    ["/mnt/projects/a.mov", "E_NO_STORAGE_ROOT", { storage: "nowhere" }],
    ["/mnt/projects/../a.mov", "E_USAGE", {}],
    ["a.mov", "E_USAGE", {}],
    ["p:a.mov", "E_USAGE", {}],
    ["", "E_USAGE", {}],
    ["/mnt/projects/", "E_USAGE", {}],
    ["/mnt/projects/a\\b.mov", "E_USAGE", {}],
    ["../a.mov", "E_USAGE", { storage: "primary", relative: true }],
    ["a.mov", "E_USAGE", { relative: true }],
    ["/mnt/projects/a.mov", "E_FIELD_TAKES_NO_FILE", { field: "description" }],
    ["/mnt/projects/a.mov", "E_FIELD_TAKES_NO_FILE", { field: "image" }],
    ["/mnt/projects/a.mov", "E_FIELD_UNKNOWN", { field: "sg_uploaded_movi" }],
    ["/mnt/projects/a.mov", "E_USAGE", { record: { type: "Project", key: "1" } }],
    ["/mnt/projects/gone.mov", "E_LOCAL_MISSING", { checkExists: true }],
  ])("%j: %s %j", async (path, code, changes) => {
    expect(await refused(at.work(), input(path, changes))).toMatchObject({ code, fix: expect.any(String) });
  });

  test("the roots are listed", async () => {
    const error = await refused(at.work(), input("/elsewhere/a.mov"));
    expect(error).toMatchObject({ exit: 5, why: expect.stringContaining("primary: /mnt/projects") });
    expect(error).toMatchObject({ why: expect.stringContaining("renders: \\\\render-server\\renders") });
  });

  test("a relative path is answered with the whole one", async () => {
    expect(await refused(at.work(), input("x/a.mov"))).toMatchObject({
      fix: expect.stringContaining(join(at.folder, "x/a.mov")),
    });
  });

  test("two storages with one root: which one is asked for", async () => {
    const twin = (id: number, name: string) => ({ id, name, windows: null, mac: null, linux: "/mnt/p" });
    const error = await refused(storages([twin(4, "old"), twin(7, "new")]), input("/mnt/p/a.mov"));
    expect(error).toMatchObject({
      code: "E_AMBIGUOUS",
      why: "They are new (7), old (4).",
      fix: "Say which: --storage 7",
    });
  });

  test("a storage without a root on this system cannot be checked", async () => {
    const row = { id: 1, name: "win", windows: "W:\\", mac: null, linux: null };
    expect(await refused(storages([row]), input("W:\\a.mov", { checkExists: true }))).toMatchObject({
      code: "E_LOCAL_MISSING",
      message: expect.stringContaining("no root on linux"),
    });
  });

  test("a site that links no local files", async () => {
    const site = siteWith(at.site, { preferences: async () => ({ support_local_storage: false }) });
    expect(await refused(at.work({ site }), input("/mnt/projects/a.mov"))).toMatchObject({
      code: "E_FORBIDDEN",
    });
  });
});

describe("what the site made of it is compared", () => {
  const value = {
    kind: "local" as const,
    attachment: null,
    name: "a.mov",
    contentType: null,
    paths: { windows: "P:\\projects\\a.mov", mac: "/Volumes/projects/a.mov", linux: "/mnt/projects/a.mov" },
    relativePath: "a.mov",
    storage: null,
  };
  test.each([
    ["nothing", { kind: "empty" as const }],
    ["another storage", { ...value, storage: { id: 99, name: "other" } }],
    ["another path", { ...value, paths: { ...value.paths, linux: "/mnt/other/a.mov" } }],
    ["no path on a system that has a root", { ...value, paths: { ...value.paths, mac: null } }],
  ])("%s", async (_what, answer) => {
    const site = siteWith(at.site, { media: async () => answer });
    await expect(linkLocal(at.work({ site }), input("/mnt/projects/a.mov"))).rejects.toMatchObject({
      code: "E_MISMATCH",
    });
  });
  test("a slash at the end of a row's root makes no other path", async () => {
    const answer = {
      ...value,
      paths: { ...value.paths, linux: "/mnt/projects//a.mov", windows: "P:/projects/a.mov" },
    };
    const site = siteWith(at.site, { media: async () => answer });
    const [row] = await linkLocal(at.work({ site }), input("/mnt/projects/a.mov"));
    expect(row?.paths).toEqual(answer.paths);
  });
});
