import { createInterface } from "node:readline";
import { execa } from "execa";
import { SgmediaError } from "../../shared/errors.ts";

const MOST_STDERR_CHARACTERS = 256 * 1024;

export interface FfmpegRun {
  readonly exitCode: number | undefined;
  readonly stderr: string;
}

/** Options before each `-i`: only files of this machine are opened, so that a playlist inside a file cannot reach the network. */
export const INPUT_GUARD = ["-protocol_whitelist", "file"] as const;

/** A path as ffmpeg must get it: never taken for an option, a protocol or a device. */
export function fileArgument(path: string): string {
  return `file:${path}`;
}

/**
 * Runs ffmpeg without a shell and without a terminal, and resolves whatever its exit code. Throws E_FFMPEG when it cannot be
 * started, and the signal's reason when that was raised.
 */
export async function startFfmpeg(
  ffmpeg: string,
  args: readonly string[],
  signal: AbortSignal,
  onLine?: (line: string) => void,
): Promise<FfmpegRun> {
  signal.throwIfAborted();
  const running = execa(ffmpeg, ["-hide_banner", "-nostdin", ...args], {
    stdin: "ignore",
    stdout: onLine ? "pipe" : "ignore",
    stderr: "pipe",
    // A damaged movie gives a line for each frame: only the end is kept, and the program is not stopped for it.
    buffer: false,
    reject: false,
    cancelSignal: signal,
    windowsHide: true,
  });
  let stderr = "";
  running.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-MOST_STDERR_CHARACTERS);
  });
  if (onLine && running.stdout) createInterface({ input: running.stdout }).on("line", onLine);
  const result = await running;
  signal.throwIfAborted();
  if (result.exitCode === undefined) {
    throw new SgmediaError("E_FFMPEG", `"${ffmpeg}" could not be run.`, {
      why: result.originalMessage ?? result.shortMessage ?? lastUsefulLine(stderr),
      fix: "Set SGMEDIA_FFMPEG to an ffmpeg that runs on this machine.",
      cause: result.cause,
    });
  }
  return { exitCode: result.exitCode, stderr };
}

/** Runs ffmpeg to its end. Throws E_FFMPEG with the last useful line of what it wrote. */
export async function runFfmpeg(
  ffmpeg: string,
  args: readonly string[],
  failure: string,
  signal: AbortSignal,
  onLine?: (line: string) => void,
): Promise<void> {
  const { exitCode, stderr } = await startFfmpeg(ffmpeg, ["-loglevel", "error", ...args], signal, onLine);
  if (exitCode !== 0) throw ffmpegError(failure, stderr);
}

export function ffmpegError(failure: string, stderr: string): SgmediaError {
  return new SgmediaError("E_FFMPEG", failure, {
    why: lastUsefulLine(stderr) ?? "ffmpeg did not say why.",
    fix: "Check that the file plays, or set SGMEDIA_FFMPEG to a newer ffmpeg.",
  });
}

const NOISE =
  /^(?:Conversion failed!|Exiting normally.*|At least one output file must be specified|\s*Last message repeated.*|.*Nothing was written into output file.*)$/;

/** The last line that says something, without ffmpeg's own addresses in memory. */
export function lastUsefulLine(stderr: string): string | undefined {
  return stderr
    .split(/[\r\n]+/)
    .map((line) => line.replace(/^\[[^\]]*@ (?:0x)?[0-9a-f]+\]\s*/i, "").trim())
    .filter((line) => line !== "" && !NOISE.test(line))
    .at(-1);
}
