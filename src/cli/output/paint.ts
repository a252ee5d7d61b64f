import { styleText } from "node:util";

type Format = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
export type Paint = (format: Format, text: string) => string;

interface ColorFacts {
  readonly noColor: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTTY: boolean;
}

/** Whether a stream takes colour: --no-color and NO_COLOR say no, FORCE_COLOR says yes, else terminals that can do. */
export function wantsColor({ noColor, env, isTTY }: ColorFacts): boolean {
  if (noColor || env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTTY && env["TERM"] !== "dumb";
}

export function createPaint(facts: ColorFacts): Paint {
  if (!wantsColor(facts)) return (_format, text) => text;
  return (format, text) => styleText(format, text, { validateStream: false });
}
