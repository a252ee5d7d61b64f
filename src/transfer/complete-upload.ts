import { SgmediaError } from "../shared/errors.ts";
import { throwIfInterrupted } from "./abort.ts";
import { isPassing, portError } from "./persist.ts";
import { LostReply, type Proof } from "./ports.ts";
import { backoffMs } from "./retry.ts";
import { compareStored, type Sent, type Verdict } from "./stored-proof.ts";
import type { UploadRun } from "./upload-run.ts";

/** How often the site is read before an unanswered completion is sent again. */
const LOOKS_BEFORE_AGAIN = 4;
/** How often it is read after a completion that was answered: the Attachment may take a moment to show. */
const LOOKS_AFTER_ANSWER = 12;
const MOST_COMPLETIONS = 3;
/** Reads in a row that fail, each after its own retries, before it is said that nobody can tell. */
const MOST_FAILED_LOOKS = 3;
/** A connection that broke ends at a proxy, maybe, that hands the request on all the same: so long it is looked for at least. */
const STILL_UNDER_WAY_MS = 12_000;

export interface CompletionOf {
  readonly ours: Sent;
  /** When an earlier process may have asked for it; null: none has. */
  readonly askedAtMs: number | null;
}

/**
 * Completes an upload exactly once. What an earlier process, or an earlier try, may have got through is looked for before anything is
 * repeated: a lost answer is settled by reading, never by asking again at once. What is found is ours by its bytes, not by its name;
 * of an answered completion of one PUT the name is enough, since its bytes were compared when the storage took them.
 */
export async function completeUpload<Done>(run: UploadRun<Done>, of: CompletionOf): Promise<Done> {
  const { job, context } = run;
  const ticket = run.opened?.ticket ?? {};
  const parts = [...run.parts].sort(([a], [b]) => a - b).map(([number, { etag }]) => ({ number, etag }));
  const finished = new Finished(run, of.ours);
  const { askedAtMs } = of;
  if (askedAtMs !== null) {
    const agoMs = Math.max(0, context.nowMs() - askedAtMs);
    const found = await finished.look({ times: 1, atLeastMs: STILL_UNDER_WAY_MS - agoMs });
    if (found !== undefined) return found;
  }
  for (let tries = 1; ; tries += 1) {
    try {
      throwIfInterrupted(job.signal);
      await job.port.complete(ticket, parts, job.signal);
    } catch (thrown) {
      throwIfInterrupted(job.signal);
      if (!isPassing(thrown)) {
        // After an earlier try "no" may mean "it is done already".
        const found = askedAtMs !== null || tries > 1 ? await finished.look({ times: 2 }) : undefined;
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
      const atLeastMs = patienceMs(thrown, context.options.stallTimeoutMs);
      const found = await finished.look({ times: LOOKS_BEFORE_AGAIN, atLeastMs });
      if (found !== undefined) return found;
      if (tries >= MOST_COMPLETIONS) throw error;
      continue;
    }
    return finished.answered();
  }
}

/** Asking twice could make two of it: what was silent for so long may need as long again. */
function patienceMs(thrown: unknown, stallTimeoutMs: number): number {
  if (!(thrown instanceof LostReply) || thrown.lostTo === "answer") return 0;
  return thrown.lostTo === "cut" ? STILL_UNDER_WAY_MS : Math.max(stallTimeoutMs, STILL_UNDER_WAY_MS);
}

interface Patience {
  readonly times: number;
  readonly atLeastMs?: number;
  /** The completion was answered, so that one of those that fit is ours. */
  readonly answered?: boolean;
}

/** Finds out what became of a completion. */
class Finished<Done> {
  readonly #run: UploadRun<Done>;
  readonly #sent: Sent;
  /** What was found under our name and holds something else. */
  #other: Verdict | null = null;

  constructor(run: UploadRun<Done>, sent: Sent) {
    this.#run = run;
    this.#sent = sent;
  }

  /** Throws E_MISMATCH where what is stored is not what was sent, E_SITE where nothing shows. */
  async answered(): Promise<Done> {
    const { label } = this.#run;
    this.#other = null;
    const found = await this.look({ times: LOOKS_AFTER_ANSWER, answered: true });
    if (found !== undefined) return found;
    if (this.#other === null) {
      throw new SgmediaError("E_SITE", `The site took ${label} but does not show it.`, {
        why: "It answered that the upload is complete, and the finished upload cannot be read.",
        fix: "Run the same command again: it looks once more before anything is sent.",
      });
    }
    // It is complete, whatever it is: nothing can be gone on with.
    await this.#run.finishJournal();
    throw new SgmediaError("E_MISMATCH", `What is stored of ${label} is not what was sent.`, {
      why: `${(this.#other as Verdict).why}.`,
      fix: "Send it again with --if-exists replace.",
    });
  }

  /** Reads the site until the finished upload shows, so many times and for so long, with pauses that grow. A read that fails for a moment is read again. */
  async look({ times, atLeastMs = 0, answered = false }: Patience): Promise<Done | undefined> {
    const { context, job, opened } = this.#run;
    const proof = this.#proof(answered);
    let failed: unknown;
    let failures = 0;
    let waitedMs = 0;
    for (let turn = 1; ; turn += 1) {
      try {
        const found = await job.port.findCompleted(opened?.ticket ?? {}, job.signal, proof);
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
      const most = answered && this.#other ? LOOKS_BEFORE_AGAIN : times;
      if (turn >= most && waitedMs >= atLeastMs) break;
      const delayMs = Math.min(5000, 100 + backoffMs(turn, context.random, null));
      await context.sleep(delayMs, job.signal);
      waitedMs += delayMs;
    }
    // Not knowing is not "not there": nothing may be repeated on it.
    if (failed !== undefined) throw portError(failed);
    return undefined;
  }

  #proof(answered: boolean): Proof<Done> {
    const inParts = this.#run.opened?.mode === "multipart";
    return {
      always: !answered || inParts,
      isOurs: async (found) => {
        const verdict = await compareStored(this.#run, found, this.#sent);
        if (verdict.is === "other") this.#other = verdict;
        if (verdict.is === "unknown") {
          this.#run.progress.note(
            `${this.#run.label} could not be compared with what is stored: ${verdict.why}.`,
          );
        }
        return verdict.is !== "other";
      },
    };
  }
}
