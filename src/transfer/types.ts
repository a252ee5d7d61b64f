/** The engine's face to workflows: `createEngine(options)` (engine.ts) gives an `Engine`. */
import type { DownloadPort, OnTransferEvent, UploadPort } from "./ports.ts";

export interface EngineOptions {
  /** Folder of the journals; made with mode 0700. */
  readonly journalDir: string;
  /** Parts or ranges at once, all files together; null: adapts between 1 and 16. */
  readonly partJobs: number | null;
  /** Part size; null: chosen from the file's size. */
  readonly partSizeBytes: number | null;
  /** Bytes a second over all transfers, up and down; null: no limit. */
  readonly limitRateBytes: number | null;
  /** Failures in a row, without a byte accepted between them, that end a transfer. */
  readonly retries: number;
  readonly connectTimeoutMs: number;
  /** Silence that ends an attempt. */
  readonly stallTimeoutMs: number;
  readonly caFile?: string;
  /** Where proxies (HTTPS_PROXY, HTTP_PROXY, NO_PROXY) and NODE_EXTRA_CA_CERTS are read from; the process's own when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly onRequest?: (line: string) => void;
  /** sha256 of the file and MD5 of parts, in workers. False only for measuring. */
  readonly hash: boolean;
  readonly sleep?: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  readonly nowMs?: () => number;
  readonly random?: () => number;
}

/** What makes two runs the same transfer; hashed into the journal's id. */
export interface TransferKey {
  readonly site: string;
  /** `Version:23404`. */
  readonly record: string;
  readonly field: string | null;
  /** Absolute path of the local file. */
  readonly path: string;
  /** What else sets it apart: attachment id, rendition. */
  readonly detail?: string;
}

export interface UploadJob<Done> {
  readonly key: TransferKey;
  readonly port: UploadPort<Done>;
  /** A path, or stdin of unknown length. */
  readonly source:
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "stream"; readonly stream: AsyncIterable<Uint8Array> };
  /** Kept in the journal for `status` and `resume`: what a person typed, as data. Never a secret. */
  readonly intent: Readonly<Record<string, unknown>>;
  readonly restart: boolean;
  /**
   * Asked after another process held this very transfer and let go: what it left behind, if that is this file.
   * Then nothing is sent, and the outcome has `parts.sent` 0.
   */
  readonly settledByOther?: (signal: AbortSignal) => Promise<Done | undefined>;
  readonly onEvent?: OnTransferEvent;
  readonly signal: AbortSignal;
}

export interface UploadOutcome<Done> {
  readonly done: Done;
  readonly sizeBytes: number;
  /** Lower-case hex; null when hashing is off. */
  readonly sha256: string | null;
  /** MD5 of a single PUT or the composite `md5-of-md5s-N`; null when the storage's ETags are no MD5. */
  readonly etag: string | null;
  readonly partSizeBytes: number;
  readonly parts: { readonly count: number; readonly sent: number; readonly resumed: number };
}

export interface DownloadJob {
  readonly key: TransferKey;
  readonly port: DownloadPort;
  /** Final path, or a stream that takes the bytes in order. */
  readonly target:
    | { readonly kind: "file"; readonly path: string; readonly replace: boolean }
    | { readonly kind: "stream"; readonly stream: NodeJS.WritableStream };
  /** Known beforehand (a journal, another rendition); compared when given. */
  readonly expect?: { readonly sizeBytes?: number; readonly sha256?: string };
  /** SHA-256 of the file, also where the bytes are proven without it. It takes a third of the time that MD5 takes. */
  readonly sha256: boolean;
  readonly intent: Readonly<Record<string, unknown>>;
  readonly restart: boolean;
  readonly onEvent?: OnTransferEvent;
  readonly signal: AbortSignal;
}

export interface DownloadOutcome {
  readonly sizeBytes: number;
  /** Null where nobody wanted it. */
  readonly sha256: string | null;
  /** What the storage called the bytes, without quotes. */
  readonly etag: string | null;
  /** How the bytes were proven: `md5`, `composite` (parts of a known size), `size` where the storage gives nothing to compare. */
  readonly checkedBy: "md5" | "composite" | "size";
  readonly contentType: string | null;
  readonly ranges: { readonly count: number; readonly resumed: number };
}

/** What the storage holds, learned without fetching it: for `--if-exists skip` and `--verify`. */
export interface StoredFacts {
  readonly sizeBytes: number;
  readonly etag: string | null;
  readonly contentType: string | null;
}

/** An unfinished transfer of this machine. */
export interface UnfinishedTransfer {
  readonly id: string;
  readonly direction: "upload" | "download";
  readonly key: TransferKey;
  readonly intent: Readonly<Record<string, unknown>>;
  readonly sizeBytes: number | null;
  readonly acceptedBytes: number;
  readonly startedAtMs: number;
  readonly changedAtMs: number;
  /** Set when another live process holds it. */
  readonly heldByPid: number | null;
  /** Set when the journal cannot be read: why. Such a transfer is never taken for empty. */
  readonly damaged: string | null;
}

export interface Engine {
  upload<Done>(job: UploadJob<Done>): Promise<UploadOutcome<Done>>;
  download(job: DownloadJob): Promise<DownloadOutcome>;
  /** One ranged GET of a byte: size and ETag of what is stored. Undefined when nothing is there (404). */
  facts(port: DownloadPort, signal: AbortSignal): Promise<StoredFacts | undefined>;
  /** Whether a local file is what an ETag of a known kind says: `same`, `different`, or `unknown` for an ETag that is no MD5. */
  compare(path: string, facts: StoredFacts, signal: AbortSignal): Promise<"same" | "different" | "unknown">;
  /** Reads the stored bytes back and compares their sha256. Throws E_MISMATCH. */
  verify(
    port: DownloadPort,
    expect: { sizeBytes: number; sha256: string },
    signal: AbortSignal,
    onEvent?: OnTransferEvent,
  ): Promise<void>;
  unfinished(): Promise<UnfinishedTransfer[]>;
  /** SHA-256 of a local file, in lower-case hex. */
  digest(path: string, signal: AbortSignal): Promise<{ sizeBytes: number; sha256: string }>;
  /**
   * What another way already brought where this transfer was to bring it needs no memory: closes and forgets as `abandon` does. Nothing
   * happens where nothing is remembered, where another process is at it, or where the memory is damaged (that is for `status` to tell).
   */
  forget(
    direction: "upload" | "download",
    key: TransferKey,
    port: UploadPort<unknown> | null,
    signal: AbortSignal,
  ): Promise<void>;
  /** Closes the multipart through the port (upload) or removes the partial file (download), then the journal. */
  abandon(id: string, port: UploadPort<unknown> | null, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
