import type { ErrorDocument } from "../../shared/errors.ts";
import { redactText } from "../../shared/redact.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/** An error as a person reads it: what failed, why, and the next thing to type. */
export function renderError(error: ErrorDocument, paint: Paint): string {
  const lines = [`${paint("red", "error")} ${paint("bold", error.code)}  ${clean(error.message)}`];
  if (error.why !== null) lines.push(`  ${paint("dim", "why")}  ${clean(error.why)}`);
  if (error.fix !== null) lines.push(`  ${paint("green", "fix")}  ${clean(error.fix)}`);
  return `${lines.join("\n")}\n`;
}

function clean(text: string): string {
  return printable(redactText(text)).replaceAll("\n", "\n       ");
}
