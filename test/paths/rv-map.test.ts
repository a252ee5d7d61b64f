import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mapFromRv, mapToRv } from "../../src/paths/rv-map.ts";
import { buildRvTables } from "../../src/paths/rv-tables.ts";
import type { OsName } from "../../src/paths/spelling.ts";

/** The measured environments of contract/rv-paths.md 1. */
const ENV_A = {
  RV_OS_PATH_OSX: "/shows",
  RV_OS_PATH_LINUX: "/net/shows",
  RV_OS_PATH_WINDOWS: "c:/shows",
  RV_OS_PATH_OSX_REF: "/shows/ref",
  RV_OS_PATH_LINUX_REF: "/net/reference",
  RV_OS_PATH_WINDOWS_REF: "\\\\srv\\ref",
};
const ENV_B = {
  RV_PATHSWAP_MYSHOW: "/shows/myshow",
  RV_PATHSWAP_ROOT: "/shows",
  RV_OS_PATH_OSX: "/shows/myshow",
  RV_OS_PATH_LINUX: "/mnt/q",
};

describe("as RV itself maps, prefix by prefix", () => {
  test.each<[OsName, string, string]>([
    ["linux", "/shows/a.mov", "/net/shows/a.mov"],
    ["linux", "C:\\Shows\\a.mov", "/net/shows/a.mov"],
    ["linux", "\\\\SRV\\ref\\a.mov", "/net/reference/a.mov"],
    ["linux", "//srv/ref/a.mov", "/net/reference/a.mov"],
    ["linux", "/Shows/a.mov", "/Shows/a.mov"],
    ["linux", "/showsX/a.mov", "/net/showsX/a.mov"],
    ["linux", "/net/shows/a.mov", "/net/shows/a.mov"],
    ["linux", "/other/shows/a.mov", "/other/shows/a.mov"],
    ["linux", "/x//y///z/", "/x/y/z"],
    ["linux", "rel\\a.mov", "rel/a.mov"],
    ["linux", "http://h//p/", "http://h/p"],
    ["windows", "/SHOWS/a.mov", "c:/shows/a.mov"],
    ["windows", "/net/shows/sw4/trailer.mov", "c:/shows/sw4/trailer.mov"],
    ["windows", "//other/share//x\\y", "//other/share/x/y"],
    ["mac", "/net/shows/a.mov", "/shows/a.mov"],
    ["mac", "C:/shows/a.mov", "/shows/a.mov"],
  ])("%s: %s is %s", (host, path, mapped) => {
    expect(mapFromRv(path, ENV_A, host, { boundary: "prefix" }).path).toBe(mapped);
  });

  test.each([
    [`\${RV_PATHSWAP_MYSHOW}/a.mov`, "/shows/myshow/a.mov"],
    ["/shows/myshow/a.mov", "/mnt/q/a.mov"],
    [`/x/\${RV_PATHSWAP_ROOT}/a.mov`, `/x/\${RV_PATHSWAP_ROOT}/a.mov`],
    [`\${RV_PATHSWAP_UNSET}/a.mov`, `\${RV_PATHSWAP_UNSET}/a.mov`],
  ])("with swaps, %s is %s", (path, mapped) => {
    expect(mapFromRv(path, ENV_B, "linux", { boundary: "prefix" }).path).toBe(mapped);
  });

  test.each([
    ["/shows/z/a.mov", `\${RV_PATHSWAP_ROOT}/z/a.mov`],
    ["/shows/myshow/a.mov", `\${RV_PATHSWAP_MYSHOW}/a.mov`],
    ["/other/a.mov", "/other/a.mov"],
  ])("written, %s is %s", (path, mapped) => {
    expect(mapToRv(path, ENV_B, "linux", { boundary: "prefix" }).path).toBe(mapped);
  });

  test("a slash at the end of a swap's value loses the slash in what RV writes, and not in ours", () => {
    const env = { RV_PATHSWAP_X: "/shows/" };
    expect(mapToRv("/shows/a.mov", env, "linux", { boundary: "prefix" }).path).toBe(`\${RV_PATHSWAP_X}a.mov`);
    expect(mapToRv("/shows/a.mov", env, "linux").path).toBe(`\${RV_PATHSWAP_X}/a.mov`);
  });
});

