import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef, type SiteRecord } from "../shared/records.ts";
import { suggestNames } from "../shared/suggest.ts";
import type { RecordSelector, Work } from "./types.ts";

/** The field that names a record of a type, for `--shot sh010` and for file names. */
export function nameField(type: string): string {
  if (type === "Task" || type === "Note") return type === "Task" ? "content" : "subject";
  if (type === "Project" || type === "HumanUser" || type === "Tag") return "name";
  return "code";
}

/** The record a person named, proven to exist. A code is looked up in the project. Throws exit 2, 3 or 5 by cli.md. */
export async function resolveRecord(work: Work, selector: RecordSelector): Promise<RecordRef> {
  return (await resolveRecordWithName(work, selector)).ref;
}

/** The same with the record's own name (its code), null where it has none. */
export async function resolveRecordWithName(
  work: Work,
  selector: RecordSelector,
): Promise<{ ref: RecordRef; name: string | null }> {
  const type = await resolveType(work, selector.type);
  const field = nameField(type);
  if (/^\d+$/.test(selector.key)) {
    const ref = { type, id: Number(selector.key) };
    const found = await work.site.read(ref, [field], work.signal);
    if (!found) throw recordMissing(work, ref);
    return { ref, name: textOf(found, field) };
  }
  if (type === "Project") return resolveProject(work, selector.key);
  if (work.project === null) {
    throw new SgmediaError("E_USAGE", `"${selector.key}" is a name, and names are looked up in a project.`, {
      why: "No project is set.",
      fix: `Add --project <id or name>, or give the ${type}'s id in place of its name.`,
    });
  }
  const project = await resolveProject(work, work.project);
  const inProject = ["project", "is", project.ref] as const;
  const matches = await work.site.find(type, [inProject, [field, "is", selector.key]], {
    fields: [field],
    limit: 20,
    signal: work.signal,
  });
  const exact = matches.filter((each) => textOf(each, field) === selector.key);
  const chosen = exact.length > 0 ? exact : matches;
  if (chosen.length > 1) throw ambiguous(type, selector.key, chosen, field);
  const [only] = chosen;
  if (only) return { ref: { type, id: only.id }, name: textOf(only, field) };
  const near = await nearNames(work, type, field, inProject, selector.key);
  throw new SgmediaError(
    "E_NO_MATCH",
    `No ${type} in project "${project.name}" is named "${selector.key}".`,
    {
      why: near.length > 0 ? `Near it: ${near.join(", ")}.` : null,
      fix: near[0] ? `Did you mean "${near[0]}"?` : `Give the ${type}'s id, or another --project.`,
    },
  );
}

/** The project of `--project`: an id or a name. */
export async function resolveProject(work: Work, key: string): Promise<{ ref: RecordRef; name: string }> {
  if (/^\d+$/.test(key)) {
    const ref = { type: "Project", id: Number(key) };
    const found = await work.site.read(ref, ["name"], work.signal);
    if (!found) throw recordMissing(work, ref);
    return { ref, name: textOf(found, "name") ?? key };
  }
  const found = await work.site.find("Project", [["name", "is", key]], {
    fields: ["name"],
    limit: 5,
    signal: work.signal,
  });
  if (found.length > 1) throw ambiguous("Project", key, found, "name");
  const [only] = found;
  if (only) return { ref: { type: "Project", id: only.id }, name: textOf(only, "name") ?? key };
  const all = await work.site.find("Project", [], { fields: ["name"], limit: 2000, signal: work.signal });
  const near = suggestNames(
    key,
    all.map((each) => textOf(each, "name") ?? ""),
  );
  throw new SgmediaError("E_NO_MATCH", `No project is named "${key}".`, {
    why: near.length > 0 ? `Near it: ${near.join(", ")}.` : null,
    fix: near[0] ? `--project "${near[0]}"` : "Give the project's id.",
  });
}

/** CamelCase as the site spells it: `version` and `Versions` find Version. */
async function resolveType(work: Work, typed: string): Promise<string> {
  const types = await work.site.types(work.signal);
  if (types.includes(typed)) return typed;
  const wanted = typed.toLowerCase().replaceAll("_", "");
  const same = types.find((each) => each.toLowerCase() === wanted || `${each.toLowerCase()}s` === wanted);
  if (same) return same;
  const near = suggestNames(typed, types);
  throw new SgmediaError("E_TYPE_UNKNOWN", `The site has no record type "${typed}".`, {
    why: near.length > 0 ? `Near it: ${near.join(", ")}.` : null,
    fix: near[0] ? `Did you mean ${near[0]}?` : "Record types are written as Version, Shot, CustomEntity01.",
  });
}

async function nearNames(
  work: Work,
  type: string,
  field: string,
  inProject: readonly ["project", "is", RecordRef],
  key: string,
): Promise<string[]> {
  const all = await work.site.find(type, [inProject], {
    fields: [field],
    sort: "-id",
    limit: 2000,
    signal: work.signal,
  });
  return suggestNames(
    key,
    all.map((each) => textOf(each, field) ?? ""),
  );
}

function recordMissing(work: Work, ref: RecordRef): SgmediaError {
  return new SgmediaError("E_RECORD_MISSING", `There is no ${formatRef(ref)} on ${work.site.origin}.`, {
    why: "It was never made, was deleted, or this user may not see it.",
    fix: `Check the id, and with "sgmedia config" that this is the site you mean.`,
  });
}

function ambiguous(type: string, key: string, found: readonly SiteRecord[], field: string): SgmediaError {
  const list = found.map((each) => `${formatRef(each)} (${textOf(each, field) ?? "?"})`).join(", ");
  return new SgmediaError("E_AMBIGUOUS", `"${key}" is the name of ${found.length} ${type} records.`, {
    why: `They are ${list}.`,
    fix: `Give one of them by id: --entity ${formatRef(found[0] ?? { type, id: 0 })}`,
  });
}

/** A text field of a record; null where it is empty or not text. */
export function textOf(record: SiteRecord, field: string): string | null {
  const value = record.fields[field];
  return typeof value === "string" && value !== "" ? value : null;
}
