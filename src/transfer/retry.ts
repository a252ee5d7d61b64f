import type { Failure } from "./failure.ts";

/** What follows a failed attempt. */
export interface Verdict {
  /**
   * retry: the same again after a pause; fresh-url: at once, with a newly signed URL; gone: the multipart is no longer there;
   * changed: the stored object is another one; missing: nothing is stored; fatal: no repetition will help.
   */
  readonly action: "retry" | "fresh-url" | "gone" | "changed" | "missing" | "fatal";
  /** Everybody has to go slower: 429, 503. */
  readonly slowDown: boolean;
  /** A sign that too much is asked at once: stalls, timeouts. */
  readonly crowded: boolean;
  readonly retryAfterMs: number | null;
}

const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH)/;
const LOCAL_MISTAKE = /^(?:UND_ERR_INVALID_ARG|ERR_INVALID_URL|ERR_INVALID_ARG)/;

export function classify(failure: Failure): Verdict {
  const verdict = (action: Verdict["action"], more: Partial<Verdict> = {}): Verdict => ({
    action,
    slowDown: false,
    crowded: false,
    retryAfterMs: null,
    ...more,
  });
  switch (failure.kind) {
    case "slept":
    case "mismatch":
    case "answer":
      return verdict("retry");
    case "stalled":
      return verdict("retry", { crowded: true });
    case "changed":
      return verdict("changed");
    case "network": {
      const code = failure.code ?? "";
      if (CERTIFICATE.test(code) || LOCAL_MISTAKE.test(code)) return verdict("fatal");
      return verdict("retry", { crowded: /TIMEOUT|ETIMEDOUT/.test(code) });
    }
    case "status": {
      const { status, code, retryAfterMs } = failure;
      if (status === 429 || status === 503 || code === "SlowDown") {
        return verdict("retry", { slowDown: true, retryAfterMs });
      }
      if (status === 401 || status === 403) return verdict("fresh-url");
      if (code === "NoSuchUpload") return verdict("gone");
      if (status === 404 || status === 410) return verdict("missing");
      if (status === 412) return verdict("changed");
      if (status === 408 || status === 421 || status === 425)
        return verdict("retry", { crowded: true, retryAfterMs });
      // S3 says RequestTimeout with 400, and OperationAborted with 409.
      if (code === "RequestTimeout" || code === "OperationAborted" || code === "BadDigest")
        return verdict("retry");
      if (status >= 500 && status !== 501 && status !== 505) return verdict("retry", { retryAfterMs });
      return verdict("fatal");
    }
  }
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const LONGEST_RETRY_AFTER_MS = 300_000;

/** Full jitter: anywhere between nothing and a ceiling that doubles, but never before the storage said to come back. */
export function backoffMs(failuresInARow: number, random: () => number, retryAfterMs: number | null): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failuresInARow - 1, 10));
  const asked = Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  return Math.max(Math.round(random() * ceiling), asked);
}

/** Milliseconds from a `Retry-After` header: seconds or a date. Null for none and for nonsense. */
export function parseRetryAfter(header: string | null | undefined, nowMs: number): number | null {
  if (!header) return null;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

/** Bytes that the storage (or the file) took in this run: what refills budgets, and what says that credentials are good. */
export class Ledger {
  #bytes = 0;
  #everAccepted = false;

  /** `resumed`: accepted in an earlier run; shows that the storage knows us, but refills nothing. */
  note(bytes: number, resumed = false): void {
    if (bytes > 0) this.#everAccepted = true;
    if (!resumed) this.#bytes += bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get everAccepted(): boolean {
    return this.#everAccepted;
  }
}

/** Failures in a row that one piece of a transfer may have; starts anew whenever the transfer got somewhere in between. */
export class Budget {
  readonly #retries: number;
  readonly #ledger: Ledger;
  #failures = 0;
  #seenBytes: number;

  constructor(retries: number, ledger: Ledger) {
    this.#retries = retries;
    this.#ledger = ledger;
    this.#seenBytes = ledger.bytes;
  }

  /** Counts a failure: how many in a row now, or undefined when that was one too many. */
  spend(): number | undefined {
    if (this.#ledger.bytes > this.#seenBytes) this.#failures = 0;
    this.#seenBytes = this.#ledger.bytes;
    this.#failures += 1;
    return this.#failures > this.#retries ? undefined : this.#failures;
  }
}
