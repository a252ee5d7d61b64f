import { describe, expect, test } from "vitest";
import { describePathPerOs, mapPathForOs } from "../../src/paths/per-os.ts";

const STORAGES = [
  { id: 1, name: "primary", windows: "P:\\projects", mac: "/Volumes/projects", linux: "/mnt/projects" },
  { id: 2, name: "linux only", windows: null, mac: null, linux: "/farm" },
];
const ENV = {
  RV_OS_PATH_OSX: "/shows",
  RV_OS_PATH_LINUX: "/net/shows",
  RV_OS_PATH_WINDOWS: "//srv/shows",
  RV_OS_PATH_LINUX_FARM: "/farm",
  RV_OS_PATH_WINDOWS_FARM: "F:/",
  RV_PATHSWAP_ROOT: "/mnt/projects",
};
const BY = { storages: STORAGES, env: ENV };

describe("a path for another system", () => {
  test("by a storage, whichever system it comes from", () => {
    const rule = { kind: "storage", storage: { id: 1, name: "primary" } };
    for (const path of [
      "/mnt/projects/x/s.%04d.exr",
      "p:/projects/x/s.%04d.exr",
      "/Volumes/projects/x/s.%04d.exr",
    ]) {
      expect(mapPathForOs(path, "windows", BY)).toEqual({ path: "P:\\projects\\x\\s.%04d.exr", rule });
      expect(mapPathForOs(path, "linux", BY)).toEqual({ path: "/mnt/projects/x/s.%04d.exr", rule });
    }
  });

  test("by RV's variables where no storage says", () => {
    expect(mapPathForOs("/net/shows/a.mov", "windows", BY)).toEqual({
      path: "\\\\srv\\shows\\a.mov",
      rule: { kind: "rv", variables: ["RV_OS_PATH_LINUX", "RV_OS_PATH_WINDOWS"] },
    });
    expect(mapPathForOs("\\\\SRV\\shows\\a.mov", "mac", BY).path).toBe("/shows/a.mov");
    expect(mapPathForOs("/farm/a.mov", "windows", BY).path).toBe("F:\\a.mov");
    expect(mapPathForOs("/net/shows/a.mov", "linux", BY)).toEqual({
      path: "/net/shows/a.mov",
      rule: { kind: "rv", variables: ["RV_OS_PATH_LINUX"] },
    });
  });

  test("a swap variable is its value here", () => {
    expect(mapPathForOs(`\${RV_PATHSWAP_ROOT}/a.mov`, "mac", BY).path).toBe("/Volumes/projects/a.mov");
  });

  test("nothing says how", () => {
    expect(mapPathForOs("/elsewhere/a.mov", "windows", BY)).toEqual({ path: null, rule: { kind: "none" } });
    expect(mapPathForOs("/net/showsX/a.mov", "windows", BY)).toEqual({ path: null, rule: { kind: "none" } });
  });

  test("storages with one root and different spellings elsewhere are ambiguous only there", () => {
    const twin = { id: 3, name: "twin", windows: "Q:\\projects", mac: null, linux: "/mnt/projects" };
    const by = { storages: [...STORAGES, twin], env: {} };
    expect(mapPathForOs("/mnt/projects/a.mov", "linux", by).path).toBe("/mnt/projects/a.mov");
    expect(mapPathForOs("/mnt/projects/a.mov", "windows", by)).toEqual({
      path: null,
      rule: { kind: "ambiguous", storages: ["twin", "primary"] },
    });
  });
});

describe("a stored path on each system", () => {
  test("through a storage, through RV, or as it stands", () => {
    expect(describePathPerOs("/mnt/projects/a.mov", STORAGES, ENV)).toEqual({
      windows: "P:\\projects\\a.mov",
      mac: "/Volumes/projects/a.mov",
      linux: "/mnt/projects/a.mov",
    });
    expect(describePathPerOs("/shows/a.mov", STORAGES, ENV)).toEqual({
      windows: "\\\\srv\\shows\\a.mov",
      mac: "/shows/a.mov",
      linux: "/net/shows/a.mov",
    });
    expect(describePathPerOs("/elsewhere/a.mov", STORAGES, ENV)).toEqual({
      windows: null,
      mac: "/elsewhere/a.mov",
      linux: "/elsewhere/a.mov",
    });
    expect(describePathPerOs("X:\\a.mov", STORAGES, ENV)).toEqual({
      windows: "X:\\a.mov",
      mac: null,
      linux: null,
    });
    expect(describePathPerOs("/farm/a.mov", STORAGES, {})).toEqual({
      windows: null,
      mac: null,
      linux: "/farm/a.mov",
    });
  });

  test("text that is no path is nowhere", () => {
    for (const text of ["", "a.mov", "http://x/a.mov", `\${RV_PATHSWAP_UNSET}/a.mov`]) {
      expect(describePathPerOs(text, STORAGES, {})).toEqual({ windows: null, mac: null, linux: null });
    }
  });
});
