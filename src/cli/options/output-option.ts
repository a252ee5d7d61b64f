import type { Settings } from "../../config/settings.ts";
import { usageError } from "../usage-error.ts";

/** stdout takes the bytes or the document, not both. Throws E_USAGE. */
export function refuseJsonToStdout(output: string | undefined, settings: Settings): void {
  if (output !== "-" || !settings.json.value) return;
  throw usageError("-o - and --json exclude each other.", {
    why: "Standard output would take both the file and the document.",
    fix: "Give a file to -o, or leave --json out.",
  });
}
