import type { ErrorDocument } from "../../shared/errors.ts";
import { redactText } from "../../shared/redact.ts";

/** The one JSON document of a command, schema 1: a line of its own. No secret and no signature passes. */
export function renderDocument(document: {
  readonly command: string | null;
  readonly results: readonly unknown[];
  readonly error: ErrorDocument | null;
}): string {
  const { command, results, error } = document;
  return toJsonLine({ schema: 1, command, ok: error === null, results, error });
}

export function toJsonLine(data: unknown): string {
  const clean = (_key: string, value: unknown) => (typeof value === "string" ? redactText(value) : value);
  return `${JSON.stringify(data, clean)}\n`;
}
