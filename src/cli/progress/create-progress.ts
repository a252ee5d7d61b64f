import type { Settings } from "../../config/settings.ts";
import { type CliContext, paintFor } from "../context.ts";
import { printableLine } from "../output/printable.ts";
import { createNoProgress } from "./no-progress.ts";
import { type CliProgress, realTicker } from "./types.ts";

/**
 * Progress in the form that was asked for. `auto` is bars on a terminal and plain lines elsewhere; bars that were asked
 * for where there is no terminal become plain lines too, since a log has no use for a moving cursor.
 */
export async function createProgress(context: CliContext, settings: Settings): Promise<CliProgress> {
  const { stderr, env, platform, nowMs } = context.host;
  const write = (line: string): void => void stderr.write(`${printableLine(line)}\n`);
  const asked = settings.progress.value;
  if (settings.quiet.value) return createNoProgress(write, true);
  if (asked === "none") return createNoProgress(write, false);
  const ticker = { ...realTicker, nowMs };
  if (asked === "json") {
    const { createJsonProgress } = await import("./json-progress.ts");
    return createJsonProgress(write, ticker);
  }
  if (asked !== "plain" && stderr.isTTY === true && env["TERM"] !== "dumb") {
    const { createBarProgress } = await import("./bar-progress.ts");
    const unicode = platform === "win32" ? Boolean(env["WT_SESSION"]) : env["TERM"] !== "linux";
    return createBarProgress({ stream: stderr, nowMs, paint: paintFor(context, "stderr"), unicode });
  }
  const { createPlainProgress } = await import("./plain-progress.ts");
  return createPlainProgress(write, ticker);
}
