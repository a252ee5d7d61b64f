import { Option } from "@commander-js/extra-typings";
import { addCommonOptions, dryRunOption, newCommand } from "../base-command.ts";
import { commandLine } from "../command-line.ts";
import type { CliContext } from "../context.ts";
import { TRANSFER_EXITS } from "../exit-codes.ts";
import { addBatchOptions, type BatchChoice, readBatch, takePlaylist } from "../options/batch-options.ts";
import { ownIfExists } from "../options/flags.ts";
import {
  addRecordOptions,
  checkProjectKnown,
  namedRecords,
  requireRecord,
} from "../options/record-options.ts";
import { addTransferOptions, waitOption } from "../options/transfer-options.ts";
import { showBatch } from "../output/batch-text.ts";
import { uploadLine } from "../output/rows-text.ts";
import { usageError } from "../usage-error.ts";
import { runVerb } from "../verb.ts";

const IF_EXISTS = ["skip", "replace", "fail", "new"] as const;

export function uploadCommand(context: CliContext) {
  const command = newCommand(context, "upload", {
    summary: "Send files onto a record",
    more: "On a Version they go to sg_uploaded_movie, which the site transcodes; elsewhere they are attachments.",
    examples: [
      "sgmedia upload ./shot.mov --version 23404",
      "sgmedia upload ./shot.mov --version 23404 --wait",
      "sgmedia upload notes/*.pdf --entity Shot:1172",
      'sgmedia upload ./cut.mov --project "project X" --version sh010_comp_v003',
      "render | sgmedia upload - --name sh010.mov --version 23404",
      'sgmedia upload ./sh010_comp_v003.mov --create --project "project X" --link sh010 --playlist dailies',
      'sgmedia upload day/*.mov --create --project 70 --match "(?<shot>sh\\d+)_v\\d+" --plan plan.csv',
      "sgmedia upload --apply plan.csv",
      "sgmedia upload ./renders/sh010 --encode --version 23404",
    ],
    exits: TRANSFER_EXITS,
  })
    .argument("[file...]", "paths or patterns; - is standard input")
    .option("--field <name>", "the File/Link or image field that takes the file")
    .option("--attach", "no field: an attachment on the record, also on a Version")
    .option("--name <text>", "display name; needed for standard input")
    .option("--tag <text>", "tag it, made where missing; may be given again", collect)
    .addOption(
      new Option(
        "--if-exists <what>",
        "skip equal bytes (default), replace, fail where anything is there, new",
      ).choices(IF_EXISTS),
    )
    .addOption(waitOption("until the transcode of this upload is done"))
    .option("--verify", "read the stored bytes back and compare")
    .option("--encode", "a frame sequence in: make a review movie, upload that, set the frames path")
    .option("--frame-rate <fps>", "frames a second of the encoded movie; 24 unless said")
    .option("--restart", "forget an unfinished transfer of this file and begin again")
    .addOption(dryRunOption());
  addRecordOptions(command);
  addBatchOptions(command);
  addTransferOptions(command, [
    "jobs",
    "part-jobs",
    "part-size",
    "limit-rate",
    "retries",
    "stall-timeout",
    "connect-timeout",
  ]);
  addCommonOptions(context, command);

  return command.action(async (files, options) => {
    const batch = readBatch(options, files);
    if (files.length === 0 && batch?.applyFile == null) {
      throw usageError("Missing required argument 'file'.", { fix: "sgmedia upload --help" });
    }
    if (options.attach && (options.field !== undefined || batch)) {
      throw usageError(`--attach and ${batch ? "--create" : "--field"} exclude each other.`, {
        why: "--attach means that no field takes the file.",
        fix: "Leave one of them out.",
      });
    }
    await (batch ? makeVersions(context, files, options, batch) : ontoRecord(context, files, options));
  });
}

interface UploadOptions {
  readonly field?: string | undefined;
  readonly attach?: boolean | undefined;
  readonly name?: string | undefined;
  readonly tag?: string[] | undefined;
  readonly restart?: boolean | undefined;
  readonly setPath?: boolean | undefined;
  readonly encode?: boolean | undefined;
  readonly frameRate?: string | undefined;
}

/** The record is named: its files go there. */
async function ontoRecord(
  context: CliContext,
  files: readonly string[],
  options: UploadOptions,
): Promise<void> {
  const { playlist, rest } = takePlaylist(options);
  const named = namedRecords(rest);
  if (named.length === 0 && playlist !== null) {
    throw usageError("--playlist puts a Version on a playlist, and no Version is named.", {
      fix: `Add --version <id> or --create. For a file on the playlist itself: --entity Playlist:${playlist}`,
    });
  }
  const record = requireRecord(named, "upload");
  await runVerb(context, {
    options,
    needsSite: true,
    goOn: files.includes("-") ? undefined : commandLine(context),
    check: (settings) => checkProjectKnown(record, settings),
    act: async (work, settings) => {
      const { uploadFiles } = await import("../../workflow/index.ts");
      return uploadFiles(work, {
        files,
        record,
        field: options.field ?? null,
        attach: options.attach ?? false,
        name: options.name ?? null,
        tags: options.tag ?? [],
        ifExists: ownIfExists(settings.ifExists.value, IF_EXISTS) ?? "skip",
        verify: settings.verify.value,
        restart: options.restart ?? false,
        waitSeconds: settings.waitSeconds.value,
        playlist,
        setPath: options.setPath ?? false,
        encode: options.encode ? { frameRate: readFrameRate(options.frameRate) } : null,
        stdin: files.includes("-") ? pipedInto(context) : null,
      });
    },
    show: (rows) => rows.map(uploadLine).filter(Boolean).join("\n"),
  });
}

/** The records come from the files' names, or from a plan. */
async function makeVersions(
  context: CliContext,
  files: readonly string[],
  options: UploadOptions,
  batch: BatchChoice,
): Promise<void> {
  if (options.encode) {
    throw usageError("--encode is for one Version that is named.", {
      fix: "Leave --create out, and name it: --version <id>",
    });
  }
  if (options.name !== undefined) {
    throw usageError("--name is for one file on a record that is named.", {
      fix: "Leave it out: each keeps its own name.",
    });
  }
  await runVerb(context, {
    options,
    needsSite: true,
    goOn: "Run the same command again: what is done is not done twice.",
    act: async (work, settings) => {
      const { uploadBatch } = await import("../../workflow/index.ts");
      return uploadBatch(work, {
        ...batch,
        files,
        field: options.field ?? null,
        tags: options.tag ?? [],
        ifExists: ownIfExists(settings.ifExists.value, IF_EXISTS) ?? "skip",
        verify: settings.verify.value,
        restart: options.restart ?? false,
        waitSeconds: settings.waitSeconds.value,
      });
    },
    show: (rows) => showBatch(rows, batch.applyFile),
  });
}

/** Asked for only where it is read: opening it is work. */
function pipedInto({ host: { stdin } }: CliContext): CliContext["host"]["stdin"] | null {
  return stdin.isTTY === true ? null : stdin;
}

function readFrameRate(text: string | undefined): number | null {
  if (text === undefined) return null;
  const rate = Number(text);
  if (rate >= 1 && rate <= 240) return rate;
  throw usageError(`"${text}" is no frame rate.`, {
    why: "It is a number of frames a second from 1 to 240.",
    fix: "--frame-rate 24",
  });
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}
