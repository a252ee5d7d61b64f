import * as v from "valibot";
import type { Condition, ConditionGroup } from "../query/condition.ts";

const ConditionSchema: v.GenericSchema<unknown, Condition> = v.object({
  path: v.string(),
  relation: v.string(),
  values: v.array(v.unknown()),
});

const GroupSchema: v.GenericSchema<unknown, ConditionGroup> = v.object({
  logical_operator: v.picklist(["and", "or"]),
  conditions: v.array(v.lazy((each) => (isGroup(each) ? GroupSchema : ConditionSchema))),
});

function isGroup(value: unknown): boolean {
  return typeof value === "object" && value !== null && "conditions" in value;
}

/** A filter as it goes over the wire (contract/rpc.md 4.2); left out, or an empty list, it matches everything. */
export const FilterSchema = v.optional(
  v.union([
    v.pipe(
      v.tuple([]),
      v.transform(() => null),
    ),
    GroupSchema,
  ]),
  [],
);
