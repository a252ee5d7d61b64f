import { SgmediaError } from "../shared/errors.ts";
import { throwIfInterrupted } from "./abort.ts";
import { isPassing, portError } from "./persist.ts";
import { type AcceptedPart, LostReply, type Ticket } from "./ports.ts";
import { backoffMs } from "./retry.ts";
import type { UploadRun } from "./upload-run.ts";

/** How often the site is read before an unanswered completion is sent again. */
const LOOKS_BEFORE_AGAIN = 4;
/** How often it is read after a completion that was answered: the Attachment may take a moment to show. */
const LOOKS_AFTER_ANSWER = 12;
const MOST_COMPLETIONS = 3;
/** Reads in a row that fail, each after its own retries, before it is said that nobody can tell. */
const MOST_FAILED_LOOKS = 3;

/**
 * Completes an upload exactly once. `mayBeDone`: an earlier process, or an earlier try, may have got through; then the site is read first.
 * A lost answer is settled by reading, never by asking again at once.
 */
export async function completeUpload<Done>(
  run: UploadRun<Done>,
  ticket: Ticket,
  parts: readonly AcceptedPart[],
  mayBeDone: boolean,
): Promise<Done> {
  const { port, signal } = run.job;
  if (mayBeDone) {
    const found = await look(run, ticket, 1);
    if (found !== undefined) return found;
  }
  for (let tries = 1; ; tries += 1) {
    let answered = false;
    try {
      throwIfInterrupted(signal);
      await port.complete(ticket, parts, signal);
      answered = true;
    } catch (thrown) {
      throwIfInterrupted(signal);
      if (!isPassing(thrown)) {
        // After an earlier try "no" may mean "it is done already".
        const found = mayBeDone || tries > 1 ? await look(run, ticket, 2) : undefined;
        if (found !== undefined) return found;
        throw thrown;
      }
      const error = portError(thrown);
      run.progress.event({
        kind: "retry",
        what: `completing ${run.label}`,
        why: error.message,
        attempt: tries,
        delayMs: 0,
      });
      // What was silent for so long may need as long again: asking twice could make two of it.
      const patienceMs =
        thrown instanceof LostReply && thrown.mayBeAtIt ? run.context.options.stallTimeoutMs : 0;
      const found = await look(run, ticket, LOOKS_BEFORE_AGAIN, patienceMs);
      if (found !== undefined) return found;
      if (tries >= MOST_COMPLETIONS) throw error;
    }
    if (answered) {
      const found = await look(run, ticket, LOOKS_AFTER_ANSWER);
      if (found !== undefined) return found;
      throw new SgmediaError("E_SITE", `The site took ${run.label} but does not show it.`, {
        why: "It answered that the upload is complete, and the finished upload cannot be read.",
        fix: "Run the same command again: it looks once more before anything is sent.",
      });
    }
  }
}

/** Reads the site until the finished upload shows, so many times and for so long, with pauses that grow. A read that fails for a moment is read again. */
async function look<Done>(
  run: UploadRun<Done>,
  ticket: Ticket,
  times: number,
  atLeastMs = 0,
): Promise<Done | undefined> {
  const { context, job } = run;
  let failed: unknown;
  let failures = 0;
  let waitedMs = 0;
  for (let turn = 1; ; turn += 1) {
    try {
      const found = await job.port.findCompleted(ticket, job.signal);
      if (found !== undefined) return found;
      failed = undefined;
      failures = 0;
    } catch (thrown) {
      throwIfInterrupted(job.signal);
      if (!isPassing(thrown)) throw thrown;
      failed = thrown;
      failures += 1;
      if (failures === MOST_FAILED_LOOKS) break;
    }
    if (turn >= times && waitedMs >= atLeastMs) break;
    const delayMs = Math.min(5000, 100 + backoffMs(turn, context.random, null));
    await context.sleep(delayMs, job.signal);
    waitedMs += delayMs;
  }
  // Not knowing is not "not there": nothing may be repeated on it.
  if (failed !== undefined) throw portError(failed);
  return undefined;
}
