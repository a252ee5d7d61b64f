import { rm, stat } from "node:fs/promises";
import { extname } from "node:path";
import { ffmpegError, fileArgument, INPUT_GUARD, runFfmpeg } from "./run.ts";

/**
 * Writes one full-size frame of a movie or picture as JPEG, or as PNG where `outPath` ends in `.png`.
 * @param options `atSeconds`: which frame; the first unless said
 * Throws E_FFMPEG, also when the movie has no frame at that time.
 */
export async function makePoster(
  ffmpeg: string,
  movie: string,
  outPath: string,
  options: { readonly atSeconds?: number },
  signal: AbortSignal,
): Promise<void> {
  const failure = `No picture could be made of "${movie}".`;
  const at = options.atSeconds ?? 0;
  const codec =
    extname(outPath).toLowerCase() === ".png"
      ? ["-c:v", "png", "-pix_fmt", "rgb24"]
      : ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "2"];
  await rm(outPath, { force: true });
  const args = [
    ...(at > 0 ? ["-ss", String(at)] : []),
    ...INPUT_GUARD,
    ...["-i", fileArgument(movie), "-map", "0:v:0", "-an", "-sn", "-frames:v", "1", ...codec],
    ...["-f", "image2", "-update", "1", "-y", fileArgument(outPath)],
  ];
  await runFfmpeg(ffmpeg, args, failure, signal);
  if (((await stat(outPath).catch(() => undefined))?.size ?? 0) === 0) {
    throw ffmpegError(failure, `There is no frame at ${at} s.`);
  }
}
