import { describe, expect, test } from "vitest";
import { checkLocalPath, checkRelativePath } from "../../src/paths/check-path.ts";
import { SgmediaError } from "../../src/shared/errors.ts";

function refusal(act: () => unknown): SgmediaError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof SgmediaError) return thrown;
  }
  throw new Error("It was not refused.");
}

describe("an absolute path is cleaned as tk-core cleans it, with nothing lost", () => {
  test.each([
    ["z:/foo/", "z:\\foo"],
    ["//foo//bar/x", "\\\\foo\\bar\\x"],
    ["\\\\foo\\\\bar\\x", "\\\\foo\\bar\\x"],
    ["C:\\a/b\\\\c", "C:\\a\\b\\c"],
    ["\\\\?\\C:\\x", "C:\\x"],
    ["\\\\?\\UNC\\srv\\share\\x", "\\\\srv\\share\\x"],
    ["/mnt//x/./a.mov", "/mnt/x/a.mov"],
    ["/mnt/x/a b.mov ", "/mnt/x/a b.mov "],
  ])("%s is %s", (path, clean) => {
    expect(checkLocalPath(path).text).toBe(clean);
  });
});

describe("what the site could not keep is refused", () => {
  test.each([
    "",
    "  ",
    "/",
    "\\",
    "//",
    "z:",
    "z:/",
    "//srv",
    "\\\\srv\\share",
    "c:foo",
    "a/b.mov",
    "./a.mov",
  ])("%j", (path) => {
    const error = refusal(() => checkLocalPath(path));
    expect(error.code).toBe("E_USAGE");
    expect(error.fix).toBeTruthy();
  });
  test.each(["/mnt/../etc/a.mov", "P:\\x\\..\\a.mov", "/mnt/a\0.mov"])("%j", (path) => {
    expect(refusal(() => checkLocalPath(path)).code).toBe("E_USAGE");
  });
  test("a drive-relative path gets the whole path as its fix", () => {
    expect(refusal(() => checkLocalPath("c:foo/a.mov")).fix).toContain("c:\\foo\\a.mov");
  });
});

describe("a path below a storage", () => {
  test.each([
    ["a/b.mov", "a/b.mov"],
    ["a\\b.mov", "a/b.mov"],
    ["./a//b.mov", "a/b.mov"],
  ])("%s is %s", (path, clean) => {
    expect(checkRelativePath(path)).toBe(clean);
  });
  test.each(["", ".", "/a.mov", "\\a.mov", "C:\\a.mov", "c:a.mov", "a/../b.mov", "a\0"])(
    "%j is refused",
    (path) => {
      expect(refusal(() => checkRelativePath(path)).code).toBe("E_USAGE");
    },
  );
});
