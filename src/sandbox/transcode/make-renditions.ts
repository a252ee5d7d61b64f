import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type MediaFacts, probeMedia } from "./probe-media.ts";
import { input, MediaRefused, output, runFfmpeg } from "./run-ffmpeg.ts";

const MOST_LINES = 1080;
const MOST_STILL_PIXELS = 2048;
const SMALL_PIXELS = 240;
const STRIP_FRAME_PIXELS = 240;
const MOST_STRIP_FRAMES = 24;
/** A picture with a side of this many pixels or fewer is refused: so the site did with one of 16 x 16 (contract/local-storage.md E). */
const REFUSED_PIXELS = 16;

/** Files on this disk, made from one upload. */
export interface Renditions {
  isStill: boolean;
  mp4: string;
  webm: string | null;
  /** The full-size frame of a movie; of a still, the picture as a JPEG within 2048 pixels. */
  full: string;
  small: string;
  /** Null for a still. */
  filmstrip: string | null;
  /** Of the mp4. */
  frameRate: number;
  /** Of the mp4. */
  durationSeconds: number;
}

/** Makes every rendition of a movie or still in `folder`. Rejects with MediaRefused when ffmpeg cannot read it. */
export async function makeRenditions(
  ffmpeg: string,
  source: string,
  folder: string,
  options: { webm: boolean },
  signal: AbortSignal,
): Promise<Renditions> {
  const facts = await probeMedia(ffmpeg, source, signal);
  if (Math.min(facts.width, facts.height) <= REFUSED_PIXELS) {
    throw new MediaRefused(`${facts.width} x ${facts.height} pixels are too few.`);
  }
  const full = join(folder, "full.jpg");
  await makeFull(ffmpeg, source, facts, full, signal);
  const small = join(folder, "small.jpg");
  await makeSmall(ffmpeg, full, small, signal);

  const mp4 = join(folder, "movie.mp4");
  // A still's movie is made of its JPEG, which has the right curve and size already.
  await makeMp4(ffmpeg, facts.isStill ? input(full, "-framerate", "25") : input(source), mp4, signal);
  const made = await probeMedia(ffmpeg, mp4, signal);
  const webm = options.webm ? join(folder, "movie.webm") : null;
  if (webm) await makeWebm(ffmpeg, mp4, webm, signal);
  const filmstrip = facts.isStill ? null : join(folder, "filmstrip.jpg");
  if (filmstrip) await makeFilmstrip(ffmpeg, mp4, made, filmstrip, signal);
  const { frameRate } = made;
  // Padding of the sound makes the mp4 a hair longer than the movie.
  const sameLength = Math.abs(made.durationSeconds - facts.durationSeconds) < 1 / frameRate;
  const durationSeconds = sameLength ? facts.durationSeconds : made.durationSeconds;
  return { isStill: facts.isStill, mp4, webm, full, small, filmstrip, frameRate, durationSeconds };
}

/** The small JPEG that an image field shows. Rejects with MediaRefused. */
export async function makeSmall(
  ffmpeg: string,
  picture: string,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  await makeJpeg(ffmpeg, input(picture), `scale='min(${SMALL_PIXELS},iw)':-2`, target, signal);
}

async function makeFull(
  ffmpeg: string,
  source: string,
  facts: MediaFacts,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  if (facts.isStill) {
    // OpenEXR holds linear light, which a JPEG does not.
    const curve = facts.codec === "exr" ? ["-apply_trc", "iec61966_2_1"] : [];
    const within = `scale='min(${MOST_STILL_PIXELS},iw)':'min(${MOST_STILL_PIXELS},ih)':force_original_aspect_ratio=decrease`;
    return makeJpeg(ffmpeg, input(source, ...curve), within, target, signal);
  }
  const middle = facts.durationSeconds / 2;
  const seek = middle > 0 ? ["-ss", middle.toFixed(3)] : [];
  try {
    await makeJpeg(ffmpeg, input(source, ...seek), "null", target, signal);
  } catch (thrown) {
    if (!(thrown instanceof MediaRefused) || seek.length === 0) throw thrown;
    // The header promised more than there is.
    await makeJpeg(ffmpeg, input(source), "null", target, signal);
  }
}

async function makeJpeg(
  ffmpeg: string,
  from: readonly string[],
  filter: string,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const args = ["-map", "0:v:0", "-vf", filter, "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "3"];
  await runFfmpeg(ffmpeg, [...from, ...output(target, ...args)], signal);
  const made = await stat(target).catch(() => undefined);
  if (!made || made.size === 0) throw new MediaRefused("it gave no frame.");
}

async function makeMp4(
  ffmpeg: string,
  from: readonly string[],
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const scale = [
    `w='max(2,2*trunc(iw*sar*min(1,${MOST_LINES}/ih)/2))'`,
    `h='max(2,2*trunc(min(ih,${MOST_LINES})/2))'`,
    "out_color_matrix=bt709:out_range=tv",
  ].join(":");
  const args = [
    ...["-map", "0:v:0", "-map", "0:a:0?", "-sn", "-dn", "-map_chapters", "-1"],
    ...["-vf", `scale=${scale},setsar=1,format=yuv420p`],
    ...["-c:v", "libx264", "-profile:v", "high", "-preset", "veryfast", "-crf", "23", "-g", "30", "-bf", "0"],
    ...["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"],
    ...["-c:a", "aac", "-ac", "2", "-b:a", "160k", "-movflags", "+faststart", "-f", "mp4"],
  ];
  await runFfmpeg(ffmpeg, [...from, ...output(target, ...args)], signal);
}

async function makeWebm(ffmpeg: string, mp4: string, target: string, signal: AbortSignal): Promise<void> {
  const args = [
    ...[
      "-map",
      "0:v:0",
      "-map",
      "0:a:0?",
      "-c:v",
      "libvpx",
      "-b:v",
      "2M",
      "-deadline",
      "realtime",
      "-cpu-used",
      "8",
    ],
    ...["-c:a", "libopus", "-f", "webm"],
  ];
  await runFfmpeg(ffmpeg, [...input(mp4), ...output(target, ...args)], signal);
}

/** One row of frames of 240 pixels, spread over the movie. */
async function makeFilmstrip(
  ffmpeg: string,
  mp4: string,
  facts: MediaFacts,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const { durationSeconds, frameRate } = facts;
  const frames = Math.max(1, Math.min(MOST_STRIP_FRAMES, Math.round(durationSeconds * frameRate)));
  const spread = durationSeconds > 0 ? [`fps=${frames}/${durationSeconds}`] : [];
  // Clones of the last frame fill what rounding left out, so that no end is black.
  const fill = [`tpad=stop=${frames}:stop_mode=clone`, `tile=${frames}x1`];
  const filter = ["setpts=PTS-STARTPTS", ...spread, `scale=${STRIP_FRAME_PIXELS}:-2`, "setsar=1", ...fill];
  await makeJpeg(ffmpeg, input(mp4), filter.join(","), target, signal);
}
