import { ffmpegError, fileArgument, INPUT_GUARD, startFfmpeg } from "./run.ts";

/** What `ffmpeg -i` says about a movie or picture. */
export interface MovieFacts {
  /** Pixels as shown: a rotation in the file is already applied. */
  readonly width: number;
  readonly height: number;
  /** Frames a second; null for a still. The roundings of ffmpeg are undone: 23.976, 29.97, 59.94. */
  readonly frameRate: number | null;
  /** Null for a still and where the file does not say. */
  readonly durationSeconds: number | null;
  readonly hasAudio: boolean;
  /** ffmpeg's name for the video codec: `h264`, `prores`, `mjpeg`. */
  readonly codec: string;
  /** Duration times rate, so a close estimate; 1 for a still. */
  readonly frameCount?: number;
}

/** Reads what the file says about itself, without ffprobe. Throws E_FFMPEG where ffmpeg knows no picture in it. */
export async function probeMovie(ffmpeg: string, path: string, signal: AbortSignal): Promise<MovieFacts> {
  const { stderr } = await startFfmpeg(ffmpeg, [...INPUT_GUARD, "-i", fileArgument(path)], signal);
  const facts = parseProbe(stderr);
  if (facts) return facts;
  throw ffmpegError(
    `ffmpeg finds no picture in "${path}".`,
    stderr.includes("Input #0") ? "It has no video stream." : stderr,
  );
}

/** Parses what ffmpeg prints for its first input; undefined when there is no video stream with a size. */
export function parseProbe(stderr: string): MovieFacts | undefined {
  const start = stderr.indexOf("Input #0");
  if (start === -1) return undefined;
  const lines = stderr.slice(start).split(/\r?\n/);
  const streams = lines.filter((line) => /^\s*Stream #0:\d+/.test(line));
  // A cover picture inside a sound file is no movie.
  const video = streams.find((line) => /: Video: /.test(line) && !/\(attached pic\)/.test(line));
  const size =
    video === undefined
      ? null
      : /[ ,](\d{1,6})x(\d{1,6})(?=[ ,]|$)/.exec(video.slice(video.indexOf("Video:")));
  if (video === undefined || !size) return undefined;

  const isStill = /^Input #0, (?:image2|\w+_pipe)\b/.test(lines[0] ?? "");
  const durationSeconds = isStill ? null : parseDuration(lines);
  const frameRate = isStill ? null : parseRate(video);
  const turned = Math.abs(parseRotation(lines)) % 180 === 90;
  const [width, height] = [Number(size[1]), Number(size[2])];
  const frameCount = isStill
    ? 1
    : durationSeconds !== null && frameRate !== null
      ? Math.max(1, Math.round(durationSeconds * frameRate))
      : undefined;
  return {
    width: turned ? height : width,
    height: turned ? width : height,
    frameRate,
    durationSeconds,
    hasAudio: streams.some((line) => line.includes(": Audio: ")),
    codec: /Video: (\w+)/.exec(video)?.[1] ?? "unknown",
    ...(frameCount === undefined ? {} : { frameCount }),
  };
}

function parseDuration(lines: readonly string[]): number | null {
  const match = lines
    .map((line) => /^\s*Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(line))
    .find((found) => found !== null);
  if (!match) return null;
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
  return Math.round(seconds * 1000) / 1000;
}

function parseRate(video: string): number | null {
  const match = /, ([\d.]+)(k?) fps/.exec(video) ?? /, ([\d.]+)(k?) tbr/.exec(video);
  if (!match) return null;
  const shown = Number(match[1]) * (match[2] === "k" ? 1000 : 1);
  const whole = Math.round(shown);
  const drop = (whole * 1000) / 1001;
  // ffmpeg prints two decimals: 23.98 stands for 24000/1001.
  const rate = shown !== whole && Math.abs(shown - drop) < 0.006 ? drop : shown;
  return rate > 0 ? Math.round(rate * 1000) / 1000 : null;
}

function parseRotation(lines: readonly string[]): number {
  for (const line of lines) {
    const match =
      /displaymatrix: rotation of (-?[\d.]+)/.exec(line) ?? /^\s*rotate\s*: (-?\d+)\s*$/.exec(line);
    if (match) return Math.round(Number(match[1]));
  }
  return 0;
}
