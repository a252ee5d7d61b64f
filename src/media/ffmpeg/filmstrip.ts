import { stat } from "node:fs/promises";
import { probeMovie } from "./probe.ts";
import { ffmpegError, fileArgument, INPUT_GUARD, runFfmpeg } from "./run.ts";

const DEFAULT_FRAMES = 24;
const DEFAULT_FRAME_PIXELS = 240;
/** Above this only key frames are decoded: a strip of an hour of film is made in seconds. */
const KEY_FRAMES_ONLY_ABOVE_S = 60;

export interface FilmstripShape {
  /** How many frames at most; a shorter movie gives as many as it has. Default 24. */
  readonly frames?: number;
  /** Pixels. Default 240, which is what the site's player steps by (contract/rpc.md 2). */
  readonly frameWidth?: number;
}

/**
 * Writes a JPEG with one row of frames, spread evenly over the movie, so that its width is a multiple of `frameWidth`.
 * Throws E_FFMPEG.
 */
export async function makeFilmstrip(
  ffmpeg: string,
  movie: string,
  outPath: string,
  shape: FilmstripShape,
  signal: AbortSignal,
): Promise<void> {
  const { durationSeconds, frameCount } = await probeMovie(ffmpeg, movie, signal);
  const wanted = shape.frames ?? DEFAULT_FRAMES;
  const frames = durationSeconds === null ? 1 : Math.max(1, Math.min(wanted, frameCount ?? wanted));
  const width = shape.frameWidth ?? DEFAULT_FRAME_PIXELS;
  const spread = durationSeconds === null || durationSeconds <= 0 ? [] : [`fps=${frames}/${durationSeconds}`];
  const filters = [
    "setpts=PTS-STARTPTS",
    ...spread,
    `scale=${width}:-2:flags=area`,
    "setsar=1",
    // The last frame is repeated where rounding left one too few: a strip with a black end looks broken.
    `tpad=stop=${frames}:stop_mode=clone`,
    `tile=${frames}x1`,
  ];
  const failure = `No filmstrip could be made of "${movie}".`;
  const args = [
    ...((durationSeconds ?? 0) > KEY_FRAMES_ONLY_ABOVE_S ? ["-skip_frame", "nokey"] : []),
    ...INPUT_GUARD,
    ...["-i", fileArgument(movie), "-map", "0:v:0", "-an", "-sn", "-vf", filters.join(",")],
    ...["-frames:v", "1", "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "4"],
    ...["-f", "image2", "-update", "1", "-y", fileArgument(outPath)],
  ];
  await runFfmpeg(ffmpeg, args, failure, signal);
  if (((await stat(outPath).catch(() => undefined))?.size ?? 0) === 0)
    throw ffmpegError(failure, "It gave no frame.");
}
