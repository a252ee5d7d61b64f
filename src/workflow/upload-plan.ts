import type { RecordRef } from "../shared/records.ts";
import type { IfUploaded } from "./types.ts";

/** What one command decided for all its files. Plain data: dry runs print it and the journal's intent comes from it. */
export interface UploadPlan {
  readonly record: RecordRef;
  /** Null: no field, an Attachment on the record. */
  readonly field: string | null;
  /** The field is an image field. */
  readonly picture: boolean;
  readonly displayName: string | null;
  readonly tagIds: readonly number[];
  readonly tags: readonly string[];
  readonly ifExists: IfUploaded;
  readonly verify: boolean;
  readonly restart: boolean;
  /** Null: do not wait for the transcode. */
  readonly waitSeconds: number | null;
}
