/** Why one attempt at a request came to nothing. Data only: retry.ts says what follows, explain.ts says it to a person. */
export type Failure =
  /** The storage answered, and not with success. `code` and `message` from its XML. */
  | {
      readonly kind: "status";
      readonly host: string;
      readonly status: number;
      readonly code: string | null;
      readonly message: string | null;
      readonly retryAfterMs: number | null;
    }
  /** No connection, or it broke; `code` as Node and undici name it. */
  | { readonly kind: "network"; readonly host: string; readonly code: string | null; readonly reason: string }
  | { readonly kind: "stalled"; readonly host: string; readonly silentMs: number }
  /** The machine slept: its sockets are dead, nobody is to blame. */
  | { readonly kind: "slept" }
  /** The storage names other bytes than were sent. */
  | { readonly kind: "mismatch"; readonly host: string; readonly ours: string; readonly theirs: string }
  /** An answer that does not fit the question: another range, too many bytes. */
  | { readonly kind: "answer"; readonly host: string; readonly reason: string }
  /** What is stored is no longer what the download began with. */
  | { readonly kind: "changed"; readonly host: string; readonly reason: string };

/** Thrown by one attempt. Never reaches a caller of the engine. */
export class AttemptFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(`attempt failed: ${failure.kind}`, options);
    this.name = "AttemptFailed";
    this.failure = failure;
  }
}

/** Thrown where what was begun can no longer be gone on with, and a new beginning may do: the upload or object is another one now. */
export class StartOver extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "StartOver";
  }
}
