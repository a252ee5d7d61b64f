/**
 * What the engine is handed, and all that it knows of the world beyond bytes. The site client implements these;
 * so do the fakes of the engine's own contract tests.
 */

/** JSON data that the port owns and the journal keeps for it. Never a secret, never a signed URL. */
export type Ticket = Readonly<Record<string, unknown>>;

/** Where and how to send or fetch bytes, valid for a short while. Never stored, never logged. */
export interface SignedRequest {
  readonly url: string;
  /** Headers that must go with it. A bearer stands here only if the URL is the site's own origin. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How the storage behind a ticket takes bytes: one PUT to object storage, parts, or one PUT to the site itself. */
export type UploadMode = "single" | "multipart" | "site";

export interface OpenUpload {
  readonly mode: UploadMode;
  readonly ticket: Ticket;
}

/** What the storage accepted of one part. `etag` without quotes; null where the storage names none. */
export interface AcceptedPart {
  readonly number: number;
  readonly etag: string | null;
}

/**
 * One upload as the site sees it. `Done` is what the finished upload is known by (an Attachment).
 * Every method takes a signal and throws SgmediaError. Methods may be called from several workers at once.
 */
export interface UploadPort<Done> {
  /** Opens the upload and notes (inside the ticket) what `findCompleted` needs to tell new from old. */
  open(options: { multipart: boolean }, signal: AbortSignal): Promise<OpenUpload>;
  /** A freshly signed PUT for a part, from 1; of a single or site upload there is only part 1. */
  issuePart(ticket: Ticket, partNumber: number, signal: AbortSignal): Promise<SignedRequest>;
  /**
   * For mode "site": the reply body of the PUT is handed back, since the site's answer completes the ticket
   * (contract/rest.md 6.2). Returns the ticket to go on with.
   */
  acceptReply(ticket: Ticket, body: string): Ticket;
  /** Completes, once: it is never repeated blindly. Throws `isLost: true` errors (see LostReply) when unanswered. */
  complete(ticket: Ticket, parts: readonly AcceptedPart[], signal: AbortSignal): Promise<void>;
  /**
   * Reads the site: the finished upload, or undefined if it did not happen (yet). Completion names none, so others may fit as well:
   * where several do, `proof` tells by their bytes which one it is.
   */
  findCompleted(ticket: Ticket, signal: AbortSignal, proof?: Proof<Done>): Promise<Done | undefined>;
  /** The bytes of a finished upload. */
  stored(done: Done): DownloadPort;
  /** Closes an open multipart. Idempotent: "already gone" is success. */
  abort(ticket: Ticket, signal: AbortSignal): Promise<void>;
}

/** Tells the finished upload of this run from another of its name. */
export interface Proof<Done> {
  readonly isOurs: (found: Done) => Promise<boolean>;
  /** Also of the only one that fits. */
  readonly always: boolean;
}

/**
 * What took a reply. `answer`: the site said that it failed, and is through with it; `cut`: the connection or a gateway broke, and the
 * request may still be on its way; `silence`: nobody said anything, and the site may still be at work.
 */
export type LostTo = "answer" | "cut" | "silence";

/** Thrown by ports when a request may or may not have been carried out: no reply, or a cut one, or a 5xx after it was sent. */
export class LostReply extends Error {
  readonly lostTo: LostTo;

  constructor(message: string, options: ErrorOptions & { readonly lostTo?: LostTo } = {}) {
    super(message, options);
    this.name = "LostReply";
    this.lostTo = options.lostTo ?? "cut";
  }
}

/** Something to fetch. */
export interface DownloadPort {
  /** A fresh URL for the bytes. Called again when the old one expired (403) or broke. */
  locate(signal: AbortSignal): Promise<SignedRequest>;
}

/** One thing that happened to a transfer, for bars, plain lines and JSON events. */
export type TransferEvent =
  | {
      readonly kind: "opened";
      readonly mode: UploadMode | "download";
      readonly sizeBytes: number | null;
      readonly partCount: number | null;
    }
  /** The storage accepted (upload) or the file holds (download) this many bytes in all, resumed ones included. */
  | { readonly kind: "accepted"; readonly acceptedBytes: number }
  /** Bytes handed to the network and not yet accepted; falls back when a part is sent again. */
  | { readonly kind: "sent"; readonly sentBytes: number }
  | {
      readonly kind: "retry";
      readonly what: string;
      readonly why: string;
      readonly attempt: number;
      readonly delayMs: number;
    }
  | { readonly kind: "resumed"; readonly acceptedBytes: number }
  | { readonly kind: "note"; readonly text: string };

export type OnTransferEvent = (event: TransferEvent) => void;
