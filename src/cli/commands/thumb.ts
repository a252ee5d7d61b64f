import { Option } from "@commander-js/extra-typings";
import type { ThumbInput } from "../../workflow/types.ts";
import { addCommonOptions, dryRunOption, newCommand } from "../base-command.ts";
import type { CliContext } from "../context.ts";
import { TRANSFER_EXITS } from "../exit-codes.ts";
import { ownIfExists } from "../options/flags.ts";
import { refuseJsonToStdout } from "../options/output-option.ts";
import {
  addRecordOptions,
  checkProjectKnown,
  namedRecords,
  requireRecord,
} from "../options/record-options.ts";
import { waitOption } from "../options/transfer-options.ts";
import { drawPicture } from "../output/draw-picture.ts";
import { thumbLine } from "../output/rows-text.ts";
import { usageError } from "../usage-error.ts";
import { runVerb } from "../verb.ts";

const SIZES = ["thumb", "full", "filmstrip"] as const;
const IF_EXISTS = ["skip", "overwrite", "fail", "number"] as const;

export function thumbCommand(context: CliContext) {
  const command = newCommand(context, "thumb", {
    summary: "Fetch, set or clear a thumbnail or filmstrip",
    examples: [
      "sgmedia thumb --version 23425",
      "sgmedia thumb --version 23425 --size full -o poster.jpg",
      "sgmedia thumb --version 23425 --set poster.png",
      "sgmedia thumb --version 23425 --filmstrip-from shot.mov",
      "sgmedia thumb --shot 1172 --clear",
    ],
    exits: TRANSFER_EXITS,
  })
    .addOption(
      new Option("--size <which>", "which to fetch: thumb (default), full or filmstrip").choices(SIZES),
    )
    .option(
      "-o, --output <place>",
      "file, folder, or - for stdout; <code>_<size>.<ext> in this folder unless said",
    )
    .addOption(
      new Option(
        "--if-exists <what>",
        "as download: skip equal bytes, else fail (default); overwrite, fail, number",
      ).choices(IF_EXISTS),
    )
    .option("--show", "also draw it in the terminal; SGMEDIA_PICTURE=kitty, iterm, sixel or blocks says how")
    .option("--set <image>", "make this picture the thumbnail; of a movie, a frame of it")
    .option("--set-filmstrip <image>", "make this picture the filmstrip: frames of 240 pixels side by side")
    .option("--filmstrip-from <movie>", "make a filmstrip of this movie and set it")
    .option("--clear", "remove the thumbnail")
    .addOption(waitOption("until it is no placeholder"))
    .addOption(dryRunOption());
  addRecordOptions(command);
  addCommonOptions(context, command);

  return command.action(async (options) => {
    const record = requireRecord(namedRecords(options), "thumb");
    const action = readAction(options);
    let fetched: string | null = null;
    await runVerb(context, {
      options,
      needsSite: true,
      check: (settings) => {
        checkProjectKnown(record, settings);
        refuseJsonToStdout(options.output, settings);
      },
      act: async (work, settings) => {
        const { thumb } = await import("../../workflow/index.ts");
        const rows = await thumb(work, {
          record,
          action,
          waitSeconds: settings.waitSeconds.value,
          ifExists: ownIfExists(settings.ifExists.value, IF_EXISTS),
          stdout: context.host.stdout,
        });
        if (options.show) fetched = rows[0]?.planned ? null : (rows[0]?.output ?? null);
        return rows;
      },
      show: (rows) => rows.map(thumbLine).filter(Boolean).join("\n"),
    });
    if (fetched !== null) await drawPicture(context, fetched);
  });
}

interface ActionOptions {
  readonly size?: (typeof SIZES)[number] | undefined;
  readonly output?: string | undefined;
  readonly show?: true | undefined;
  readonly set?: string | undefined;
  readonly setFilmstrip?: string | undefined;
  readonly filmstripFrom?: string | undefined;
  readonly clear?: true | undefined;
}

function readAction(options: ActionOptions): ThumbInput["action"] {
  const { set, setFilmstrip, filmstripFrom, clear, size, output, show } = options;
  const actions: readonly { readonly flag: string; readonly action: ThumbInput["action"] }[] = [
    ...(set === undefined ? [] : [{ flag: "--set", action: { kind: "set", image: set } as const }]),
    ...(setFilmstrip === undefined
      ? []
      : [{ flag: "--set-filmstrip", action: { kind: "set-filmstrip", image: setFilmstrip } as const }]),
    ...(filmstripFrom === undefined
      ? []
      : [{ flag: "--filmstrip-from", action: { kind: "filmstrip-from", movie: filmstripFrom } as const }]),
    ...(clear ? [{ flag: "--clear", action: { kind: "clear" } as const }] : []),
  ];
  const [first, second] = actions;
  if (!first && show && output === "-") {
    throw usageError("--show and -o - exclude each other.", { fix: "Give a file to -o, or leave it out." });
  }
  if (!first) return { kind: "get", size: size ?? "thumb", output: output ?? null, show: show ?? false };
  if (second) {
    throw usageError(`${first.flag} and ${second.flag} exclude each other.`, {
      fix: "Do one, then the other.",
    });
  }
  const getting = [
    ...(size === undefined ? [] : ["--size"]),
    ...(output === undefined ? [] : ["-o"]),
    ...(show ? ["--show"] : []),
  ];
  if (getting.length > 0) {
    throw usageError(`${first.flag} writes a picture, and ${getting.join(", ")} is for fetching one.`, {
      fix: `Leave ${getting.join(", ")} out.`,
    });
  }
  return first.action;
}
