/** The verbs' inputs and results, and the hands they work with. Results are the JSON rows of the command line's document. */
import type { ErrorDocument } from "../shared/errors.ts";
import type { AttachmentRef, RecordRef } from "../shared/records.ts";
import type { Site } from "../site/types.ts";
import type { TransferEvent } from "../transfer/ports.ts";
import type { Engine } from "../transfer/types.ts";

export type {
  LinkLocalInput,
  LinkLocalRow,
  SetPathInput,
  SetPathRow,
  ThumbInput,
  ThumbRow,
} from "./path-types.ts";

/** What a workflow tells the person. The command line draws it: bars, plain lines, JSON events or nothing. */
export interface WorkProgress {
  /** One file on its way. `sizeBytes` null: not known yet. */
  item(label: string, sizeBytes: number | null): ItemProgress;
  /** A wait without a size: a spinner on a terminal. */
  step(text: string): StepProgress;
  /** How many items there will be in all, and their bytes as far as known: for the total. */
  expect(total: { items: number; bytes: number | null }): void;
  note(text: string): void;
  warn(text: string): void;
}

export interface ItemProgress {
  event(event: TransferEvent): void;
  done(text: string): void;
  failed(error: ErrorDocument): void;
}

export interface StepProgress {
  update(text: string): void;
  done(text?: string): void;
  failed(): void;
}

/** Everything that a workflow works with. Built once a command by main; closed by main. */
export interface Work {
  readonly site: Site;
  readonly engine: Engine;
  readonly progress: WorkProgress;
  readonly signal: AbortSignal;
  readonly cwd: string;
  /** Files at once. */
  readonly jobs: number;
  readonly dryRun: boolean;
  /** A program reads the results (`--json`): they have the SHA-256 of what was downloaded. */
  readonly forPrograms: boolean;
  /** `--project`: id or name; null where none is set. */
  readonly project: string | null;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
}

/** A record as a person names it. `key` of digits only is an id, anything else a code looked up in the project. */
export interface RecordSelector {
  /** CamelCase as typed; checked against the site's types. */
  readonly type: string;
  readonly key: string;
}

export type IfUploaded = "skip" | "replace" | "fail" | "new";
export type IfDownloaded = "skip" | "overwrite" | "fail" | "number";
export type Rendition = "original" | "mp4" | "webm" | "thumb" | "full" | "filmstrip";

export interface UploadInput {
  /** Paths or globs as typed; a single `-` is stdin. */
  readonly files: readonly string[];
  readonly record: RecordSelector;
  /** Null: the default field of the type. */
  readonly field: string | null;
  readonly attach: boolean;
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly ifExists: IfUploaded;
  readonly verify: boolean;
  readonly restart: boolean;
  /** Seconds to wait for the transcode; null: do not wait. */
  readonly waitSeconds: number | null;
  /** A playlist, by id or name, that the Version is put on; null: none. */
  readonly playlist: string | null;
  /** Also write the file's own path to sg_path_to_movie. */
  readonly setPath: boolean;
  /** The one input is a frame sequence: make a movie of it and send that. `frameRate` null: 24. */
  readonly encode: { readonly frameRate: number | null } | null;
  readonly stdin: AsyncIterable<Uint8Array> | null;
}

interface Failed {
  readonly ok: false;
  readonly error: ErrorDocument;
}

export interface UploadResult {
  readonly ok: true;
  readonly file: string;
  readonly sizeBytes: number | null;
  readonly sha256?: string | null;
  /** Null only in a plan, for a Version that is still to be made. */
  readonly entity: RecordRef | null;
  readonly field: string | null;
  readonly attachment?: AttachmentRef;
  readonly parts?: { readonly count: number; readonly sent: number; readonly resumed: number };
  readonly skipped?: boolean;
  readonly verified?: boolean;
  readonly durationMs?: number;
  readonly planned?: true;
}
export type UploadRow =
  | UploadResult
  | (Failed & { readonly file: string; readonly entity?: RecordRef | null; readonly field?: string | null });

