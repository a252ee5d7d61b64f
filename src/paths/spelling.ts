/** How local paths are spelled on the three systems, and the one shape that they are compared in. */

export type OsName = "windows" | "mac" | "linux";
export const OS_NAMES = ["windows", "mac", "linux"] as const satisfies readonly OsName[];

/** One path on each system; null where nothing says how it is spelled there. */
export type PerOs = Readonly<Record<OsName, string | null>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** A path taken apart. `parts` has no empty and no `.` component; `..` is kept for the caller to refuse. */
export interface LocalPath {
  /** `drive`: C:\x, `unc`: \\server\share\x, `posix`: /x. */
  readonly kind: "drive" | "unc" | "posix";
  /** `C:`, `//`, `/`: what stands before the parts. */
  readonly anchor: string;
  readonly parts: readonly string[];
}

const EXTENDED_UNC = /^[\\/]{2}\?[\\/]UNC[\\/]/i;
const EXTENDED = /^[\\/]{2}[?.][\\/](?=[A-Za-z]:)/;

/** Takes the prefix off that Windows programs put in front of long paths: `\\?\C:\x` is `C:\x` (contract/local-storage.md D4). */
export function stripExtendedPrefix(path: string): string {
  return path.replace(EXTENDED_UNC, "\\\\").replace(EXTENDED, "");
}

/**
 * An absolute path taken apart; undefined for one that is relative, or relative to a drive (`c:foo`). Backslashes part names on
 * Windows only: in `/mnt/a\b` they belong to the name.
 */
export function parseLocalPath(path: string): LocalPath | undefined {
  const text = stripExtendedPrefix(path);
  const drive = /^([A-Za-z]:)(?:[\\/]|$)/.exec(text)?.[1];
  if (drive !== undefined) {
    return { kind: "drive", anchor: drive, parts: partsOf(text.slice(2), /[\\/]+/) };
  }
  if (/^[\\/]{2}/.test(text)) return { kind: "unc", anchor: "//", parts: partsOf(text, /[\\/]+/) };
  if (text.startsWith("/")) return { kind: "posix", anchor: "/", parts: partsOf(text, /\/+/) };
  return undefined;
}

function partsOf(text: string, separator: RegExp): string[] {
  return text.split(separator).filter((part) => part !== "" && part !== ".");
}

/** Backslashes for Windows paths, forward slashes for the others; no separator at the end, save for a root's own. */
export function spellLocalPath(path: LocalPath): string {
  if (path.kind === "posix") return `/${path.parts.join("/")}`;
  const rest = path.parts.join("\\");
  return path.kind === "unc" ? `\\\\${rest}` : `${path.anchor}\\${rest}`;
}

/** Whether a path of this kind can be opened on a system as it is written. */
export function isSpelledFor(path: LocalPath, os: OsName): boolean {
  return (path.kind === "posix") === (os !== "windows");
}

/** How a system compares names: Windows and macOS without case (macOS also composes), Linux byte by byte. */
export function foldName(name: string, os: OsName): string {
  if (os === "linux") return name;
  return os === "windows" ? name.toLowerCase() : name.normalize("NFC").toLowerCase();
}
