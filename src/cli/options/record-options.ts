import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import type { Settings } from "../../config/settings.ts";
import type { RecordSelector } from "../../workflow/types.ts";
import { usageError } from "../usage-error.ts";

/** The shorthand flags, by the type that each names. */
const SHORTHANDS = {
  version: "Version",
  shot: "Shot",
  asset: "Asset",
  sequence: "Sequence",
  task: "Task",
  note: "Note",
  playlist: "Playlist",
  publishedFile: "PublishedFile",
  projectEntity: "Project",
} as const;
type Shorthand = keyof typeof SHORTHANDS;

const GROUP = "Record:";
const collect = (value: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  value,
];

export function addRecordOptions(command: CommandUnknownOpts): void {
  command.addOption(
    new Option("--entity <Type:id>", "a record by type and id, such as Version:23404")
      .argParser(collect)
      .helpGroup(GROUP),
  );
  for (const name of Object.keys(SHORTHANDS) as Shorthand[]) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const what = `${name === "asset" ? "an" : "a"} ${SHORTHANDS[name]} by id${name === "projectEntity" ? " or name" : ", or by name with --project"}`;
    command.addOption(new Option(`--${flag} <id>`, what).argParser(collect).helpGroup(GROUP));
  }
  addProjectOption(command, GROUP);
}

export function addProjectOption(command: CommandUnknownOpts, group: string): void {
  command.addOption(
    new Option("--project <id or name>", "the project in which names are looked up").helpGroup(group),
  );
}

/** The records that the flags name, in words as typed and as selectors. */
export function namedRecords(options: object): { readonly typed: string; readonly record: RecordSelector }[] {
  const values = options as Readonly<Record<string, unknown>>;
  const found: { typed: string; record: RecordSelector }[] = [];
  for (const each of asList(values["entity"])) {
    found.push({ typed: `--entity ${each}`, record: parseEntity(each, "--entity") });
  }
  for (const name of Object.keys(SHORTHANDS) as Shorthand[]) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    for (const each of asList(values[name])) {
      found.push({
        typed: `${flag} ${each}`,
        record: checkKey({ type: SHORTHANDS[name], key: each.trim() }, flag),
      });
    }
  }
  return found;
}

/** `Version:23404`, as `--entity` and the argument of `info` take it. Throws E_USAGE. */
export function parseEntity(typed: string, where: string): RecordSelector {
  const match = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*:\s*(.+?)\s*$/.exec(typed);
  if (!match) {
    throw usageError(`"${typed}" names no record.`, {
      why: `${where} takes a type and an id.`,
      fix: "Write it as Version:23404",
    });
  }
  return checkKey({ type: match[1] as string, key: match[2] as string }, where);
}

/** Exactly one record, or E_USAGE; a name needs a project, which is known before the site is asked. */
export function requireRecord(
  found: readonly { readonly typed: string; readonly record: RecordSelector }[],
  command: string,
): RecordSelector {
  const [only, second] = found;
  if (!only) {
    throw usageError("No record is named.", {
      why: `${command} needs one.`,
      fix: "Add --version 23404, or --entity Type:id",
    });
  }
  if (second) {
    throw usageError(`${found.length} records are named, and ${command} takes one.`, {
      why: `They are ${found.map(({ typed }) => typed).join(", ")}.`,
      fix: "Leave one of them.",
    });
  }
  return only.record;
}

export function checkProjectKnown(record: RecordSelector, settings: Settings): void {
  if (/^\d+$/.test(record.key) || record.type === "Project" || settings.project.value !== null) return;
  throw usageError(`"${record.key}" is no id, and names are looked up in a project.`, {
    why: "No project is set.",
    fix: "Add --project <id or name>, or give the record's id.",
  });
}

function checkKey(record: RecordSelector, where: string): RecordSelector {
  if (record.key === "") {
    throw usageError(`${where} is empty.`, { why: "It takes an id or a name.", fix: `${where} 23404` });
  }
  if (/^\d+$/.test(record.key) && !isId(record.key)) {
    throw usageError(`"${record.key}" is no id.`, {
      why: `${where} takes a whole number from 1.`,
      fix: `${where} 23404`,
    });
  }
  return record;
}

/** A record's id from the command line. Throws E_USAGE. */
export function parseId(typed: string, where: string): number {
  if (isId(typed)) return Number(typed);
  throw usageError(`"${typed}" is no id.`, {
    why: `${where} takes a whole number from 1.`,
    fix: `${where} 111339`,
  });
}

function isId(text: string): boolean {
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) && Number(text) >= 1;
}

function asList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
