import { SgmediaError } from "../shared/errors.ts";
import { type LocalPath, parseLocalPath, spellLocalPath, stripExtendedPrefix } from "./spelling.ts";

export interface CheckedPath extends LocalPath {
  /** Cleaned: `.` and doubled separators gone, backslashes for Windows paths, forward slashes for the others. */
  readonly text: string;
}

/**
 * An absolute path of any system, fit to be kept on the site. Refused with E_USAGE: empty, with a NUL, relative, relative to a drive
 * (`c:foo`), with `..`, or a root and nothing under it. `\\?\` is taken off first (contract/local-storage.md D4).
 */
export function checkLocalPath(path: string): CheckedPath {
  if (path.trim() === "") throw refuse("The path is empty.", null, "Give an absolute path.");
  if (path.includes("\0")) {
    throw refuse(
      "The path has a NUL character in it.",
      "No system has such a name.",
      "Give the path without it.",
    );
  }
  const plain = stripExtendedPrefix(path);
  const parsed = parseLocalPath(plain);
  if (!parsed) throw refuseRelative(plain);
  if (parsed.parts.includes("..")) {
    throw refuse(
      `"${path}" has ".." in it.`,
      'The site joins paths letter by letter: ".." could lead out of the storage.',
      "Give the path without it.",
    );
  }
  if (parsed.parts.length <= (parsed.kind === "unc" ? 2 : 0)) {
    throw refuse(
      `"${path}" is a root and names no file.`,
      null,
      `Give a file under it: ${spellLocalPath({ ...parsed, parts: [...parsed.parts, "show", "shot.mov"] })}`,
    );
  }
  return { ...parsed, text: spellLocalPath(parsed) };
}

/**
 * A path under a storage root, with forward slashes. Refused with E_USAGE: empty, absolute, with `..` or a NUL. Backslashes part
 * names, because the site takes none (contract/local-storage.md B).
 */
export function checkRelativePath(path: string): string {
  const parts = path.split(/[\\/]+/).filter((part) => part !== "" && part !== ".");
  if (path.includes("\0") || parts.length === 0) {
    throw refuse(
      `"${path.replaceAll("\0", "?")}" names no file under the storage.`,
      null,
      "Give a path such as show/shot.mov.",
    );
  }
  if (parseLocalPath(path) || /^(?:[A-Za-z]:|[\\/])/.test(path)) {
    throw refuse(
      `"${path}" is not relative to the storage.`,
      "It begins with a root or a drive.",
      "Leave --relative out, or give the path below the storage's root.",
    );
  }
  if (parts.includes("..")) {
    throw refuse(
      `"${path}" has ".." in it.`,
      "It could lead out of the storage.",
      "Give the path without it.",
    );
  }
  return parts.join("/");
}

function refuseRelative(path: string): SgmediaError {
  const drive = /^[A-Za-z]:/.exec(path)?.[0];
  if (drive !== undefined) {
    return refuse(
      `"${path}" is relative to the folder that is current on drive ${drive}`,
      "It means another file wherever it is read.",
      `Give the whole path: ${drive}\\${path.slice(2).replaceAll("/", "\\")}`,
    );
  }
  return refuse(
    `"${path}" is no absolute path.`,
    "It means another file wherever it is read.",
    "Give the path from the root: /mnt/show/shot.mov, P:\\show\\shot.mov or \\\\server\\share\\shot.mov",
  );
}

function refuse(message: string, why: string | null, fix: string): SgmediaError {
  return new SgmediaError("E_USAGE", message, { why, fix });
}
