import { access } from "node:fs/promises";
import type { OsName } from "../paths/spelling.ts";

/** The system that this runs on, as the site and RV name it. Anything else than Windows and macOS spells paths as Linux does. */
export function osOf(platform: NodeJS.Platform): OsName {
  return platform === "win32" ? "windows" : platform === "darwin" ? "mac" : "linux";
}

export async function isHere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
