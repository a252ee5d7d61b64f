import type { RecordLink, RecordRef } from "../../shared/records.ts";
import type { IfUploaded } from "../types.ts";

/** One wanted row, in a person's words: from a file name and the options, or from a plan file. Empty text is "not said". */
export interface RowRequest {
  readonly file: string;
  /** Id or name. */
  readonly project: string;
  /** Code of the Version. */
  readonly code: string;
  /** `Shot:12`, or a code of a Shot, Asset or Sequence; `type` narrows it where the file name said which. */
  readonly link: string;
  readonly linkType: "Shot" | "Asset" | "Sequence" | null;
  /** Id or content of a Task. */
  readonly task: string;
  readonly status: string;
  readonly description: string;
  /** Id, login or name of a person. */
  readonly user: string;
  /** Id or name. */
  readonly playlist: string;
  readonly field: string;
  /** What is wrong with the row before the site is even asked. */
  readonly problem: string | null;
}

/** One row of a plan: what will be done, or why it cannot be. Plain data. */
export interface PlanRow {
  readonly order: number;
  readonly request: RowRequest;
  readonly sizeBytes: number | null;
  readonly project: RecordLink | null;
  /** `use`: a Version of that code is there; `create`: it will be made. */
  readonly action: "use" | "create";
  readonly version: RecordRef | null;
  readonly link: RecordLink | null;
  readonly task: RecordLink | null;
  readonly user: RecordLink | null;
  readonly playlist: { readonly id: number | null; readonly name: string } | null;
  /** Worth knowing, not in the way. */
  readonly note: string | null;
  /** In the way: nothing is guessed, and no row is done while one has a problem. */
  readonly problem: string | null;
}

export interface BatchInput {
  /** Paths or globs; empty with `apply`. */
  readonly files: readonly string[];
  /** Make Versions (and the playlist) that are not there. */
  readonly create: boolean;
  readonly code: string | null;
  readonly link: string | null;
  readonly task: string | null;
  readonly status: string | null;
  readonly description: string | null;
  readonly user: string | null;
  readonly playlist: string | null;
  readonly match: string | null;
  readonly field: string | null;
  readonly tags: readonly string[];
  /** Write the plan here and do nothing. */
  readonly planFile: string | null;
  /** Do the plan that is here. */
  readonly applyFile: string | null;
  readonly setPath: boolean;
  readonly ifExists: IfUploaded;
  readonly verify: boolean;
  readonly restart: boolean;
  readonly waitSeconds: number | null;
}
