import type { ErrorDocument } from "../../shared/errors.ts";
import { toSgmediaError } from "../../shared/errors.ts";
import { redactText } from "../../shared/redact.ts";
import { type CliContext, paintFor, writeTo } from "../context.ts";
import { renderDocument, toJsonLine } from "./document.ts";
import { renderError } from "./error-text.ts";
import { type AnyRow, failureOf } from "./outcome.ts";
import { printable } from "./printable.ts";

/** Prints a command's results and says how it ended. `text` is what stdout takes without `--json`. */
export async function reportRows(
  context: CliContext,
  rows: readonly AnyRow[],
  text: () => string | Promise<string>,
): Promise<void> {
  const failure = failureOf(rows);
  context.exitCode = failure?.exit ?? 0;
  if (context.json) {
    await writeTo(
      context,
      "stdout",
      renderDocument({ command: context.command, results: rows, error: failure }),
    );
  } else {
    const shown = await text();
    await writeTo(context, "stdout", shown === "" || shown.endsWith("\n") ? shown : `${shown}\n`);
  }
  for (const row of rows) {
    if (!row.ok && row.error && row.error !== failure) await writeError(context, named(row, row.error));
  }
  if (failure) await writeError(context, failure);
}

/** Prints the error that ended a command before it had results, and gives the exit code. */
export async function reportFailure(context: CliContext, thrown: unknown): Promise<number> {
  const error = toSgmediaError(thrown);
  const document = error.toDocument();
  if (context.json) {
    await writeTo(
      context,
      "stdout",
      renderDocument({ command: context.command, results: [], error: document }),
    );
  }
  if (error.code === "E_BUG" && context.verbose && error.cause instanceof Error && !context.events) {
    await writeTo(context, "stderr", `${printable(redactText(error.cause.stack ?? ""))}\n`);
  }
  await writeError(context, document);
  return error.exit;
}

async function writeError(context: CliContext, error: ErrorDocument): Promise<void> {
  const text = context.events
    ? toJsonLine({ event: "error", ...error })
    : renderError(error, paintFor(context, "stderr"));
  await writeTo(context, "stderr", text);
}

/** Puts the item's name in front where the message does not say which item it is about. */
function named(row: AnyRow, error: ErrorDocument): ErrorDocument {
  const { file, output, id } = row as { file?: unknown; output?: unknown; id?: unknown };
  const name = [file, output, id].find((each) => typeof each === "string" && each !== "");
  if (typeof name !== "string" || error.message.includes(name)) return error;
  return { ...error, message: `${name}: ${error.message}` };
}
