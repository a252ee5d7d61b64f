import type { Row, Sandbox } from "../types.ts";
import { type Condition, type ConditionGroup, isGroup, type QueryCall, QueryError } from "./condition.ts";
import { fieldPath } from "./field-path.ts";
import { Operands } from "./operands.ts";
import { NEGATIONS, RELATIONS } from "./relations.ts";

type RowTest = (row: Row) => boolean;

function compileCondition(sandbox: Sandbox, call: QueryCall, type: string, condition: Condition): RowTest {
  const { path, relation, values } = condition;
  const end = fieldPath(sandbox, call, type, path);
  const { dataType } = end.field;
  const name = `${type}.${path}`;
  const relations = RELATIONS[dataType];
  if (!relations)
    throw new QueryError(`API ${call}() ${name} of data type '${dataType}' can't be used in a filter.`);
  const positive = NEGATIONS[relation] ?? relation;
  const compile = Object.hasOwn(relations, positive) ? relations[positive] : undefined;
  if (!compile) {
    throw new QueryError(
      `API ${call}() ${name} relation '${relation}' is not valid for data type '${dataType}'.`,
    );
  }
  const test = compile(new Operands(call, name, values), sandbox);
  const negated = positive !== relation;
  return (row) => end.read(row).some(test) !== negated;
}

function compileGroup(sandbox: Sandbox, call: QueryCall, type: string, group: ConditionGroup): RowTest {
  const tests = group.conditions.map((each) =>
    isGroup(each) ? compileGroup(sandbox, call, type, each) : compileCondition(sandbox, call, type, each),
  );
  if (tests.length === 0) return () => true;
  return group.logical_operator === "or"
    ? (row) => tests.some((test) => test(row))
    : (row) => tests.every((test) => test(row));
}

/** A filter as a test of rows of this type. Throws QueryError for whatever the site would refuse, before any row is read. */
export function compileFilter(
  sandbox: Sandbox,
  call: QueryCall,
  type: string,
  filter: ConditionGroup | null,
): RowTest {
  return filter ? compileGroup(sandbox, call, type, filter) : () => true;
}

/** What a filter says of ids, so that not all rows need be read: the only ones that can meet it, or a number that they are above. */
export interface IdBounds {
  readonly ids?: readonly number[];
  readonly above: number;
}

/** Never narrower than the filter: what is in them is still to be tested. */
export function idBounds(filter: ConditionGroup | null): IdBounds {
  let bounds: IdBounds = { above: Number.NEGATIVE_INFINITY };
  if (filter?.logical_operator !== "and") return bounds;
  for (const each of filter.conditions) {
    const own = isGroup(each) ? idBounds(each) : ofCondition(each);
    const ids = bounds.ids ?? own.ids;
    bounds = { ...(ids ? { ids } : {}), above: Math.max(bounds.above, own.above) };
  }
  return bounds;
}

function ofCondition({ path, relation, values }: Condition): IdBounds {
  const numbers = values.flat().map(Number);
  const above = Number.NEGATIVE_INFINITY;
  if (path !== "id") return { above };
  if (relation === "is" || relation === "in") return { ids: numbers, above };
  return { above: relation === "greater_than" ? (numbers[0] ?? above) : above };
}
