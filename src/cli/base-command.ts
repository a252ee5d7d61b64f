import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { PROGRESS_MODES } from "../config/words.ts";
import type { CliContext } from "./context.ts";
import { renderExitCodes } from "./exit-codes.ts";

interface CommandWords {
  /** One line, for the list of commands and the head of the help. */
  readonly summary: string;
  /** More, for the head of the help. */
  readonly more?: string;
  /** Whole command lines, the plainest first. */
  readonly examples: readonly string[];
  readonly exits: readonly number[];
}

/** A command whose help starts with examples and ends with exit codes, and whose errors are thrown, not printed. */
export function newCommand<Name extends string>(context: CliContext, name: Name, words: CommandWords) {
  const head = `${words.summary}.${words.more ? `\n${words.more}` : ""}`;
  const command = new Command(name)
    .summary(words.summary)
    .addHelpText(
      "before",
      `${head}\n\nExamples:\n${words.examples.map((line) => `  $ ${line}`).join("\n")}\n`,
    )
    .addHelpText("after", `\n${renderExitCodes(words.exits)}`);
  prepare(context, command);
  command.hook("preAction", () => {
    context.command = name;
  });
  return command;
}

/** What commander needs to be told for every command, the program itself too. */
export function prepare(context: CliContext, command: CommandUnknownOpts): void {
  const { host } = context;
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(host.stdout.columns ?? 100, 110),
      getErrHelpWidth: () => Math.min(host.stderr.columns ?? 100, 110),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({
      optionTerm: (option) => option.flags.replace(/ \[(.+)\]$/, "[=$1]"),
      // Every description names its choices in words of its own.
      optionDescription: (option) => option.description,
    });
}

/** The options that every command has. */
export function addCommonOptions(context: CliContext, command: CommandUnknownOpts): void {
  const own = command.options.some((option) => option.helpGroupHeading === undefined);
  const group = own ? "Common options:" : "Options:";
  const options = [
    new Option("--site <url>", "the site"),
    new Option("--profile <name>", "a named profile of the configuration"),
    new Option("--config <file>", "this file alone, no search"),
    new Option("--json", "exactly one JSON document on stdout, on success and on failure"),
    new Option(
      "--progress <how>",
      "on stderr: auto (bars on a terminal, else plain), bar, plain, json (one event a line), none",
    ).choices(PROGRESS_MODES),
    new Option("-q, --quiet", "nothing but errors on stderr"),
    new Option("-v, --verbose", "what is asked of whom, with secrets and signatures struck out"),
    new Option("--no-color", "no colour; NO_COLOR does the same"),
    new Option("--no-input", "never ask; fail instead"),
    new Option("-V", "show the program's version"),
  ];
  for (const option of options) command.addOption(option.helpGroup(group));
  command.addHelpOption(new Option("-h, --help", "show this help").helpGroup(group));
  command.on("option:V", () => {
    throw new VersionAsked(context.host.version);
  });
}

/** Thrown where `-V` stands behind a command's name: not an error, the version is to be printed. */
export class VersionAsked extends Error {
  readonly version: string;

  constructor(version: string) {
    super(`-V: ${version}`);
    this.name = "VersionAsked";
    this.version = version;
  }
}

export function dryRunOption(): Option<"-n, --dry-run"> {
  return new Option("-n, --dry-run", "print what would be done and change nothing");
}
