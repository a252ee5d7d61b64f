import { Option } from "@commander-js/extra-typings";
import type { DownloadInput } from "../../workflow/types.ts";
import { addCommonOptions, dryRunOption, newCommand } from "../base-command.ts";
import { commandLine } from "../command-line.ts";
import type { CliContext } from "../context.ts";
import { TRANSFER_EXITS } from "../exit-codes.ts";
import { ownIfExists } from "../options/flags.ts";
import { refuseJsonToStdout } from "../options/output-option.ts";
import {
  addRecordOptions,
  checkProjectKnown,
  namedRecords,
  parseId,
  requireRecord,
} from "../options/record-options.ts";
import { addTransferOptions, waitOption } from "../options/transfer-options.ts";
import { downloadLine } from "../output/rows-text.ts";
import { usageError } from "../usage-error.ts";
import { runVerb } from "../verb.ts";

const IF_EXISTS = ["skip", "overwrite", "fail", "number"] as const;
const RENDITIONS = ["original", "mp4", "webm", "thumb", "full", "filmstrip"] as const;

export function downloadCommand(context: CliContext) {
  const command = newCommand(context, "download", {
    summary: "Fetch the media of a record, an attachment or a URL",
    more: "A file appears whole and checked, or not at all.",
    examples: [
      "sgmedia download --version 23425 -o ./",
      "sgmedia download --version 23425 --rendition mp4",
      "sgmedia download --attachment 111339",
      "sgmedia download --playlist 12 --rendition mp4 -o dailies/",
      "sgmedia download --version 23425 -o - | ffprobe -",
      "sgmedia download --url https://example.com/a.png",
    ],
    exits: TRANSFER_EXITS,
  })
    .option("--attachment <id>", "a File entity by its id")
    .option("--url <url>", "a file on the web; the site's credentials are never sent there")
    .addOption(
      new Option("--rendition <which>", "original (default), mp4, webm, thumb, full or filmstrip").choices(
        RENDITIONS,
      ),
    )
    .option("--field <name>", "the File/Link or image field to fetch from")
    .option("-o, --output <place>", "file, folder, or - for stdout; this folder unless said")
    .option(
      "--name <template>",
      "name of the file: {code} {id} {name} {stem} {ext} {rendition} {shot} {order}",
    )
    .addOption(
      new Option(
        "--if-exists <what>",
        "skip where size and checksum agree, else fail (default); overwrite, fail, number",
      ).choices(IF_EXISTS),
    )
    .addOption(waitOption("for a rendition that is still being made"))
    .option("--verify", "read the written file back and compare")
    .option("--restart", "forget an unfinished transfer and begin again")
    .addOption(dryRunOption());
  addRecordOptions(command);
  addTransferOptions(command, [
    "jobs",
    "part-jobs",
    "limit-rate",
    "retries",
    "stall-timeout",
    "connect-timeout",
  ]);
  addCommonOptions(context, command);

  return command.action(async (options) => {
    const what = readWhat(options);
    await runVerb(context, {
      options,
      needsSite: what.kind !== "url",
      goOn: options.output === "-" ? undefined : commandLine(context),
      check: (settings) => {
        refuseJsonToStdout(options.output, settings);
        if (what.kind === "record") checkProjectKnown(what.record, settings);
        if (what.kind === "playlist") checkProjectKnown({ type: "Playlist", key: what.key }, settings);
      },
      act: async (work, settings) => {
        const { downloadMedia } = await import("../../workflow/index.ts");
        return downloadMedia(work, {
          what,
          output: options.output ?? null,
          nameTemplate: options.name ?? null,
          ifExists: ownIfExists(settings.ifExists.value, IF_EXISTS),
          verify: settings.verify.value,
          restart: options.restart ?? false,
          waitSeconds: settings.waitSeconds.value,
          stdout: settings.json.value ? null : context.host.stdout,
        });
      },
      show: (rows) => rows.map(downloadLine).filter(Boolean).join("\n"),
    });
  });
}

interface WhatOptions {
  readonly attachment?: string | undefined;
  readonly url?: string | undefined;
  readonly field?: string | undefined;
  readonly rendition?: (typeof RENDITIONS)[number] | undefined;
}

function readWhat(options: WhatOptions): DownloadInput["what"] {
  const records = namedRecords(options);
  const { attachment, url, field, rendition } = options;
  const others = [
    ...(attachment === undefined ? [] : ["--attachment"]),
    ...(url === undefined ? [] : ["--url"]),
  ];
  if (others.length + Math.min(records.length, 1) > 1) {
    throw usageError("More than one thing to download is named.", {
      why: `They are ${[...records.map(({ typed }) => typed), ...others].join(", ")}.`,
      fix: "Leave one of them.",
    });
  }
  if (others.length === 1 && (field !== undefined || rendition !== undefined)) {
    throw usageError(`${others[0]} names the file itself: it takes no --field and no --rendition.`, {
      fix: "Leave them out, or name a record.",
    });
  }
  if (attachment !== undefined) return { kind: "attachment", id: parseId(attachment, "--attachment") };
  if (url !== undefined) {
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
      throw usageError(`"${url}" is no address on the web.`, { fix: "--url https://example.com/a.png" });
    }
    return { kind: "url", url };
  }
  if (field !== undefined && rendition !== undefined) {
    throw usageError("--field and --rendition exclude each other.", {
      why: "Each of them says which file to fetch.",
      fix: "Leave one of them out.",
    });
  }
  const record = requireRecord(records, "download");
  const which = { rendition: rendition ?? "original", field: field ?? null } as const;
  // --playlist means its Versions; the Playlist's own files are fetched by --entity Playlist:id.
  if (records[0]?.typed.startsWith("--playlist ")) return { kind: "playlist", key: record.key, ...which };
  return { kind: "record", record, ...which };
}
