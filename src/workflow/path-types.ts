/** Inputs and results of the verbs about pictures, links and paths. Part of types.ts. */
import type { AttachmentRef, RecordRef } from "../shared/records.ts";
import type { IfDownloaded, RecordSelector } from "./types.ts";

export interface ThumbInput {
  readonly record: RecordSelector;
  readonly action:
    | {
        readonly kind: "get";
        readonly size: "thumb" | "full" | "filmstrip";
        readonly output: string | null;
        readonly show: boolean;
      }
    | { readonly kind: "set"; readonly image: string }
    | { readonly kind: "set-filmstrip"; readonly image: string }
    | { readonly kind: "filmstrip-from"; readonly movie: string }
    | { readonly kind: "clear" };
  readonly waitSeconds: number | null;
  readonly ifExists: IfDownloaded | null;
  readonly stdout: NodeJS.WritableStream;
}
export interface ThumbRow {
  readonly ok: true;
  readonly entity: RecordRef;
  readonly field: string;
  readonly output?: string | null;
  readonly format?: string;
  readonly sizeBytes?: number;
  readonly attachment?: AttachmentRef;
  readonly cleared?: true;
  readonly planned?: true;
}

export interface LinkLocalInput {
  readonly path: string;
  readonly record: RecordSelector;
  readonly field: string | null;
  /** Name or id of a LocalStorage. */
  readonly storage: string | null;
  readonly relative: boolean;
  readonly checkExists: boolean;
  readonly name: string | null;
}
export interface LinkLocalRow {
  readonly ok: true;
  readonly entity: RecordRef;
  readonly field: string;
  readonly attachment?: AttachmentRef;
  readonly storage: { readonly id: number; readonly name: string };
  readonly relativePath: string;
  readonly paths: {
    readonly windows: string | null;
    readonly mac: string | null;
    readonly linux: string | null;
  };
  readonly planned?: true;
}

export interface SetPathInput {
  readonly path: string;
  readonly record: RecordSelector;
  readonly kind: "movie" | "frames" | null;
  readonly as: "windows" | "mac" | "linux" | null;
}
export interface SetPathRow {
  readonly ok: true;
  readonly entity: RecordRef;
  readonly field: string;
  readonly value: string;
  readonly frames?: {
    readonly first: number;
    readonly last: number;
    readonly count: number;
    readonly missing: readonly number[];
    readonly padding: number;
  };
  readonly planned?: true;
}
