import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { SgmediaError } from "../shared/errors.ts";

/** What an aborted transfer throws: the reason itself where the caller gave an error (exit 143 after SIGTERM), else E_INTERRUPTED. */
export function interruptedError(signal: AbortSignal): SgmediaError {
  if (signal.reason instanceof SgmediaError) return signal.reason;
  return new SgmediaError("E_INTERRUPTED", "The transfer was interrupted.", {
    why: "What was accepted until then is remembered.",
    fix: "Run the same command again: it goes on from there.",
  });
}

export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw interruptedError(signal);
}

/** Waits; rejects at once with the interruption when the signal aborts. */
export async function sleepFor(delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal) throwIfInterrupted(signal);
  try {
    await delay(delayMs, undefined, signal ? { signal } : {});
  } catch (thrown) {
    if (signal?.aborted) throw interruptedError(signal);
    throw thrown;
  }
}

/** Every part and every file listens to the same signal: many listeners are no leak here. */
export function allowManyListeners(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}

/** A controller that aborts with its parent. `unlink` must be called when the work is over, since the parent may live long. */
export function linkController(parent: AbortSignal): { controller: AbortController; unlink: () => void } {
  const controller = new AbortController();
  allowManyListeners(controller.signal);
  const follow = (): void => controller.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener("abort", follow, { once: true });
  return { controller, unlink: () => parent.removeEventListener("abort", follow) };
}

/** Settles with the promise, or rejects with the interruption as soon as the signal aborts. */
export async function orInterrupted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfInterrupted(signal);
  let stop = (): void => {};
  const interruption = new Promise<never>((_, reject) => {
    stop = () => reject(interruptedError(signal));
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, interruption]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
