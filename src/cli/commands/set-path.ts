import { Option } from "@commander-js/extra-typings";
import { addCommonOptions, dryRunOption, newCommand } from "../base-command.ts";
import type { CliContext } from "../context.ts";
import { SITE_EXITS } from "../exit-codes.ts";
import {
  addRecordOptions,
  checkProjectKnown,
  namedRecords,
  requireRecord,
} from "../options/record-options.ts";
import { setPathLine } from "../output/rows-text.ts";
import { usageError } from "../usage-error.ts";
import { runVerb } from "../verb.ts";

export function setPathCommand(context: CliContext) {
  const command = newCommand(context, "set-path", {
    summary: "Write where RV finds the movie or the frames on disk",
    more: "sg_path_to_frames for a sequence, sg_path_to_movie for a movie.",
    examples: [
      "sgmedia set-path /mnt/x/shot.%04d.exr --version 23404",
      "sgmedia set-path /mnt/x/frames/ --version 23404",
      "sgmedia set-path /mnt/x/shot.mov --version 23404 --as windows",
    ],
    exits: SITE_EXITS,
  })
    .argument(
      "<path>",
      "a movie, a folder of frames, one frame, or a sequence such as shot.%04d.exr or shot.####.exr",
    )
    .option("--movie", "it is a movie")
    .option("--frames", "it is a frame sequence")
    .addOption(
      new Option("--as <system>", "write the path as windows, mac or linux spells it").choices([
        "windows",
        "mac",
        "linux",
      ]),
    )
    .addOption(dryRunOption());
  addRecordOptions(command);
  addCommonOptions(context, command);

  return command.action(async (path, options) => {
    const record = requireRecord(namedRecords(options), "set-path");
    if (options.movie && options.frames) {
      throw usageError("--movie and --frames exclude each other.", { fix: "Leave one of them out." });
    }
    await runVerb(context, {
      options,
      needsSite: true,
      check: (settings) => checkProjectKnown(record, settings),
      act: async (work) => {
        const { setPath } = await import("../../workflow/index.ts");
        const kind = options.movie ? "movie" : options.frames ? "frames" : null;
        return setPath(work, { path, record, kind, as: options.as ?? null });
      },
      show: (rows) => rows.map(setPathLine).join("\n"),
    });
  });
}
