import type { Fault } from "./kinds.ts";
import type { Lasts } from "./run-case.ts";
import type { Step } from "./steps.ts";

/** What README.md's exit codes and docs/reliability.md promise of one case. */
export interface Expected {
  /** Exit code of the first run. A run that ends with 0 is the only one. */
  readonly exit: number;
  /** New Attachments at the end of all runs. */
  readonly attachments: number;
  /** Multiparts that stay open on the storage, since nobody was ever told their id. */
  readonly openMultiparts: "none" | "one a hit";
}

/** Faults under which the answer comes to nothing although the request was acted on. */
const ANSWER_LOST = /^(?:reset-sent|stall-sent|truncate|corrupt-sent|lose-reply)/;
/** Faults that let some bytes of a body through every time, so that even a lasting one is overcome. */
const LETS_BYTES_THROUGH = /^(?:reset-sent-mid|reset-sent-last|truncate|stall-sent)$/;

export function expectedOf(step: Step, fault: Fault, lasts: Lasts): Expected {
  const losesWhatItStored = step.id === "up-put-one" && fault.id === "store-nothing";
  return {
    exit: exitOf(step, fault.id, lasts),
    // The site made an Attachment of nothing; the one that holds the bytes comes after it.
    attachments: step.way === "down" ? 0 : losesWhatItStored ? 2 : 1,
    openMultiparts: step.id === "up-init-parts" && ANSWER_LOST.test(fault.id) ? "one a hit" : "none",
  };
}

function exitOf(step: Step, fault: string, lasts: Lasts): number {
  if (fault === "slow" || fault === "latency") return 0;
  const lasting = lasts === "lasting";
  if (step.requests.surface === "site") return siteExit(step, fault, lasting);
  return step.requests.method === "PUT" ? putExit(step, fault, lasting) : getExit(step, fault, lasting);
}

function siteExit(step: Step, fault: string, lasting: boolean): number {
  const signIn = step.id.endsWith("-token");
  // A part's URL that is refused is looked for along the site's own chain of links.
  const otherWay = step.id === "up-part-url" && !lasting;
  if (fault === "403") return otherWay ? 0 : 4;
  if (fault === "404") return otherWay ? 0 : signIn ? 7 : 5;
  if (fault === "expire-token") return lasting ? 4 : 0;
  if (fault === "corrupt-received") return signIn ? 4 : 7;
  // The head of a redirect is all there is to it.
  if (step.sends === null && fault === "reset-sent-0") return 0;
  const completes = step.id.startsWith("up-complete");
  // It was done: reading the record says so.
  if (completes && ANSWER_LOST.test(fault)) return 0;
  // An answer that comes whole and cannot be read is not asked for again, but where the record is read until it tells.
  if (fault === "truncate-lie" || fault === "corrupt-sent")
    return step.id === "up-read-back" && !lasting ? 0 : 7;
  return lasting ? 7 : 0;
}

function putExit(step: Step, fault: string, lasting: boolean): number {
  if (fault === "404") return 7;
  // Head and ETag came: that is all there is to the answer.
  if (fault === "reset-sent-0") return 0;
  // Of one piece only reading back tells; parts that are not there cannot be joined.
  if (fault === "store-nothing") return step.size === "whole" ? 8 : 7;
  if (fault === "corrupt-received") return lasting ? 8 : 0;
  return lasting ? 7 : 0;
}

function getExit(step: Step, fault: string, lasting: boolean): number {
  if (fault === "404") return step.verify ? 8 : 5;
  if (fault === "corrupt-sent") return 8;
  if (!lasting || LETS_BYTES_THROUGH.test(fault)) return 0;
  return 7;
}
