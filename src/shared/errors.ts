import { ERROR_CODES, type ErrorCode } from "./error-codes.ts";
import { redactText } from "./redact.ts";

/** The form that an error takes in a JSON document. */
export interface ErrorDocument {
  code: ErrorCode;
  message: string;
  why: string | null;
  fix: string | null;
  exit: number;
}

interface ErrorDetail {
  /** The cause, as far as it is known: what was answered, by whom. */
  why?: string | null | undefined;
  /** What to type or do next. */
  fix?: string | null | undefined;
  cause?: unknown;
  /** Replaces the code's own exit code: 143 after SIGTERM. */
  exit?: number;
}

/** An error that was foreseen: what failed, why, and the next thing to do. Anything else thrown is a bug (exit 1). */
export class SgmediaError extends Error {
  readonly code: ErrorCode;
  readonly why: string | null;
  readonly fix: string | null;
  readonly exit: number;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(redactText(message), detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "SgmediaError";
    this.code = code;
    this.why = detail.why == null ? null : redactText(detail.why);
    this.fix = detail.fix ?? null;
    this.exit = detail.exit ?? ERROR_CODES[code].exit;
  }

  toDocument(): ErrorDocument {
    return { code: this.code, message: this.message, why: this.why, fix: this.fix, exit: this.exit };
  }
}

/** Turns whatever was thrown into a foreseen error; what nobody foresaw becomes E_BUG with its stack as cause. */
export function toSgmediaError(thrown: unknown): SgmediaError {
  if (thrown instanceof SgmediaError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new SgmediaError("E_BUG", `Unexpected: ${message}`, {
    why: "This is a bug in sgmedia.",
    fix: "Run the command again with -v and report what it prints.",
    cause: thrown,
  });
}

/** The code of a Node system error (`ENOENT`, `ECONNRESET`), looked for through the causes; undefined if there is none. */
export function systemCode(thrown: unknown): string | undefined {
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === "string") return code;
    if (at instanceof AggregateError) {
      const inner = at.errors.map(systemCode).find((each) => each !== undefined);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}
