import { SiteError } from "../store/site-error.ts";

/** One test of one path. Several operands, or one that is a list, all stand in `values` (contract/rpc.md 4.2). */
export interface Condition {
  /** A field, or a way over links: `entity.Shot.code`. */
  path: string;
  relation: string;
  values: readonly unknown[];
}

export interface ConditionGroup {
  logical_operator: "and" | "or";
  conditions: readonly (Condition | ConditionGroup)[];
}

/** Which call a filter belongs to; goes into the site's messages. */
export type QueryCall = "read" | "summarize" | "text_search";

/** A filter, a sort or a summary that the site refuses: a Fault on JSON-RPC, 400 on REST. */
export class QueryError extends SiteError {
  constructor(message: string) {
    super(400, message, { source: null });
    this.name = "QueryError";
  }
}

export function isGroup(condition: Condition | ConditionGroup): condition is ConditionGroup {
  return "conditions" in condition;
}
