import { join, resolve } from "node:path";
import envPaths from "env-paths";
import type { Setting, SetValues } from "./keys.ts";

export interface Folders {
  readonly stateDir: Setting<string>;
  readonly cacheDir: Setting<string>;
  readonly configDir: Setting<string>;
}

/** The program's own folders: as the environment says, else as the platform has them (XDG, Library, AppData). */
export function findFolders(set: SetValues, cwd: string, platform: NodeJS.Platform): Folders {
  const paths = envPaths("sgmedia", { suffix: "" });
  // On Linux the library's `log` is XDG_STATE_HOME; elsewhere a journal must outlive what tidies up log folders.
  const state = platform === "darwin" || platform === "win32" ? join(paths.data, "state") : paths.log;
  const pick = (given: Setting<string> | undefined, fallback: string): Setting<string> =>
    given
      ? { value: resolve(cwd, given.value), origin: given.origin }
      : { value: fallback, origin: "default" };
  return {
    stateDir: pick(set.stateDir, state),
    cacheDir: pick(set.cacheDir, paths.cache),
    configDir: pick(set.configDir, paths.config),
  };
}
