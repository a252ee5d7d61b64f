import { readSequence } from "../media/frames/index.ts";
import { type MappedPath, mapPathForOs } from "../paths/per-os.ts";
import { isSpelledFor, parseLocalPath } from "../paths/spelling.ts";
import { nearestRoots, type StorageRoots } from "../paths/storages.ts";
import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef } from "../shared/records.ts";
import { suggestNames } from "../shared/suggest.ts";
import type { FieldInfo } from "../site/types.ts";
import { frameFieldValues } from "./frame-fields.ts";
import { osOf } from "./local-os.ts";
import { recognisePath } from "./recognise-path.ts";
import { resolveRecord } from "./resolve-record.ts";
import type { SetPathInput, SetPathRow, Work } from "./types.ts";

/**
 * `sgmedia set-path`: the path that RV plays from, in sg_path_to_frames or sg_path_to_movie, and the frame fields with a sequence. The
 * other path field is never touched. What was written is read back.
 */
export async function setPath(work: Work, input: SetPathInput): Promise<SetPathRow[]> {
  let read: Promise<readonly StorageRoots[]> | undefined;
  const storages = (): Promise<readonly StorageRoots[]> => {
    read ??= work.site.localStorages(work.signal);
    return read;
  };
  const found = await recognisePath(work, input, storages);
  const record = await resolveRecord(work, input.record);
  const field = found.kind === "frames" ? "sg_path_to_frames" : "sg_path_to_movie";
  const fields = await requirePathField(work, record, field);
  const value =
    input.as === null ? found.value : await spelledFor(work, found.value, input.as, await storages());
  // A root may have brought a cookie in: RV would take the first one it meets.
  if (found.kind === "frames") readSequence(value);
  for (const warning of found.warnings) work.progress.warn(warning);

  const frames = found.frames && {
    first: found.frames.first,
    last: found.frames.last,
    count: found.frames.count,
    missing: found.frames.missing,
    padding: found.frames.padding,
  };
  const row = { ok: true as const, entity: record, field, value, ...(frames ? { frames } : {}) };
  if (work.dryRun) return [{ ...row, planned: true }];
  const values = { [field]: value, ...(found.frames ? frameFieldValues(fields, found.frames) : {}) };
  await work.site.update(record, values, work.signal);
  await assertWritten(work, record, values);
  return [row];
}

async function requirePathField(
  work: Work,
  record: RecordRef,
  field: string,
): Promise<ReadonlyMap<string, FieldInfo>> {
  const fields = await work.site.fields(record.type, undefined, work.signal);
  const info = fields.get(field);
  if (!info) {
    const near = suggestNames(field, fields.keys());
    throw new SgmediaError("E_FIELD_UNKNOWN", `${record.type} has no field "${field}".`, {
      why: near.length > 0 ? `Near it: ${near.join(", ")}.` : "Paths for RV are kept on Versions.",
      fix: "Name a Version: --version <id>",
    });
  }
  if (!info.editable) {
    throw new SgmediaError("E_FORBIDDEN", `${record.type}.${field} may not be written.`, {
      why: "The site's schema says that it is not editable for this user.",
      fix: "Ask an administrator of the site.",
    });
  }
  return fields;
}

/** The path as another system spells it; as it stands where it is this system's and nothing maps it. */
async function spelledFor(
  work: Work,
  value: string,
  as: NonNullable<SetPathInput["as"]>,
  storages: readonly StorageRoots[],
): Promise<string> {
  const mapped = mapPathForOs(value, as, { storages, env: work.env });
  if (mapped.path !== null) {
    work.progress.note(`Spelled for ${as} by ${ruleText(mapped)}.`);
    return mapped.path;
  }
  if (mapped.rule.kind === "ambiguous") {
    throw new SgmediaError("E_AMBIGUOUS", `${value} is spelled in more than one way on ${as}.`, {
      why: `The storages ${mapped.rule.storages.join(", ")} have the same root above it.`,
      fix: `Give the path as ${as} spells it, without --as.`,
    });
  }
  const parsed = parseLocalPath(value);
  if (as === osOf(work.platform) && parsed && isSpelledFor(parsed, as)) return value;
  const near = nearestRoots(storages, value);
  throw new SgmediaError("E_NO_STORAGE_ROOT", `Nothing says how ${value} is spelled on ${as}.`, {
    why:
      near.length > 0
        ? `It is under none of the site's storage roots (${near.join("; ")}) and of RV's RV_OS_PATH variables.`
        : "The site has no storage roots, and no RV_OS_PATH variable covers it.",
    fix: `Give the path as ${as} spells it, without --as, or set RV_OS_PATH_${{ windows: "WINDOWS", mac: "OSX", linux: "LINUX" }[as]} and its partner.`,
  });
}

function ruleText({ rule }: MappedPath): string {
  if (rule.kind === "storage") return `storage ${rule.storage.name} (${rule.storage.id})`;
  return rule.kind === "rv" ? rule.variables.join(" and ") : rule.kind;
}

async function assertWritten(
  work: Work,
  record: RecordRef,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const now = await work.site.read(record, Object.keys(values), work.signal);
  const differs = Object.entries(values).find(([name, value]) => !isSame(now?.fields[name], value));
  if (!differs) return;
  throw new SgmediaError("E_MISMATCH", `${formatRef(record)}.${differs[0]} does not hold what was written.`, {
    why: `It holds ${JSON.stringify(now?.fields[differs[0]] ?? null)} in place of ${JSON.stringify(differs[1])}.`,
    fix: `sgmedia info --entity ${formatRef(record)}`,
  });
}

/** The site gives floats as text (contract/local-storage.md E). */
function isSame(held: unknown, written: unknown): boolean {
  return typeof written === "number" ? held != null && Number(held) === written : held === written;
}
