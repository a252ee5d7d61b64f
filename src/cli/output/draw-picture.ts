import { toSgmediaError } from "../../shared/errors.ts";
import { type CliContext, writeTo } from "../context.ts";
import { wantsColor } from "./paint.ts";

const MOST_COLUMNS = 80;

/**
 * Draws a picture for the person at the terminal, on stderr: two pixels in each character cell, an upper half block in
 * the colour of the one above on the colour of the one below. What cannot be drawn is told and fails nothing.
 */
export async function drawPicture(context: CliContext, path: string): Promise<void> {
  const { host, noColor } = context;
  const { stderr } = host;
  if (stderr.isTTY !== true || !wantsColor({ noColor, env: host.env, isTTY: true })) {
    await tell(context, "--show draws on a terminal with colour, and there is none.");
    return;
  }
  try {
    const width = Math.max(2, Math.min(MOST_COLUMNS, (stderr.columns ?? MOST_COLUMNS) - 1));
    await writeTo(context, "stderr", halfBlocks(await host.decodePicture(path, width), width));
  } catch (thrown) {
    await tell(context, `The picture cannot be drawn: ${toSgmediaError(thrown).message}`);
  }
}

/** `rgb` is rows of `width` pixels, three bytes each; an odd last row stands on the terminal's own ground. */
function halfBlocks(rgb: Uint8Array, width: number): string {
  const rows = Math.floor(rgb.length / 3 / width);
  const color = (x: number, y: number): string =>
    rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3).join(";");
  let text = "";
  for (let y = 0; y < rows; y += 2) {
    for (let x = 0; x < width; x += 1) {
      text += `\u001b[38;2;${color(x, y)}m${y + 1 < rows ? `\u001b[48;2;${color(x, y + 1)}m` : "\u001b[49m"}▀`;
    }
    text += "\u001b[0m\n";
  }
  return text;
}

async function tell(context: CliContext, text: string): Promise<void> {
  if (!context.events) await writeTo(context, "stderr", `warning  ${text}\n`);
}
