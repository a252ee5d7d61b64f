import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinRoots, matchStorage, nearestRoots, type StorageRoots } from "../../src/paths/storages.ts";

const storage = (id: number, name: string, roots: Partial<StorageRoots>): StorageRoots => ({
  id,
  name,
  windows: null,
  mac: null,
  linux: null,
  ...roots,
});

const PRIMARY = storage(1, "primary", {
  windows: "P:\\projects",
  mac: "/Volumes/projects",
  linux: "/mnt/projects/",
});
const DEEP = storage(2, "deep", { windows: "P:/projects/x", linux: "/mnt/projects/x" });
const UNC = storage(3, "unc", { windows: "\\\\Srv\\renders\\", linux: "/srv/renders" });
const ALL = [PRIMARY, DEEP, UNC];

describe("which storage takes a path", () => {
  test.each([
    ["/mnt/projects/a/b.mov", 1, "linux", "a/b.mov"],
    ["/mnt/projects//a/./b.mov", 1, "linux", "a/b.mov"],
    ["/mnt/projects/x/b.mov", 2, "linux", "b.mov"],
    ["/mnt/projects/xy/b.mov", 1, "linux", "xy/b.mov"],
    ["/volumes/PROJECTS/A/b.mov", 1, "mac", "A/b.mov"],
    ["p:/Projects/A/b.mov", 1, "windows", "A/b.mov"],
    ["P:\\PROJECTS\\X\\b.mov", 2, "windows", "b.mov"],
    ["\\\\?\\P:\\projects\\b.mov", 1, "windows", "b.mov"],
    ["//srv/Renders/b.mov", 3, "windows", "b.mov"],
    ["\\\\srv\\renders\\b.mov", 3, "windows", "b.mov"],
    ["\\\\?\\UNC\\srv\\renders\\b.mov", 3, "windows", "b.mov"],
    ["/mnt/projects", 1, "linux", ""],
    ["/mnt/projects/a\\b.mov", 1, "linux", "a\\b.mov"],
  ])("%s", (path, id, os, relativePath) => {
    expect(matchStorage(ALL, path)).toMatchObject({ kind: "match", os, relativePath, storage: { id } });
  });

  test.each([
    "/mnt/projectsx/b.mov",
    "/MNT/projects/b.mov",
    "/mnt",
    "Q:/projects/b.mov",
    "//srv/rendersx/b.mov",
    "mnt/projects/b.mov",
    "P:projects\\b.mov",
    "",
  ])("none for %j", (path) => {
    expect(matchStorage(ALL, path)).toEqual({ kind: "none" });
  });

  test("storages with the same root are a tie, the same row twice is none", () => {
    const other = storage(9, "other", { linux: "/mnt/projects" });
    const match = matchStorage([PRIMARY, other], "/mnt/projects/a.mov");
    expect(match.kind).toBe("ambiguous");
    if (match.kind === "ambiguous") expect(match.hits.map((hit) => hit.storage.id)).toEqual([9, 1]);
    const both = storage(4, "both", { mac: "/shows", linux: "/shows" });
    expect(matchStorage([both], "/shows/a.mov")).toMatchObject({ kind: "match", storage: { id: 4 } });
  });

  test("the root spelled as in the path wins over one that differs in case", () => {
    const upper = storage(5, "upper", { mac: "/mnt/PROJECTS" });
    expect(matchStorage([PRIMARY, upper], "/mnt/projects/a.mov")).toMatchObject({ storage: { id: 1 } });
  });

  test("a row without roots matches nothing", () => {
    expect(matchStorage([storage(6, "none", { linux: "  " })], "/mnt/a.mov")).toEqual({ kind: "none" });
  });

  test("macOS compares composed and decomposed names alike", () => {
    const accent = storage(7, "accent", { mac: "/Volumes/Cin\u00e9" });
    expect(matchStorage([accent], "/Volumes/Cine\u0301/a.mov")).toMatchObject({ relativePath: "a.mov" });
  });
});

describe("a path under every root", () => {
  test("the row's spelling of the root, backslashes on Windows, null without a root", () => {
    expect(joinRoots(PRIMARY, "a/b.mov")).toEqual({
      windows: "P:\\projects\\a\\b.mov",
      mac: "/Volumes/projects/a/b.mov",
      linux: "/mnt/projects/a/b.mov",
    });
    expect(joinRoots(UNC, "a/b.mov")).toEqual({
      windows: "\\\\Srv\\renders\\a\\b.mov",
      mac: null,
      linux: "/srv/renders/a/b.mov",
    });
  });

  test("roots of a whole disk, and the root itself", () => {
    const disk = storage(8, "disk", { windows: "Z:\\", linux: "/" });
    expect(joinRoots(disk, "a.mov")).toEqual({ windows: "Z:\\a.mov", mac: null, linux: "/a.mov" });
    expect(joinRoots(disk, "")).toEqual({ windows: "Z:\\", mac: null, linux: "/" });
    expect(matchStorage([disk], "/a.mov")).toMatchObject({ relativePath: "a.mov" });
  });
});

test("the nearest roots come first", () => {
  expect(nearestRoots(ALL, "/mnt/projects/x2/a.mov", 2)).toEqual([
    "primary: /mnt/projects/",
    "deep: /mnt/projects/x",
  ]);
});

const part = fc.stringMatching(/^[A-Za-z0-9_ é%#-][A-Za-z0-9._ -]{0,10}$/).filter((text) => text !== ".");
const relative = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));

test("a path goes to every system's spelling and back", () => {
  fc.assert(
    fc.property(relative, fc.constantFrom(...ALL), (rest, row) => {
      for (const spelled of Object.values(joinRoots(row, rest))) {
        if (spelled === null) continue;
        expect(matchStorage([row], spelled)).toMatchObject({ kind: "match", relativePath: rest });
      }
    }),
  );
});
