import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import type { CliHost, OpenedWork, RunningSandbox, SandboxLaunch, WorkExtras } from "./cli/host.ts";
import type { Settings } from "./config/settings.ts";
import type { Site } from "./site/types.ts";

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
  process.on("uncaughtException", (thrown) => void reportBug(thrown).finally(() => endNow(1)));
  try {
    process.exitCode = await runCli(argv, createHost(stop.signal));
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
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    signal,
    nowMs: Date.now,
    openWork,
    startSandbox,
    runCommand: (command, env) => runCommand(command, env, signal),
  };
}

async function openWork(settings: Settings, extras: WorkExtras): Promise<OpenedWork> {
  const [{ openSite }, { createEngine }, { setTimeout: delay }] = await Promise.all([
    import("./site/open-site.ts"),
    import("./transfer/engine.ts"),
    import("node:timers/promises"),
  ]);
  const shared = {
    retries: settings.retries.value,
    connectTimeoutMs: settings.connectTimeoutSeconds.value * 1000,
    stallTimeoutMs: settings.stallTimeoutSeconds.value * 1000,
    ...(settings.caFile.value === null ? {} : { caFile: settings.caFile.value }),
    ...(extras.onRequest ? { onRequest: extras.onRequest } : {}),
  };
  const site =
    settings.site.value === null
      ? await siteThatIsNotSet()
      : openSite({ ...shared, site: settings.site.value, credentials: settings.credentials.value });
  const engine = createEngine({
    ...shared,
    journalDir: join(settings.stateDir.value, "transfers"),
    partJobs: settings.partJobs.value,
    partSizeBytes: settings.partSizeBytes.value,
    limitRateBytes: settings.limitRateBytes.value,
    hash: true,
  });
  return {
    work: {
      site,
      engine,
      progress: extras.progress,
      signal: extras.signal,
      cwd: process.cwd(),
      jobs: settings.jobs.value,
      dryRun: extras.dryRun,
      project: settings.project.value,
      platform: process.platform,
      env: process.env,
      nowMs: Date.now,
      sleep: (delayMs, signal) => delay(delayMs, undefined, signal ? { signal } : {}),
    },
    close: async () => {
      await Promise.allSettled([engine.close(), site.close()]);
    },
  };
}

/** For commands that may find nothing to ask of a site (`status`, `download --url`): it fails when it is asked after all. */
async function siteThatIsNotSet(): Promise<Site> {
  const { SgmediaError } = await import("./shared/errors.ts");
  const nothing: Pick<Site, "origin" | "close"> = { origin: "", close: async () => {} };
  return new Proxy(nothing as Site, {
    get(target, name) {
      if (name in target) return target[name as keyof Site];
      throw new SgmediaError("E_CONFIG", "No site is set.", {
        why: "Neither --site, nor SGMEDIA_SITE, nor a configuration file names one.",
        fix: "Add --site https://studio.example, or put it into .sgrc as site.",
      });
    },
  });
}

async function startSandbox(options: SandboxLaunch): Promise<RunningSandbox> {
  const { startSandbox: start } = await import("./sandbox/start.ts");
  return start(options);
}

/** Its own terminal, its own streams. SIGTERM is passed on; SIGINT reaches it from the terminal by itself. */
function runCommand(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
    const pass = (): void => {
      if (signal.reason?.exit === 143 || !process.stdin.isTTY)
        child.kill(signal.reason?.exit === 143 ? "SIGTERM" : "SIGINT");
    };
    signal.addEventListener("abort", pass, { once: true });
    child.on("error", (error) => {
      void import("./shared/errors.ts").then(({ SgmediaError, systemCode }) => {
        const why = `The system answered ${systemCode(error) ?? error.message}.`;
        reject(
          new SgmediaError("E_USAGE", `"${program}" cannot be run.`, {
            why,
            fix: "Check its name.",
            cause: error,
          }),
        );
      });
    });
    child.on("exit", (code, by) => {
      signal.removeEventListener("abort", pass);
      resolve(code ?? 128 + (by === null ? 0 : constants.signals[by]));
    });
  });
}

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
