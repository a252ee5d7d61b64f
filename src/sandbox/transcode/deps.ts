import type { Sandbox } from "../types.ts";
import type { Environment } from "./find-ffmpeg.ts";

/** What the transcoder works with. */
export interface TranscoderParts extends Pick<Sandbox, "store" | "storage" | "options" | "nowMs"> {
  /** Where ffmpeg is looked for: `SGMEDIA_FFMPEG`, `PATH`. */
  readonly env: Environment;
  /** Told why media was refused, and of any other failure. Never throws. */
  readonly onProblem?: (message: string) => void;
}
