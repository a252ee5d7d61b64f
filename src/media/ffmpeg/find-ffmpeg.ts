import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { platform } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { SgmediaError } from "../../shared/errors.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const FIX = "Install ffmpeg, or set SGMEDIA_FFMPEG to where it is.";

/**
 * The ffmpeg to run: `SGMEDIA_FFMPEG` (a path, or a name on PATH), else `ffmpeg` on PATH, else the one that the optional npm
 * package `@ffmpeg-installer/ffmpeg` brings. A setting that leads nowhere is an error, never passed over. Throws E_FFMPEG.
 */
export async function findFfmpeg(env: Environment): Promise<string> {
  const wanted = env["SGMEDIA_FFMPEG"]?.trim();
  if (wanted) {
    const found = /[\\/]/.test(wanted) ? await runnable(resolve(wanted)) : await onPath(wanted, env);
    if (found !== undefined) return found;
    throw new SgmediaError("E_FFMPEG", `SGMEDIA_FFMPEG is "${wanted}", and no program is there.`, {
      fix: "Set it to the path of ffmpeg, or unset it.",
    });
  }
  const found = (await onPath("ffmpeg", env)) ?? (await fromPackage());
  if (found !== undefined) return found;
  throw new SgmediaError("E_FFMPEG", "ffmpeg was not found.", {
    why: "Neither PATH nor the optional package @ffmpeg-installer/ffmpeg has one.",
    fix: FIX,
  });
}

async function onPath(name: string, env: Environment): Promise<string | undefined> {
  const windows = platform() === "win32";
  const path = env["PATH"] ?? (windows ? env["Path"] : undefined) ?? "";
  const names = windows && !/\.exe$/i.test(name) ? [`${name}.exe`] : [name];
  for (const folder of path.split(delimiter)) {
    // An empty or relative entry means "whatever folder we are in": no place to take programs from.
    if (!isAbsolute(folder)) continue;
    for (const each of names) {
      const found = await runnable(join(folder, each));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

async function runnable(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined;
    await access(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

async function fromPackage(): Promise<string | undefined> {
  try {
    const { default: installer } = await import("@ffmpeg-installer/ffmpeg");
    return await runnable(installer.path);
  } catch {
    // The package is optional, and throws on a platform that it has no binary for.
    return undefined;
  }
}
