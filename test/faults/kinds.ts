import type { Step } from "./steps.ts";

/** Body bytes of a step's request and answer when nothing is wrong. */
export interface Sizes {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** What happens to the request, in the words of a fault rule; or why it makes no sense there. */
export type Action = { readonly rule: Readonly<Record<string, unknown>> } | { readonly nonsense: string };

export interface Fault {
  readonly id: string;
  readonly title: string;
  readonly at: (step: Step, sizes: Sizes) => Action;
  /** It breaks the request for good, so that a lasting one ends the command; false for what only slows. */
  readonly breaks: boolean;
  /** Another `--stall-timeout` than for all the others. */
  readonly stallSeconds?: (step: Step) => number;
}

/** In seconds, for every case: silence longer than this is a stall. */
export const STALL_TIMEOUT_SECONDS = 2;
const FOREVER_MS = 60_000;
const SLOW_SECONDS = 3;

const NO_REQUEST_BODY = "the request has no body";
const NO_ANSWER_BODY = "the answer has no body";
const does = (rule: Readonly<Record<string, unknown>>): Action => ({ rule });
const nonsense = (reason: string): Action => ({ nonsense: reason });

function status(code: number, more: object = {}): Fault {
  return {
    id: `${code}`,
    title: code === 429 || code === 503 ? `${code}, Retry-After 1` : `${code}`,
    breaks: true,
    at: () => does({ status: code, ...more }),
  };
}

const later = { headers: { "retry-after": "1" } };

/** Where in a body of so many bytes: the first byte, the middle, the last. */
const PLACES = [
  ["0", "before the first byte", () => 0],
  ["mid", "in the middle", (bytes: number) => Math.floor(bytes / 2)],
  ["last", "at the last byte", (bytes: number) => bytes],
] as const;

const resetsReceived = PLACES.map(
  ([place, words, of]): Fault => ({
    id: `reset-received-${place}`,
    title: `reset ${words} received`,
    breaks: true,
    at: (step, { receivedBytes }) => {
      if (place === "0") return does({ resetAfterBytes: 0, direction: "received" });
      if (step.receives === null) return nonsense(NO_REQUEST_BODY);
      return does({ resetAfterBytes: of(receivedBytes), direction: "received" });
    },
  }),
);

const resetsSent = PLACES.map(
  ([place, words, of]): Fault => ({
    id: `reset-sent-${place}`,
    title: `reset ${words} sent`,
    breaks: true,
    at: (step, { sentBytes }) => {
      if (place === "0") return does({ resetAfterBytes: 0, direction: "sent" });
      if (sentBytes === 0 || step.sends === null) return nonsense(NO_ANSWER_BODY);
      if (sentBytes === 1) return nonsense("the answer's body is one byte: as before the first");
      return does({ resetAfterBytes: place === "last" ? sentBytes - 1 : of(sentBytes), direction: "sent" });
    },
  }),
);

export const FAULTS: readonly Fault[] = [
  status(403),
  status(404),
  status(408),
  status(429, later),
  status(500),
  status(502),
  status(503, later),
  status(504),
  ...resetsReceived,
  ...resetsSent,
  {
    id: "stall-received",
    title: "stall in the request",
    breaks: true,
    at: (step, { receivedBytes }) =>
      step.receives === null
        ? nonsense(NO_REQUEST_BODY)
        : does({ stallMs: FOREVER_MS, afterBytes: Math.floor(receivedBytes / 2), direction: "received" }),
  },
  {
    id: "stall-sent",
    title: "stall in the answer",
    breaks: true,
    at: (_step, { sentBytes }) =>
      does({ stallMs: FOREVER_MS, afterBytes: Math.floor(sentBytes / 2), direction: "sent" }),
  },
  {
    id: "slow",
    title: "slow",
    breaks: false,
    // A part of this size fits into the buffers of a connection on one machine: the sender sees nothing until the answer comes.
    stallSeconds: (step) => (step.receives === "file" ? 3 * SLOW_SECONDS : STALL_TIMEOUT_SECONDS),
    at: (step, { receivedBytes, sentBytes }) => {
      const file = step.receives === "file";
      const bytes = file ? receivedBytes : sentBytes;
      if (bytes <= 1) return nonsense("there is nothing to be slow with");
      return does({
        bytesPerSecond: Math.max(1, Math.floor(bytes / SLOW_SECONDS)),
        direction: file ? "received" : "sent",
      });
    },
  },
  {
    id: "truncate",
    title: "cut short, honest length",
    breaks: true,
    at: (_step, { sentBytes }) =>
      sentBytes <= 1 ? nonsense(NO_ANSWER_BODY) : does({ truncateAfterBytes: Math.floor(sentBytes / 2) }),
  },
  {
    id: "truncate-lie",
    title: "cut short, lying length",
    breaks: true,
    at: (_step, { sentBytes }) =>
      sentBytes <= 1
        ? nonsense(NO_ANSWER_BODY)
        : does({ truncateAfterBytes: Math.floor(sentBytes / 2), lie: true }),
  },
  {
    id: "corrupt-received",
    title: "a byte of the request turned",
    breaks: true,
    at: (step, { receivedBytes }) => {
      if (step.receives === null) return nonsense(NO_REQUEST_BODY);
      // In text the first byte: any other may be turned into something that still reads well.
      return does({
        corruptAtByte: step.receives === "file" ? Math.floor(receivedBytes / 2) : 0,
        direction: "received",
      });
    },
  },
  {
    id: "corrupt-sent",
    title: "a byte of the answer turned",
    breaks: true,
    at: (step, { sentBytes }) => {
      if (step.sends === null) return nonsense(NO_ANSWER_BODY);
      if (sentBytes <= 1) return nonsense("nobody reads that body");
      return does({
        corruptAtByte: step.sends === "file" ? Math.floor(sentBytes / 2) : 0,
        direction: "sent",
      });
    },
  },
  {
    id: "store-nothing",
    title: "stores nothing and says it did",
    breaks: true,
    at: (step) =>
      step.receives === "file" ? does({ storeNothing: true }) : nonsense("nothing is stored here"),
  },
  {
    id: "lose-reply",
    title: "acts, and the reply is lost",
    breaks: true,
    at: () => does({ loseReply: true }),
  },
  {
    id: "expire-url",
    title: "signed URL expired",
    breaks: true,
    at: (step) => (step.signedUrl ? does({ expireUrl: true }) : nonsense("its URL is not signed")),
  },
  {
    id: "expire-token",
    title: "bearer expired",
    breaks: true,
    at: (step) => (step.bearer ? does({ expireToken: true }) : nonsense("it carries no bearer")),
  },
  { id: "latency", title: "0.3 s late", breaks: false, at: () => does({ latencyMs: 300 }) },
];