describe("on component boundaries, as we map", () => {
  test("a root does not take a longer name", () => {
    expect(mapFromRv("/showsX/a.mov", ENV_A, "linux")).toEqual({ path: "/showsX/a.mov", variables: [] });
    expect(mapToRv("/showsX/a.mov", ENV_B, "linux").path).toBe("/showsX/a.mov");
  });
  test("the longest root of a table wins, and the first table that fits", () => {
    expect(mapFromRv("/shows/ref/a.mov", ENV_A, "linux")).toEqual({
      path: "/net/reference/a.mov",
      variables: ["RV_OS_PATH_OSX_REF", "RV_OS_PATH_LINUX_REF"],
    });
    const env = {
      RV_OS_PATH_OSX: "/a",
      RV_OS_PATH_WINDOWS: "w:/a",
      RV_OS_PATH_LINUX_B: "/a/b",
      RV_OS_PATH_WINDOWS_B: "w:/b",
    };
    expect(mapFromRv("/a/b/c.mov", env, "windows").path).toBe("w:/a/b/c.mov");
  });
});

describe("the variables that count", () => {
  test.each([
    ["a suffix in another case", { RV_OS_PATH_OSX_REF: "/a", RV_OS_PATH_LINUX_ref: "/b" }],
    ["no partner", { RV_OS_PATH_OSX_REF: "/a" }],
    ["an empty value", { RV_OS_PATH_OSX: "/a", RV_OS_PATH_LINUX: "" }],
    ["a value with =", { RV_OS_PATH_OSX: "/a", RV_OS_PATH_LINUX: "/b=c" }],
    ["MAC for OSX", { RV_OS_PATH_MAC: "/a", RV_OS_PATH_LINUX: "/b" }],
    ["a name in lower case", { rv_os_path_osx: "/a", rv_os_path_linux: "/b" }],
  ])("%s maps nothing", (_what, env) => {
    expect(mapFromRv("/a/x.mov", env, "linux").path).toBe("/a/x.mov");
  });
  test("roots are cleaned and the host's own table is empty", () => {
    const env = { RV_OS_PATH_WINDOWS: "c:\\shows\\", RV_OS_PATH_LINUX: "/net/shows/" };
    expect(mapFromRv("C:/SHOWS/a.mov", env, "linux").path).toBe("/net/shows/a.mov");
    const linux = buildRvTables(env, "linux").tables.find((table) => table.source === "linux");
    expect(linux?.roots).toEqual([]);
  });
});

const part = fc.stringMatching(/^[A-Za-z0-9_%][A-Za-z0-9._-]{0,10}$/);
const rest = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));

test("a path goes to another system and back", () => {
  // Only the roots without a suffix: /shows holds /shows/ref on macOS alone, so that the way back is another one there.
  const { RV_OS_PATH_OSX, RV_OS_PATH_LINUX, RV_OS_PATH_WINDOWS } = ENV_A;
  const env = { RV_OS_PATH_OSX, RV_OS_PATH_LINUX, RV_OS_PATH_WINDOWS };
  const roots = { mac: RV_OS_PATH_OSX, linux: RV_OS_PATH_LINUX, windows: RV_OS_PATH_WINDOWS };
  const systems = fc.constantFrom<OsName>("mac", "linux", "windows");
  fc.assert(
    fc.property(systems, systems, rest, (from, to, tail) => {
      const path = `${roots[from]}/${tail}`;
      const there = mapFromRv(path, env, to).path;
      expect(there).toBe(`${roots[to]}/${tail}`);
      expect(mapFromRv(there, env, from).path).toBe(path);
    }),
  );
});

test("what is written with a swap is read back", () => {
  fc.assert(
    fc.property(fc.constantFrom("/shows", "/shows/myshow", "/elsewhere"), rest, (root, tail) => {
      const path = `${root}/${tail}`;
      const { RV_PATHSWAP_MYSHOW, RV_PATHSWAP_ROOT } = ENV_B;
      const env = { RV_PATHSWAP_MYSHOW, RV_PATHSWAP_ROOT };
      expect(mapFromRv(mapToRv(path, env, "linux").path, env, "linux").path).toBe(path);
    }),
  );
});
