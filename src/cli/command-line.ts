import { redactText } from "../shared/redact.ts";
import type { CliContext } from "./context.ts";

/**
 * The command that was typed, to be typed again: it goes on with what was begun and with the files that were not begun yet, which no journal
 * knows. Without --restart, which would throw away what was sent; undefined where a secret stands in it.
 */
export function commandLine({ args, host }: Pick<CliContext, "args" | "host">): string | undefined {
  const quote = (arg: string): string => {
    if (/^[\w@%+=:,./-]+$/.test(arg)) return arg;
    return host.platform === "win32" ? `"${arg}"` : `'${arg.replaceAll("'", "'\\''")}'`;
  };
  const line = ["sgmedia", ...args.filter((arg) => arg !== "--restart").map(quote)].join(" ");
  return redactText(line) === line ? line : undefined;
}
