import { CommanderError } from "@commander-js/extra-typings";
import { DEFAULT_WAIT_SECONDS } from "../config/words.ts";
import { fillOptionalValues } from "./argv.ts";
import { VersionAsked } from "./base-command.ts";
import { createContext, writeTo } from "./context.ts";
import type { CliHost } from "./host.ts";
import { reportFailure } from "./output/report.ts";
import { createProgram } from "./program.ts";
import { fromCommander, usageError } from "./usage-error.ts";

/** Runs one command line (without node and script) to its exit code. Never throws for what a command can meet. */
export async function runCli(argv: readonly string[], host: CliHost): Promise<number> {
  const context = createContext(argv, host);
  try {
    const program = createProgram(context);
    const named = argv.find((arg) => !arg.startsWith("-"));
    const command = program.commands.find((each) => each.name() === named);
    context.command = command?.name() ?? null;
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return 2;
    }
    if (named === undefined && argv.every((arg) => arg.startsWith("-")) && !asksRoot(argv)) {
      throw usageError("No command is named.", { fix: "sgmedia --help" });
    }
    const args = fillOptionalValues(argv, command?.options ?? [], String(DEFAULT_WAIT_SECONDS));
    await program.parseAsync(args, { from: "user" });
    return context.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    if (thrown instanceof VersionAsked) {
      await writeTo(context, "stdout", `${thrown.version}\n`);
      return 0;
    }
    return reportFailure(context, fromCommander(thrown, context.command) ?? thrown);
  }
}

function asksRoot(argv: readonly string[]): boolean {
  return argv.some((arg) => ["-h", "--help", "-V", "--version"].includes(arg));
}
