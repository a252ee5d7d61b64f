import { input, MediaRefused, startFfmpeg } from "./run-ffmpeg.ts";

export interface MediaFacts {
  isStill: boolean;
  width: number;
  height: number;
  /** ffmpeg's name: `h264`, `exr`. */
  codec: string;
  /** Frames a second; 25 where the file does not say. */
  frameRate: number;
  /** 0 where the file does not say. */
  durationSeconds: number;
}

/** What ffmpeg reads about a file. Rejects with MediaRefused when it finds no picture in it. */
export async function probeMedia(ffmpeg: string, path: string, signal: AbortSignal): Promise<MediaFacts> {
  const { stderr } = await startFfmpeg(ffmpeg, input(path), signal);
  const video = /Stream #0:\d+.*: Video: (?!.*\(attached pic\))(\w+)(.*)/.exec(stderr);
  const size = /[ ,](\d{1,6})x(\d{1,6})(?=[ ,\r\n]|$)/.exec(video?.[2] ?? "");
  if (!video || !size)
    throw new MediaRefused(
      `no picture in it: ${stderr
        .trim()
        .split(/[\r\n]+/)
        .at(-1)}`,
    );
  const time = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(stderr);
  return {
    isStill: /Input #0, (?:image2|\w+_pipe)\b/.test(stderr),
    width: Number(size[1]),
    height: Number(size[2]),
    codec: video[1] ?? "",
    frameRate: exactRate(Number(/, ([\d.]+) fps/.exec(video[2] ?? "")?.[1] ?? 25)),
    durationSeconds: time ? Number(time[1]) * 3600 + Number(time[2]) * 60 + Number(time[3]) : 0,
  };
}

/** ffmpeg rounds to two decimals: 23.98 is 24000/1001. */
function exactRate(shown: number): number {
  const dropped = (Math.round(shown) * 1000) / 1001;
  const exact = !Number.isInteger(shown) && Math.abs(shown - dropped) < 0.006 ? dropped : shown;
  return Math.round(exact * 1000) / 1000;
}

/** How the site writes a float: a JSON string with a decimal point, `24.0`, `0.04` (contract/local-storage.md E). */
export function floatText(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value * 1000) / 1000);
}
