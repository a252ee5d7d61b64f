import { setMaxListeners } from "node:events";
import { SgmediaError } from "../shared/errors.ts";

/** What an aborted signal throws: its own reason if that is a foreseen error, else E_INTERRUPTED. */
export function cancellation(signal: AbortSignal): SgmediaError {
  if (signal.reason instanceof SgmediaError) return signal.reason;
  return new SgmediaError("E_INTERRUPTED", "Interrupted.", { cause: signal.reason });
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancellation(signal);
}

/** Waits for work that others wait for too: giving up leaves the work running. */
export async function waitUnlessCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  throwIfCancelled(signal);
  const { promise: aborted, stop } = rejectOnAbort(signal);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop();
  }
}

function rejectOnAbort(signal: AbortSignal): { promise: Promise<never>; stop: () => void } {
  let onAbort = (): void => {};
  const promise = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(cancellation(signal));
  });
  onceAborted(signal, onAbort);
  return { promise, stop: () => signal.removeEventListener("abort", onAbort) };
}

/** Real time, ended early by the signal. */
export function sleepMs(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancellation(signal));
    const onAbort = (): void => {
      clearTimeout(timer);
      if (signal) reject(cancellation(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    if (signal) onceAborted(signal, onAbort);
  });
}

/** A signal that follows another `graceMs` later: for a call whose answer must still be heard. `stop` when it was. */
export function withGrace(signal: AbortSignal, graceMs: number): { signal: AbortSignal; stop: () => void } {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => late.abort(signal.reason), graceMs);
  };
  if (signal.aborted) late.abort(signal.reason);
  else onceAborted(signal, onAbort);
  return {
    signal: late.signal,
    stop: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

/** One signal serves many calls at once; Node would warn of a leak at the eleventh. */
function onceAborted(signal: AbortSignal, onAbort: () => void): void {
  setMaxListeners(0, signal);
  signal.addEventListener("abort", onAbort, { once: true });
}