export interface DownloadInput {
  readonly what:
    | {
        readonly kind: "record";
        readonly record: RecordSelector;
        readonly rendition: Rendition;
        readonly field: string | null;
      }
    | { readonly kind: "attachment"; readonly id: number }
    /** Every Version of a playlist, in its order. */
    | {
        readonly kind: "playlist";
        readonly key: string;
        readonly rendition: Rendition;
        readonly field: string | null;
      }
    | { readonly kind: "url"; readonly url: string };
  /** File, folder or `-`; null: this folder. */
  readonly output: string | null;
  readonly nameTemplate: string | null;
  readonly ifExists: IfDownloaded | null;
  readonly verify: boolean;
  readonly restart: boolean;
  readonly waitSeconds: number | null;
  /** Null: nothing may be written there. */
  readonly stdout: NodeJS.WritableStream | null;
}

export interface DownloadResult {
  readonly ok: true;
  /** Absolute path; null when the bytes went to stdout. */
  readonly output: string | null;
  readonly rendition: Rendition | null;
  readonly entity?: RecordRef;
  readonly field?: string;
  readonly attachment?: AttachmentRef;
  readonly name: string;
  readonly sizeBytes: number | null;
  readonly checksum: {
    readonly kind: "md5" | "composite" | "size";
    readonly etag: string | null;
    readonly sha256: string | null;
  } | null;
  readonly linkType: "upload" | "web" | "local" | null;
  readonly skipped?: boolean;
  readonly durationMs?: number;
  readonly planned?: true;
}
export type DownloadRow =
  | DownloadResult
  | (Failed & {
      readonly output?: string | null;
      readonly entity?: RecordRef;
      readonly rendition?: Rendition | null;
    });

export interface FieldsInput {
  readonly type: string;
  readonly match: string | null;
  /** Data types wanted; empty: all. */
  readonly dataTypes: readonly string[];
  readonly media: boolean;
}
export interface FieldRow {
  readonly ok: true;
  readonly name: string;
  readonly label: string;
  readonly dataType: string;
  readonly acceptsFile: boolean;
  readonly editable: boolean;
  readonly visible: boolean;
}

export interface InfoRow {
  readonly ok: true;
  readonly entity: RecordRef;
  readonly code: string | null;
  readonly project: { readonly type: "Project"; readonly id: number; readonly name: string | null } | null;
  readonly renditions: readonly {
    readonly rendition: Rendition | null;
    readonly field: string;
    readonly attachment: AttachmentRef | null;
    readonly name: string | null;
    readonly contentType: string | null;
    readonly sizeBytes: number | null;
    readonly linkType: "upload" | "web" | "local" | null;
    readonly placeholder: boolean;
  }[];
  readonly transcoding: {
    readonly status: number | null;
    readonly state: "none" | "running" | "done" | "refused";
    readonly stale: boolean;
    readonly frameRate: number | null;
    readonly durationSeconds: number | null;
  } | null;
  readonly paths: readonly {
    readonly field: string;
    readonly kind: "movie" | "frames" | "local";
    readonly value: string;
    readonly windows: string | null;
    readonly mac: string | null;
    readonly linux: string | null;
    readonly existsHere: boolean;
  }[];
  readonly attachments: readonly {
    readonly type: "Attachment";
    readonly id: number;
    readonly name: string;
    readonly extension: string | null;
    readonly sizeBytes: number | null;
    readonly contentType: string | null;
    readonly linkType: "upload" | "web" | "local" | null;
    readonly url: string | null;
  }[];
}

export interface LinkUrlInput {
  readonly url: string;
  readonly record: RecordSelector;
  readonly field: string | null;
  readonly name: string | null;
}
export interface LinkUrlRow {
  readonly ok: true;
  readonly entity: RecordRef;
  readonly field: string;
  readonly url: string;
  readonly name: string;
  readonly attachment?: AttachmentRef;
  readonly planned?: true;
}

export interface TransferRow {
  readonly ok: true;
  readonly id: string;
  readonly direction: "upload" | "download";
  readonly file: string;
  readonly entity: string;
  readonly field: string | null;
  readonly sizeBytes: number | null;
  readonly acceptedBytes: number;
  readonly startedAt: string;
  readonly changedAt: string;
  readonly state: "unfinished" | "running" | "damaged";
  readonly why: string | null;
}
export type ResumeRow = UploadRow | DownloadRow;
export interface AbortRow {
  readonly ok: boolean;
  readonly id: string;
  readonly file: string;
  readonly aborted: boolean;
  readonly error?: ErrorDocument;
  readonly planned?: true;
}
