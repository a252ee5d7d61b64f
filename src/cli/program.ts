import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { prepare } from "./base-command.ts";
import { abortCommand } from "./commands/abort.ts";
import { configCommand } from "./commands/config.ts";
import { downloadCommand } from "./commands/download.ts";
import { fieldsCommand } from "./commands/fields.ts";
import { infoCommand } from "./commands/info.ts";
import { linkLocalCommand } from "./commands/link-local.ts";
import { linkUrlCommand } from "./commands/link-url.ts";
import { resumeCommand } from "./commands/resume.ts";
import { sandboxCommand } from "./commands/sandbox.ts";
import { setPathCommand } from "./commands/set-path.ts";
import { statusCommand } from "./commands/status.ts";
import { thumbCommand } from "./commands/thumb.ts";
import { uploadCommand } from "./commands/upload.ts";
import type { CliContext } from "./context.ts";
import { renderExitCodes } from "./exit-codes.ts";

const GROUPS = {
  "Media:": [uploadCommand, downloadCommand, thumbCommand, linkLocalCommand, linkUrlCommand, setPathCommand],
  "Looking:": [infoCommand, fieldsCommand, configCommand],
  "Unfinished transfers:": [statusCommand, resumeCommand, abortCommand],
  "Trying it out:": [sandboxCommand],
} as const;

/** The whole command line, one subcommand a file. */
export function createProgram(context: CliContext): CommandUnknownOpts {
  const program = new Command("sgmedia")
    .usage("<command> [options]")
    .version(context.host.version, "-V, --version", "show the program's version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    // Behind a command's name --version names a record; only before it is it the program's.
    .enablePositionalOptions()
    .addHelpText("before", HEAD)
    .addHelpText("after", `\n${renderExitCodes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 130])}`);
  prepare(context, program);
  for (const [group, commands] of Object.entries(GROUPS)) {
    for (const create of commands) program.addCommand(create(context).helpGroup(group));
  }
  return program;
}

const HEAD = `Carry media to and from Autodesk Flow Production Tracking (ShotGrid), and prove that it arrived.

Examples:
  $ sgmedia upload ./shot.mov --version 23404
  $ sgmedia download --version 23425 --rendition mp4
  $ sgmedia info Version:23425
  $ sgmedia sandbox
`;
