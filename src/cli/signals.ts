import { SgmediaError } from "../shared/errors.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** What of `process` the signals need. */
interface SignalSource {
  on(signal: keyof typeof SIGNALS, listener: () => void): unknown;
  off(signal: keyof typeof SIGNALS, listener: () => void): unknown;
}

/**
 * The first SIGINT or SIGTERM asks the work to stop: it closes its files and keeps its journal. A second one ends the
 * program at once, by `endNow`. Returns a function that takes the listeners away.
 */
export function listenForSignals(
  source: SignalSource,
  stop: AbortController,
  endNow: (exitCode: number) => void,
): () => void {
  const undo = (Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]).map((signal) => {
    const exit = SIGNALS[signal];
    const listener = (): void => {
      if (stop.signal.aborted) endNow(exit);
      else stop.abort(new SgmediaError("E_INTERRUPTED", `Stopped by ${signal}.`, { exit }));
    };
    source.on(signal, listener);
    return () => source.off(signal, listener);
  });
  return () => {
    for (const each of undo) each();
  };
}
