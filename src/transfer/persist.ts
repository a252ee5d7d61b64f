import { SgmediaError } from "../shared/errors.ts";
import type { EngineContext } from "./context.ts";
import { describeFailure, explainFailure } from "./explain.ts";
import { AttemptFailed, type Failure, StartOver } from "./failure.ts";
import { LostReply, type OnTransferEvent } from "./ports.ts";
import { Budget, backoffMs, classify, type Ledger } from "./retry.ts";

export interface Persistence {
  /** For events and errors: `part 3 of "shot.mov"`. */
  readonly what: string;
  readonly direction: "upload" | "download";
  readonly ledger: Ledger;
  readonly onEvent: OnTransferEvent;
  readonly signal: AbortSignal;
}

const PASSING = new Set(["E_NETWORK", "E_STALLED", "E_SITE", "E_SITE_BUSY"]);
/** A part that arrives wrong this often in a row is no accident. */
const MOST_MISMATCHES = 3;

/**
 * Tries `once` until it succeeds or its budget is used up. `once` is told how often it failed before (0 at first) and must ask for a
 * fresh URL whenever that is above 0. Throws SgmediaError, or StartOver when the storage forgot what was begun.
 */
export async function persist<T>(
  context: EngineContext,
  how: Persistence,
  once: (failuresBefore: number) => Promise<T>,
): Promise<T> {
  const budget = new Budget(context.options.retries, how.ledger);
  let tries = 0;
  let denials = 0;
  let mismatches = 0;
  let portSeenBytes = 0;

  const pause = async (failures: number, why: string, retryAfterMs: number | null): Promise<void> => {
    const delayMs = backoffMs(failures, context.random, retryAfterMs);
    how.onEvent({ kind: "retry", what: how.what, why, attempt: failures, delayMs });
    await context.sleep(delayMs, how.signal);
  };

  const afterFailure = async (failure: Failure): Promise<void> => {
    const verdict = classify(failure);
    const final = explainFailure(failure, how.what, how.direction);
    if (verdict.action === "gone")
      throw new StartOver(`the storage no longer knows the upload of ${how.what}`);
    if (verdict.action === "changed") throw new StartOver(describeFailure(failure));
    if (verdict.action === "fatal" || verdict.action === "missing") throw final;
    if (verdict.slowDown) context.governor.refused(verdict.retryAfterMs ?? 0);
    if (verdict.crowded) context.governor.crowded();
    mismatches = failure.kind === "mismatch" ? mismatches + 1 : 0;
    if (mismatches >= MOST_MISMATCHES) throw final;
    denials = verdict.action === "fresh-url" ? denials + 1 : 0;
    // Denied twice where nothing was ever accepted is a mistake; later it is an expired URL or a proxy, and passes.
    if (denials >= 2 && !how.ledger.everAccepted) throw final;
    // A machine that slept failed nobody.
    if (failure.kind === "slept") return;
    const failures = budget.spend();
    if (failures === undefined) throw final;
    if (denials === 1) {
      how.onEvent({
        kind: "retry",
        what: how.what,
        why: describeFailure(failure),
        attempt: failures,
        delayMs: 0,
      });
    } else await pause(failures, describeFailure(failure), verdict.retryAfterMs);
  };

  // The port retries by itself: its failure is tried again only when bytes were accepted since the last one.
  const afterPortFailure = async (thrown: unknown): Promise<void> => {
    const error = portError(thrown);
    const moved = how.ledger.bytes > portSeenBytes;
    portSeenBytes = how.ledger.bytes;
    const failures = moved && PASSING.has(error.code) ? budget.spend() : undefined;
    if (failures === undefined) throw error;
    await pause(failures, error.message, null);
  };

  for (;;) {
    try {
      return await once(tries);
    } catch (thrown) {
      tries += 1;
      if (thrown instanceof AttemptFailed) await afterFailure(thrown.failure);
      else if (thrown instanceof LostReply || thrown instanceof SgmediaError) await afterPortFailure(thrown);
      else throw thrown;
    }
  }
}

/** What a port threw, as an error for a person. */
export function portError(thrown: unknown): SgmediaError {
  if (thrown instanceof SgmediaError) return thrown;
  if (thrown instanceof LostReply) {
    return new SgmediaError("E_NETWORK", "The site's answer was lost.", {
      why: thrown.message,
      fix: "Run the same command again: it goes on from here.",
      cause: thrown,
    });
  }
  throw thrown;
}

/** Whether a port's failure may pass by itself. */
export function isPassing(thrown: unknown): boolean {
  return thrown instanceof LostReply || (thrown instanceof SgmediaError && PASSING.has(thrown.code));
}
