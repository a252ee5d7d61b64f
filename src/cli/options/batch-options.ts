import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { BatchInput } from "../../workflow/batch/types.ts";
import { usageError } from "../usage-error.ts";
import { namedRecords } from "./record-options.ts";

const GROUP = "Versions from files:";

/** Options that make, find and fill Versions. `--task` and `--playlist` are record flags elsewhere. */
export function addBatchOptions(command: CommandUnknownOpts): void {
  const options = [
    new Option(
      "--create",
      "make one Version per file first; one of that code in the project is used, not doubled. --task and --playlist then say its task and the playlist it goes on",
    ),
    new Option("--code <code>", "the Version's code; the file's name without its ending unless said"),
    new Option("--link <Type:id or code>", "the Shot, Asset or other record that the Version is of"),
    new Option("--description <text>", "the Version's description"),
    new Option("--status <code>", "the Version's status"),
    new Option("--user <id or login>", "the artist"),
    new Option(
      "--match <regex>",
      "named groups shot, task, version, asset, sequence, read from each file's name",
    ),
    new Option("--plan <file>", "write what would be done as .csv or .json, and do nothing"),
    new Option("--apply <file>", "do a plan that a person has looked at"),
    new Option("--set-path", "also write the file's own path to sg_path_to_movie"),
  ];
  for (const option of options) command.addOption(option.helpGroup(GROUP));
}

interface RawBatch {
  readonly create?: boolean | undefined;
  readonly code?: string | undefined;
  readonly link?: string | undefined;
  readonly description?: string | undefined;
  readonly status?: string | undefined;
  readonly user?: string | undefined;
  readonly match?: string | undefined;
  readonly plan?: string | undefined;
  readonly apply?: string | undefined;
  readonly setPath?: boolean | undefined;
}

export type BatchChoice = Pick<
  BatchInput,
  | "create"
  | "code"
  | "link"
  | "task"
  | "status"
  | "description"
  | "user"
  | "playlist"
  | "match"
  | "planFile"
  | "applyFile"
  | "setPath"
>;

/** What the options say about making or matching Versions; null when the command names its record itself. */
export function readBatch(options: object, files: readonly string[]): BatchChoice | null {
  const raw = options as RawBatch;
  const values = options as Readonly<Record<string, unknown>>;
  const chosen = raw.create || raw.match !== undefined || raw.plan !== undefined || raw.apply !== undefined;
  const filling = (["code", "link", "description", "status", "user"] as const).filter(
    (name) => raw[name] !== undefined,
  );
  if (!chosen) {
    if (filling.length === 0) return null;
    throw usageError(`--${filling[0]} fills a Version that is made, and none is.`, {
      fix: "Add --create --project <id or name>.",
    });
  }
  const others = namedRecords(options).filter(({ typed }) => !/^--(?:task|playlist) /.test(typed));
  if (others[0]) {
    throw usageError(`${others[0].typed} names the record, and the Versions come from the files' names.`, {
      fix: `Leave ${others[0].typed} out, or --create.`,
    });
  }
  if (files.includes("-"))
    throw usageError("Standard input has no name to make a Version from.", {
      fix: "Name the Version: --version <id>",
    });
  if (raw.apply !== undefined) {
    const spoilt = [
      ...filling.map((name) => `--${name}`),
      ...(raw.match === undefined ? [] : ["--match"]),
      ...(raw.plan === undefined ? [] : ["--plan"]),
    ];
    if (files.length > 0 || spoilt.length > 0) {
      throw usageError(`--apply does what the plan says: it takes no ${spoilt[0] ?? "files"} beside it.`, {
        fix: `sgmedia upload --apply ${raw.apply}`,
      });
    }
  }
  return {
    create: raw.create ?? false,
    code: raw.code ?? null,
    link: raw.link ?? null,
    task: only(values["task"], "--task"),
    status: raw.status ?? null,
    description: raw.description ?? null,
    user: raw.user ?? null,
    playlist: only(values["playlist"], "--playlist"),
    match: raw.match ?? null,
    planFile: raw.plan ?? null,
    applyFile: raw.apply ?? null,
    setPath: raw.setPath ?? false,
  };
}

/** `--playlist` beside a record of its own: put the Version on it. Taken out of the record flags. */
export function takePlaylist(options: object): { readonly playlist: string | null; readonly rest: object } {
  const { playlist, ...rest } = options as Readonly<Record<string, unknown>>;
  return { playlist: only(playlist, "--playlist"), rest };
}

function only(value: unknown, flag: string): string | null {
  const list = Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];
  if (list.length > 1)
    throw usageError(`${flag} is given ${list.length} times.`, { fix: `Give ${flag} once.` });
  return list[0] ?? null;
}
