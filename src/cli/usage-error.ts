import { CommanderError } from "@commander-js/extra-typings";
import { SgmediaError } from "../shared/errors.ts";

/** A wrong command line, in our words. `fix` defaults to the command's help. */
export function usageError(
  message: string,
  detail: { readonly why?: string; readonly fix?: string; readonly command?: string | null } = {},
): SgmediaError {
  const fix = detail.fix ?? `sgmedia ${detail.command ? `${detail.command} ` : ""}--help`;
  return new SgmediaError("E_USAGE", message, { why: detail.why, fix });
}

/** What commander throws for a wrong command line; undefined for anything else. */
export function fromCommander(thrown: unknown, command: string | null): SgmediaError | undefined {
  if (!(thrown instanceof CommanderError)) return undefined;
  const [first = "", ...more] = thrown.message.replace(/^error: /, "").split("\n");
  const message = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, "")}.`;
  const suggestion = /\(Did you mean (?:one of )?(.+)\?\)/.exec(more.join(" "))?.[1];
  if (suggestion) return usageError(message, { fix: `Did you mean ${suggestion}?` });
  if (thrown.code === "commander.unknownOption" && command === null) {
    return usageError(message, { why: "Options stand after the command's name.", fix: "sgmedia --help" });
  }
  return usageError(message, { command });
}
