import { SgmediaError } from "../shared/errors.ts";
import { redactText } from "../shared/redact.ts";
import { LostReply, type LostTo } from "../transfer/ports.ts";
import { backoffMs, retryAfterMs, SlowDown } from "./backoff.ts";
import { throwIfCancelled } from "./cancellation.ts";
import { NetworkFailure } from "./network-failure.ts";
import { type Asked, describeAnswer, explainAnswer } from "./site-answer.ts";
import type { Transport, WireReply, WireRequest } from "./transport.ts";

/**
 * How often a call may be made. `safe`: reads, and writes that do the same twice (PUT, DELETE). `once`: what creates;
 * it is repeated only where the site cannot have acted: no connection, or 429.
 */
export type Repeat = "safe" | "once";

export interface ExchangeRequest extends WireRequest, Omit<Asked, "origin"> {
  readonly repeat: Repeat;
}

export interface ExchangeReply extends WireReply {
  /** How often it was asked; above 1 an earlier try may have acted. */
  readonly attempts: number;
}

export interface ExchangeOptions {
  readonly origin: string;
  readonly transport: Transport;
  /** Attempts after the first. */
  readonly retries: number;
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  readonly nowMs: () => number;
  readonly random: () => number;
}

export type Exchange = (request: ExchangeRequest) => Promise<ExchangeReply>;

/** Told to come back later than this, the call gives up at once instead of waiting. */
const MOST_WAIT_MS = 5 * 60_000;
/** What a gateway says when it lost the site, or gave up waiting for it: nothing about the site behind it. */
const LOST_TO_GATEWAY = new Map<number, LostTo>([
  [502, "cut"],
  [504, "silence"],
]);
const RETRY_STATUS = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Calls until there is an answer to go by: 2xx, 3xx or 4xx (contract/rest.md 9). Throws E_NETWORK, E_SITE, E_SITE_BUSY
 * when the attempts are used up, and LostReply for a `once` call that may have been carried out.
 */
export function createExchange(options: ExchangeOptions): Exchange {
  const { origin, transport, retries, sleep, nowMs, random } = options;
  const slowDown = new SlowDown(nowMs, sleep);

  async function attemptOnce(request: ExchangeRequest): Promise<WireReply | NetworkFailure> {
    try {
      return await transport.send(request);
    } catch (thrown) {
      if (thrown instanceof NetworkFailure) return thrown;
      throw thrown;
    }
  }

  return async (request) => {
    const about: Asked = { origin, what: request.what, record: request.record };
    for (let attempt = 1; ; attempt += 1) {
      throwIfCancelled(request.signal);
      await slowDown.wait(request.signal);
      const outcome = await attemptOnce(request);

      if (outcome instanceof NetworkFailure) {
        if (request.repeat === "once" && !outcome.unsent) {
          throw lostReply(outcome.message, outcome.silent ? "silence" : "cut", outcome);
        }
        if (outcome.permanent || attempt > retries) throw outcome.error;
        await sleep(backoffMs(attempt, random), request.signal);
        continue;
      }

      const { status } = outcome;
      const toldToWait = status === 429 || status === 503;
      // A date that has passed, or 0, says no more than that nobody knows: then our own pause counts.
      const askedMs = retryAfterMs(outcome.headers.get("retry-after"), nowMs()) ?? 0;
      const delayMs = Math.max(askedMs, backoffMs(attempt, random));
      if (toldToWait) slowDown.pause(Math.min(delayMs, MOST_WAIT_MS));
      if (request.repeat === "once" && (status >= 500 || status === 408)) {
        throw lostReply(describeAnswer(outcome, origin), LOST_TO_GATEWAY.get(status) ?? "answer");
      }
      if (!RETRY_STATUS.has(status)) {
        if (status >= 500) throw explainAnswer(outcome, about);
        return { ...outcome, attempts: attempt };
      }
      if (attempt > retries) throw explainAnswer(outcome, about);
      if (delayMs > MOST_WAIT_MS) throw comeBackLater(delayMs, explainAnswer(outcome, about));
      if (!toldToWait) await sleep(delayMs, request.signal);
    }
  };
}

function lostReply(why: string, lostTo: LostTo, cause?: unknown): LostReply {
  return new LostReply(redactText(`The site may or may not have done it: ${why}`), { cause, lostTo });
}

function comeBackLater(delayMs: number, error: SgmediaError): SgmediaError {
  return new SgmediaError("E_SITE_BUSY", error.message, {
    why: `${error.why ?? ""} It asks to wait ${Math.ceil(delayMs / 60_000)} minutes.`.trim(),
    fix: "Run the command again then; it goes on from here.",
  });
}
