import manifest from "../package.json" with { type: "json" };
import type { CliHost } from "./cli/host.ts";

let stdinIsOpen = false;

/** Runs the program: builds its hands from this process, and sets the exit code. Parts are loaded when they are used. */
export async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const [first] = argv;
  if (argv.length === 1 && (first === "--version" || first === "-V")) {
    process.stdout.write(`${manifest.version}\n`);
    return;
  }
  const [{ runCli }, { listenForSignals }, { endQuietlyWhenClosed }] = await Promise.all([
    import("./cli/run.ts"),
    import("./cli/signals.ts"),
    import("./cli/closed-streams.ts"),
  ]);
  const stop = new AbortController();
  endQuietlyWhenClosed(process.stdout, process.stderr, endNow);
  listenForSignals(process, stop, endNow);
  // A limit on file sizes then fails the write with a code, which is told as a full disk, in place of killing the process.
  if (process.platform !== "win32") process.on("SIGXFSZ", () => undefined);
  process.on("uncaughtException", (thrown) => void reportBug(thrown).finally(() => endNow(1)));
  try {
    process.exitCode = await runCli(argv, createHost(stop.signal));
    // Whoever writes to it may never end, and would keep a program alive that is done.
    if (stdinIsOpen) process.stdin.destroy();
  } catch (thrown) {
    await reportBug(thrown);
    process.exitCode = 1;
  }
}

function createHost(signal: AbortSignal): CliHost {
  return {
    version: manifest.version,
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    // Touched only where a command reads it: opening it is work, and may keep the program alive.
    get stdin() {
      stdinIsOpen = true;
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    signal,
    nowMs: Date.now,
    openWork: async (settings, extras) => (await import("./main/open-work.ts")).openWork(settings, extras),
    startSandbox: async (launch) => (await import("./main/launch-sandbox.ts")).launchSandbox(launch),
    runCommand: async (command, env) =>
      (await import("./main/run-command.ts")).runCommand(command, env, signal),
    decodePicture: async (path, width) =>
      (await import("./main/decode-picture.ts")).decodePicture(path, width, signal),
  };
}

/** What nobody foresaw, also where nobody waits for it: told in the form of every other error. */
async function reportBug(thrown: unknown): Promise<void> {
  const [{ toSgmediaError }, { renderError }] = await Promise.all([
    import("./shared/errors.ts"),
    import("./cli/output/error-text.ts"),
  ]);
  process.stderr.write(renderError(toSgmediaError(thrown).toDocument(), (_format, text) => text));
}

/** Ends at once, and gives the terminal its cursor and its line wrapping back where bars had taken them. */
function endNow(exitCode: number): void {
  if (process.stderr.isTTY) process.stderr.write("\u001b[?25h\u001b[?7h");
  process.exit(exitCode);
}
