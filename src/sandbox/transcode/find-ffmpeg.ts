import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { platform } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The ffmpeg to transcode with: the option, else `SGMEDIA_FFMPEG`, else PATH, else the npm package's. Rejects with an
 * Error that says what was tried; a setting that leads nowhere is not passed over.
 */
export async function findFfmpeg(option: string | null, env: Environment): Promise<string> {
  const wanted = option ?? env["SGMEDIA_FFMPEG"]?.trim();
  if (wanted) {
    const named = !/[\\/]/.test(wanted);
    const found = named ? await onPath(wanted, env) : await runnable(resolve(wanted));
    if (found === undefined) throw new Error(`ffmpeg is set to "${wanted}", and no program is there.`);
    return found;
  }
  const found = (await onPath("ffmpeg", env)) ?? (await fromPackage());
  if (found === undefined)
    throw new Error("No ffmpeg on PATH, and @ffmpeg-installer/ffmpeg is not installed.");
  return found;
}

async function onPath(name: string, env: Environment): Promise<string | undefined> {
  const path = env["PATH"] ?? env["Path"] ?? "";
  const program = platform() === "win32" && !/\.exe$/i.test(name) ? `${name}.exe` : name;
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    const found = await runnable(join(folder, program));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function runnable(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

async function fromPackage(): Promise<string | undefined> {
  try {
    const { default: installer } = await import("@ffmpeg-installer/ffmpeg");
    return await runnable(installer.path);
  } catch {
    // Optional, and without a binary for some platforms.
    return undefined;
  }
}
