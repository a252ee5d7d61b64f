import { type ErrorDocument, SgmediaError } from "../../shared/errors.ts";

/** What every row of every command has. */
export interface AnyRow {
  readonly ok: boolean;
  readonly error?: ErrorDocument;
}

/** How a command ended, from its rows: null is well. */
export function failureOf(rows: readonly AnyRow[]): ErrorDocument | null {
  const failures = rows.flatMap(({ ok, error }) => (ok || !error ? [] : [error]));
  const [first] = failures;
  if (!first) return null;
  const sameExit = failures.every(({ exit }) => exit === first.exit);
  if (failures.length === rows.length && sameExit) {
    if (failures.length === 1) return first;
    const sameCode = failures.every(({ code }) => code === first.code);
    return {
      ...first,
      message: `All ${failures.length} items failed. The first: ${first.message}`,
      why: sameCode ? first.why : `Their errors: ${countCodes(failures)}.`,
    };
  }
  return new SgmediaError("E_PARTIAL", `${failures.length} of ${rows.length} items failed.`, {
    why: `Their errors: ${countCodes(failures)}.`,
    fix: "Mend what is named above, then run the same command again: what is done is not done twice.",
  }).toDocument();
}

function countCodes(failures: readonly ErrorDocument[]): string {
  const counts = new Map<string, number>();
  for (const { code } of failures) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => (count === 1 ? code : `${count} × ${code}`)).join(", ");
}
