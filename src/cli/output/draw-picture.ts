import { toSgmediaError } from "../../shared/errors.ts";
import { type CliContext, writeTo } from "../context.ts";
import { wantsColor } from "./paint.ts";
import { blocksCode, itermCode, kittyCode, type Pixels, sixelCode } from "./picture-codes.ts";
import { choosePictureProtocol } from "./picture-protocol.ts";

const MOST_COLUMNS = 80;
/** Width, in pixels, where the terminal shows real pixels. */
const PICTURE_PIXELS = 480;
const CODES = { kitty: kittyCode, iterm: itermCode, sixel: sixelCode, blocks: blocksCode } as const;

/**
 * Draws a picture for the person at the terminal, on stderr: in real pixels where the terminal is known to show them, else two in
 * each character cell. What cannot be drawn is told and fails nothing.
 */
export async function drawPicture(context: CliContext, path: string): Promise<void> {
  const { host, noColor } = context;
  const { stderr } = host;
  if (stderr.isTTY !== true || !wantsColor({ noColor, env: host.env, isTTY: true })) {
    await tell(context, "--show draws on a terminal with colour, and there is none.");
    return;
  }
  try {
    const protocol = choosePictureProtocol(host.env);
    const cells = Math.max(2, Math.min(MOST_COLUMNS, (stderr.columns ?? MOST_COLUMNS) - 1));
    const width = protocol === "blocks" ? cells : PICTURE_PIXELS;
    const pixels: Pixels = { width, rgb: await host.decodePicture(path, width) };
    await writeTo(context, "stderr", CODES[protocol](pixels));
  } catch (thrown) {
    await tell(context, `The picture cannot be drawn: ${toSgmediaError(thrown).message}`);
  }
}

async function tell(context: CliContext, text: string): Promise<void> {
  if (!context.events) await writeTo(context, "stderr", `warning  ${text}\n`);
}
