import type { Condition, ConditionGroup } from "../query/condition.ts";
import { fieldPath } from "../query/field-path.ts";
import { runQuery } from "../query/run-query.ts";
import type { Sort } from "../query/sort-rows.ts";
import { badParameters, quoteValue, SiteError } from "../store/site-error.ts";
import type { Row, Sandbox } from "../types.ts";
import { ARRAY_QUERY, type Call, commaList, HASH_QUERY } from "./call.ts";
import type { Page } from "./paging.ts";

type Filters = (Condition | ConditionGroup)[];

function triple(value: unknown): Condition {
  const [path, relation, ...values] = Array.isArray(value) ? value : [];
  if (typeof path === "string" && typeof relation === "string") return { path, relation, values };
  throw new SiteError(400, `API read() invalid filter: ${quoteValue(value)}`);
}

function group(value: unknown): ConditionGroup {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SiteError(400, `Query is not an Hash: ${quoteValue(value)}`);
  }
  const { logical_operator: operator, conditions } = value as Record<string, unknown>;
  if (operator !== "and" && operator !== "or") {
    throw new SiteError(400, `Missing logical operator: ${quoteValue(value)}`);
  }
  if (!Array.isArray(conditions)) throw new SiteError(400, `Missing conditions: ${quoteValue(value)}`);
  return {
    logical_operator: operator,
    conditions: conditions.map((each: unknown) => (Array.isArray(each) ? triple(each) : group(each))),
  };
}

/** The filter of a body, in the form that its vendor type says: triples that all hold, or nested groups of them. */
export function filterIn(filters: unknown, vendor: string): ConditionGroup | null {
  if (filters === undefined || filters === null) return null;
  if (Array.isArray(filters) && filters.length === 0) return null;
  if (vendor === HASH_QUERY) return group(filters);
  if (!Array.isArray(filters)) throw new SiteError(400, `Query is not an Array: ${quoteValue(filters)}`);
  return { logical_operator: "and", conditions: filters.map(triple) };
}

/** A value out of a query as the field's data type has it; links cannot be written in one. */
function queryValue(sandbox: Sandbox, type: string, path: string, text: string): unknown {
  switch (fieldPath(sandbox, "read", type, path).field.dataType) {
    case "entity":
    case "multi_entity":
      throw new SiteError(400, `API read() invalid/missing entity hash: ${quoteValue(text)}`);
    case "checkbox":
      return text === "true" || text === "1";
    default:
      return text;
  }
}

/** `filter[path]=value` of a query, all of which hold (contract/rest.md 4). */
export function filterInQuery(call: Call, type: string): ConditionGroup {
  const conditions: Filters = [];
  for (const [name, text] of call.query) {
    const path = /^filter\[(.+)\]$/.exec(name)?.[1];
    if (path === undefined) continue;
    conditions.push({ path, relation: "is", values: [queryValue(call.sandbox, type, path, text)] });
  }
  return { logical_operator: "and", conditions };
}

function isKnown(sandbox: Sandbox, type: string, path: string): boolean {
  try {
    fieldPath(sandbox, "read", type, path);
    return true;
  } catch (thrown) {
    if (thrown instanceof SiteError) return false;
    throw thrown;
  }
}

/** `code`, `-created_at`, a list of both. What cannot be sorted by is left out without a word; wrong syntax is 400. */
export function sortsIn(sandbox: Sandbox, type: string, sort: unknown): Sort[] {
  if (sort === undefined || sort === null) return [];
  if (sort === "") throw badParameters({ sort: ["sort must be filled"] });
  if (Array.isArray(sort) && !sort.every((each) => typeof each === "string")) {
    throw badParameters({ sort: ["sort array is not valid"] });
  }
  const names = commaList(sort) ?? [];
  if (names.some((name) => !/^-?[\w.]+$/.test(name)))
    throw badParameters({ sort: ["sort list is not valid"] });
  return names
    .map(
      (name): Sort => ({ field: name.replace(/^-/, ""), direction: name.startsWith("-") ? "desc" : "asc" }),
    )
    .filter(({ field }) => isKnown(sandbox, type, field));
}

interface Wanted {
  filter: ConditionGroup | null;
  sorts?: readonly Sort[];
  page?: Page;
  /** `return_only` and `include_archived_projects`. */
  options?: Readonly<Record<string, unknown>>;
}

/** Live rows, or with `return_only: retired` the retired ones. */
export function findRows(call: Call, type: string, wanted: Wanted): Row[] {
  const { filter, sorts = [], page = null, options = {} } = wanted;
  return runQuery(call.sandbox, {
    type,
    filter,
    sorts,
    page,
    retired: options["return_only"] === "retired",
    includeArchived: String(options["include_archived_projects"] ?? true) !== "false",
  });
}

/** The live rows of a type that meet one of the filters of a text search; an empty list meets all. */
export function matchingRows(call: Call, type: string, filters: unknown, vendor: string): Row[] {
  const form = Array.isArray(filters) ? ARRAY_QUERY : vendor;
  return findRows(call, type, { filter: filterIn(filters, form) });
}
