import { execa } from "execa";

const KEPT_CHARACTERS = 64 * 1024;

/** ffmpeg ran and could not do it: the media is refused. Its message is the end of what ffmpeg wrote. */
export class MediaRefused extends Error {
  override name = "MediaRefused";
}

/** Uploads come from anywhere: a playlist among them may open files of this folder's kind, never the network. */
const INPUT_GUARD = ["-protocol_whitelist", "file"];

/** Arguments for one input file. */
export function input(path: string, ...before: string[]): string[] {
  return [...before, ...INPUT_GUARD, "-i", `file:${path}`];
}

/** Arguments for one output file; a picture's name is taken as it is, not as a pattern. */
export function output(path: string, ...before: string[]): string[] {
  const picture = path.endsWith(".jpg") ? ["-frames:v", "1", "-f", "image2", "-update", "1"] : [];
  return [...before, ...picture, "-y", `file:${path}`];
}

/** Runs ffmpeg and resolves with its exit code and the end of its stderr. Rejects when it cannot be started or was called off. */
export async function startFfmpeg(
  ffmpeg: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ exitCode: number; stderr: string }> {
  signal.throwIfAborted();
  const running = execa(ffmpeg, ["-hide_banner", "-nostdin", ...args], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    buffer: false,
    reject: false,
    cancelSignal: signal,
    windowsHide: true,
  });
  let stderr = "";
  running.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-KEPT_CHARACTERS);
  });
  const result = await running;
  signal.throwIfAborted();
  if (result.signal !== undefined) throw new MediaRefused(`ffmpeg was ended by ${result.signal}.`);
  if (result.exitCode === undefined)
    throw new Error(`"${ffmpeg}" could not be run: ${result.originalMessage ?? "no reason"}`);
  return { exitCode: result.exitCode, stderr };
}

/** Runs ffmpeg to its end. Rejects with MediaRefused when it fails. */
export async function runFfmpeg(ffmpeg: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await startFfmpeg(ffmpeg, ["-loglevel", "error", ...args], signal);
  if (exitCode !== 0)
    throw new MediaRefused(
      stderr
        .trim()
        .split(/[\r\n]+/)
        .slice(-3)
        .join(" / ") || `ffmpeg ended with ${exitCode}.`,
    );
}
