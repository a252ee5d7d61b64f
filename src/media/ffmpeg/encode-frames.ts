import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SgmediaError } from "../../shared/errors.ts";
import { fileArgument, INPUT_GUARD, runFfmpeg } from "./run.ts";

export interface EncodeRequest {
  /** The frames' path with one printf number in its name: `/mnt/x/shot.%04d.exr`. */
  readonly pattern: string;
  readonly firstFrame: number;
  /** How many frames there must be; without it the encode ends at the first that is missing. */
  readonly frameCount?: number;
  /** Frames a second. */
  readonly frameRate: number;
  /** Path of the movie, replaced if it is there. */
  readonly output: string;
  /** How the frames hold light: `linear` gets the sRGB curve. Default: linear for OpenEXR, else `display`. */
  readonly colour?: "linear" | "display";
}

export interface EncodeProgress {
  /** Frames written so far. */
  readonly frames: number;
}

/**
 * Makes a review movie of a frame sequence: H.264, yuv420p, even sizes, bt709, a key frame every 30 frames and no B frames, the index in
 * front. What is left of a failed encode is removed. Throws E_FFMPEG; E_FRAMES when frames are missing on the way.
 */
export async function encodeFrames(
  ffmpeg: string,
  request: EncodeRequest,
  onProgress: (progress: EncodeProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  let frames = 0;
  const onLine = (line: string): void => {
    const match = /^frame=\s*(\d+)/.exec(line);
    if (!match || Number(match[1]) === frames) return;
    frames = Number(match[1]);
    onProgress({ frames });
  };
  try {
    await runFfmpeg(
      ffmpeg,
      encodeArguments(request),
      `"${request.pattern}" could not be encoded.`,
      signal,
      onLine,
    );
    assertComplete(request, frames);
  } catch (thrown) {
    await rm(request.output, { force: true });
    throw thrown;
  }
}

function encodeArguments(request: EncodeRequest): string[] {
  const { pattern, firstFrame, frameCount, frameRate, output } = request;
  const isExr = /\.[sm]?exr$/i.test(pattern);
  const linear = (request.colour ?? (isExr ? "linear" : "display")) === "linear";
  // The OpenEXR reader applies a curve itself; for other linear frames a filter does.
  const curve = linear && isExr ? ["-apply_trc", "iec61966_2_1"] : [];
  const filters = [
    ...(linear && !isExr
      ? [
          "format=rgb48",
          "lutrgb=r='65535*pow(val/65535,1/2.2)':g='65535*pow(val/65535,1/2.2)':b='65535*pow(val/65535,1/2.2)'",
        ]
      : []),
    "scale=trunc(iw/2)*2:trunc(ih/2)*2:out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int",
    "format=yuv420p",
    "setsar=1",
  ];
  return [
    ...["-f", "image2", "-framerate", String(frameRate), "-start_number", String(firstFrame), ...curve],
    ...[...INPUT_GUARD, "-i", fileArgument(ffmpegPattern(pattern))],
    ...(frameCount === undefined ? [] : ["-frames:v", String(frameCount)]),
    ...[
      "-an",
      "-vf",
      filters.join(","),
      "-c:v",
      "libx264",
      "-profile:v",
      "high",
      "-preset",
      "medium",
      "-crf",
      "20",
    ],
    ...["-g", "30", "-bf", "0", "-pix_fmt", "yuv420p"],
    ...["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"],
    ...[
      "-movflags",
      "+faststart",
      "-progress",
      "pipe:1",
      "-nostats",
      "-f",
      "mp4",
      "-y",
      fileArgument(output),
    ],
  ];
}

/** ffmpeg reads `%` everywhere in the path, so a folder's own are doubled. */
function ffmpegPattern(pattern: string): string {
  const folder = dirname(pattern);
  return folder === "." && !pattern.startsWith(".")
    ? pattern
    : join(folder.replaceAll("%", "%%"), basename(pattern));
}

function assertComplete(request: EncodeRequest, frames: number): void {
  if (request.frameCount === undefined || frames >= request.frameCount) return;
  throw new SgmediaError(
    "E_FRAMES",
    `"${request.pattern}" has a gap: frame ${request.firstFrame + frames} cannot be read.`,
    {
      why: `${frames} of ${request.frameCount} frames were encoded.`,
      fix: "Render the missing frames, or encode the ranges one by one.",
    },
  );
}
