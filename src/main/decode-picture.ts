import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFfmpeg } from "../media/ffmpeg/find-ffmpeg.ts";
import { fileArgument, INPUT_GUARD, runFfmpeg } from "../media/ffmpeg/run.ts";

/** A picture scaled to `width` pixels and an even height: rows of RGB, three bytes a pixel. Throws E_FFMPEG. */
export async function decodePicture(path: string, width: number, signal: AbortSignal): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "sgmedia-show-"));
  try {
    const pixels = join(folder, "rgb");
    const output = ["-frames:v", "1", "-vf", `scale=${width}:-2`, "-pix_fmt", "rgb24", "-f", "rawvideo"];
    const args = [...INPUT_GUARD, "-i", fileArgument(path), ...output, fileArgument(pixels)];
    await runFfmpeg(await findFfmpeg(process.env), args, "ffmpeg could not read the picture.", signal);
    return await readFile(pixels);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
