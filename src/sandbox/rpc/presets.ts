import * as v from "valibot";
import { linksIn } from "../store/pairs.ts";
import { quoteValue, SiteError } from "../store/site-error.ts";
import type { Row, Sandbox } from "../types.ts";

type Rank = (sandbox: Sandbox, row: Row) => (number | string)[];

const createdAt = (row: Row): string => String(row.fields["created_at"] ?? "");

function stepOrder(sandbox: Sandbox, row: Row): number {
  const [task] = linksIn(row.fields["sg_task"]);
  const [step] = task ? linksIn(sandbox.store.row("Task", task.id)?.fields["step"]) : [];
  return Number((step && sandbox.store.row("Step", step.id)?.fields["list_order"]) ?? 0);
}

/** What makes one row later than another of the same entity, by the preset's `latest_by`. */
const LATEST_BY: Readonly<Record<string, Readonly<Record<string, Rank>>>> = {
  Version: {
    ENTITIES_CREATED_AT: (_, row) => [createdAt(row), row.id],
    BY_PIPELINE_STEP_NUMBER_AND_ENTITIES_CREATED_AT: (sandbox, row) => [
      stepOrder(sandbox, row),
      createdAt(row),
      row.id,
    ],
  },
  PublishedFile: {
    ENTITIES_CREATED_AT: (_, row) => [createdAt(row), row.id],
    VERSION_NUMBER: (_, row) => [Number(row.fields["version_number"] ?? 0), row.id],
  },
};

const Presets = v.array(v.looseObject({ preset_name: v.string(), latest_by: v.optional(v.string()) }));

function isLater(a: readonly (number | string)[], b: readonly (number | string)[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  const [one, other] = [a[at], b[at]];
  return one !== undefined && other !== undefined && one > other;
}

/** Of the rows of each entity the latest one; rows that hang on nothing stay. */
function latestOnly(sandbox: Sandbox, rows: readonly Row[], rank: Rank): Row[] {
  const latest = new Map<string, Row>();
  for (const row of rows) {
    const [entity] = linksIn(row.fields["entity"]);
    const key = entity ? `${entity.type} ${entity.id}` : `alone ${row.id}`;
    const best = latest.get(key);
    if (!best || isLater(rank(sandbox, row), rank(sandbox, best))) latest.set(key, row);
  }
  const kept = new Set(latest.values());
  return rows.filter((row) => kept.has(row));
}

/** What `additional_filter_presets` leaves of the rows: one LATEST at most. Throws the Fault of any other. */
export function applyPresets(sandbox: Sandbox, type: string, rows: Row[], given: unknown): Row[] {
  if (given === undefined || given === null) return rows;
  const refuse = () =>
    new SiteError(400, `API read() invalid/missing array 'additional_filter_presets': ${quoteValue(given)}`);
  const decoded = v.safeParse(Presets, given);
  if (!decoded.success || decoded.output.length > 1) throw refuse();
  const [preset] = decoded.output;
  if (!preset) return rows;
  const rank = LATEST_BY[type]?.[preset.latest_by ?? ""];
  if (preset.preset_name !== "LATEST" || !rank) throw refuse();
  return latestOnly(sandbox, rows, rank);
}
