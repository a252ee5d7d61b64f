import type { CliHost } from "./host.ts";
import { createPaint, type Paint } from "./output/paint.ts";

/** What is known of one run while it goes on, so that a failure at any moment is told in the form that was asked for. */
export interface CliContext {
  readonly host: CliHost;
  /** What was typed behind the program's name. */
  readonly args: readonly string[];
  /** The subcommand's name; null until it is known. */
  command: string | null;
  exitCode: number;
  /** `--json`: from the command line at first, from the settings once they are read. */
  json: boolean;
  /** `--progress json`: stderr takes events only. */
  events: boolean;
  verbose: boolean;
  noColor: boolean;
}

export function createContext(args: readonly string[], host: CliHost): CliContext {
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  const progress = own.indexOf("--progress");
  return {
    host,
    args,
    command: null,
    exitCode: 0,
    json: own.includes("--json"),
    events: own.includes("--progress=json") || (progress >= 0 && own[progress + 1] === "json"),
    verbose: own.includes("-v") || own.includes("--verbose"),
    noColor: own.includes("--no-color"),
  };
}

export function paintFor(context: CliContext, stream: "stdout" | "stderr"): Paint {
  const { host, noColor } = context;
  return createPaint({ noColor, env: host.env, isTTY: host[stream].isTTY === true });
}

/** Writes and waits until it is taken, so that an end of the program cuts nothing off. A closed stream takes nothing. */
export function writeTo(context: CliContext, stream: "stdout" | "stderr", text: string): Promise<void> {
  if (text === "") return Promise.resolve();
  return new Promise((resolve) => {
    context.host[stream].write(text, () => resolve());
  });
}
