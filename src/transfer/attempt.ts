import { connectionFree } from "../shared/connection-free.ts";
import { SgmediaError, systemCode } from "../shared/errors.ts";
import { redactText } from "../shared/redact.ts";
import { interruptedError, linkController, throwIfInterrupted } from "./abort.ts";
import { AttemptFailed, StartOver } from "./failure.ts";
import type { Watchdog, Watched } from "./watchdog.ts";

export interface Attempt {
  /** Aborts with the transfer, and when the line falls silent. */
  readonly signal: AbortSignal;
  readonly watched: Watched;
}

/**
 * Runs one request under the watchdog. Whatever it leaves open is closed when it fails. Throws AttemptFailed for what the
 * network or the storage did, the interruption when the transfer's signal aborted, and anything else as it came.
 */
export async function runAttempt<T>(
  watchdog: Watchdog,
  signal: AbortSignal,
  host: string,
  work: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  throwIfInterrupted(signal);
  const { controller, unlink } = linkController(signal);
  const watched = watchdog.watch(
    (silentMs) => controller.abort(new AttemptFailed({ kind: "stalled", host, silentMs })),
    () => controller.abort(new AttemptFailed({ kind: "slept" })),
  );
  try {
    const done = await work({ signal: controller.signal, watched });
    await connectionFree();
    return done;
  } catch (thrown) {
    const reason: unknown = controller.signal.reason;
    if (signal.aborted) throw interruptedError(signal);
    controller.abort(new AttemptFailed({ kind: "network", host, code: null, reason: "given up" }));
    if (reason instanceof AttemptFailed) throw reason;
    throw networkFailure(thrown, host);
  } finally {
    watched.end();
    unlink();
  }
}

/** What undici and Node throw, as a failed attempt. Errors that are nobody's network (bugs, our own) stay as they are. */
function networkFailure(thrown: unknown, host: string): unknown {
  if (thrown instanceof AttemptFailed || thrown instanceof SgmediaError || thrown instanceof StartOver)
    return thrown;
  const code = systemCode(thrown);
  if (code === undefined) return thrown;
  return new AttemptFailed(
    { kind: "network", host, code, reason: redactText(deepestMessage(thrown)) },
    { cause: thrown },
  );
}

function deepestMessage(thrown: unknown): string {
  let message = String(thrown);
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const told =
      at instanceof AggregateError && at.errors[0] instanceof Error ? at.errors[0].message : at.message;
    if (told) message = told;
  }
  return message;
}
