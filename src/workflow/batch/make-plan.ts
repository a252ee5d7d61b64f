import { SgmediaError } from "../../shared/errors.ts";
import { formatRef, type RecordLink } from "../../shared/records.ts";
import { inspectInput } from "../input-files.ts";
import { requireFileField } from "../media-field.ts";
import { resolveProject } from "../resolve-record.ts";
import type { Work } from "../types.ts";
import { type Found, linkIn } from "./lookups.ts";
import { gatherFacts } from "./plan-facts.ts";
import type { PlanRow, RowRequest } from "./types.ts";

/**
 * Says for each wanted row what will be done, asking the site in batches. Nothing is guessed: a name that means nothing or several
 * things is the row's problem. Throws only for what spoils every row (no project, an unknown field).
 */
export async function makePlan(
  work: Work,
  requests: readonly RowRequest[],
  mayCreate: boolean,
): Promise<PlanRow[]> {
  const rows: PlanRow[] = [];
  const byProject = new Map<string, RowRequest[]>();
  for (const each of requests) byProject.set(each.project, [...(byProject.get(each.project) ?? []), each]);
  for (const field of new Set(requests.map((each) => each.field)))
    await requireFileField(work, "Version", field);
  for (const [project, group] of byProject)
    rows.push(...(await planProject(work, project, group, mayCreate)));
  const order = new Map(requests.map((each, index) => [each, index + 1]));
  return rows
    .map((row) => ({ ...row, order: order.get(row.request) ?? 0 }))
    .sort((a, b) => a.order - b.order);
}

async function planProject(
  work: Work,
  key: string,
  requests: readonly RowRequest[],
  mayCreate: boolean,
): Promise<PlanRow[]> {
  if (key === "") {
    throw new SgmediaError("E_USAGE", "Versions are found and made in a project, and none is set.", {
      fix: "Add --project <id or name>.",
    });
  }
  const project = await resolveProject(work, key);
  const facts = await gatherFacts(work, project.ref, requests, mayCreate);
  const twice = doubled(requests.map((each) => each.code.toLowerCase()));
  return Promise.all(
    requests.map(async (request): Promise<PlanRow> => {
      const problems: string[] = request.problem === null ? [] : [request.problem];
      const notes: string[] = [];
      const take = (found: Found | null): RecordLink | null => {
        if (found === null) return null;
        if ("record" in found) return found.record;
        problems.push(found.problem);
        return null;
      };
      const sizeBytes = await inspectInput(request.file, work.cwd).then(
        (file) => file.sizeBytes,
        (error: SgmediaError) => {
          problems.push(error.message);
          return null;
        },
      );
      if (twice.has(request.code.toLowerCase()))
        problems.push(`several files would become the Version "${request.code}"`);
      const versions = facts.versions.get(request.code);
      if (versions.length > 1) {
        problems.push(
          `"${request.code}" is the code of ${versions.length} Versions: ${versions.map((each) => `Version:${each.id}`).join(", ")}`,
        );
      }
      const there = versions.length === 1 ? versions[0] : undefined;
      if (versions.length === 0 && !mayCreate)
        problems.push(`no Version is named "${request.code}": add --create to make it`);
      const link = take(facts.link(request));
      const task = take(facts.task(request, link));
      const user = take(facts.user(request));
      if (request.status !== "" && facts.statuses.length > 0 && !facts.statuses.includes(request.status)) {
        problems.push(`"${request.status}" is no status of a Version (${facts.statuses.join(", ")})`);
      }
      const playlist = facts.playlist(request);
      if (playlist && "problem" in playlist) problems.push(playlist.problem);
      const has = there ? linkIn(there.fields, "entity") : null;
      if (there && link && has && (has.type !== link.type || has.id !== link.id)) {
        notes.push(`the Version there links to ${formatRef(has)}, and stays so`);
      }
      return {
        order: 0,
        request,
        sizeBytes,
        project: { ...project.ref, name: project.name },
        action: there ? "use" : "create",
        version: there ? { type: "Version", id: there.id } : null,
        link,
        task,
        user,
        playlist: playlist && !("problem" in playlist) ? playlist : null,
        note: notes.length > 0 ? notes.join("; ") : null,
        problem: problems.length > 0 ? problems.join("; ") : null,
      };
    }),
  );
}

/** The codes that more than one row has. */
function doubled(codes: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(codes.filter((each) => seen.has(each) || !seen.add(each)));
}

/** Refuses a plan with problems, before anything is made: all of them at once, each by its row. */
export function assertNoProblems(rows: readonly PlanRow[]): void {
  const bad = rows.filter((row) => row.problem !== null);
  if (bad.length === 0) return;
  const shown = bad
    .slice(0, 20)
    .map((row) => `${row.order}. ${row.request.file.split(/[/\\]/).at(-1)}: ${row.problem}`);
  const more = bad.length > shown.length ? ` … and ${bad.length - shown.length} more` : "";
  throw new SgmediaError("E_PLAN", `${bad.length} of ${rows.length} rows cannot be done, so none was.`, {
    why: shown.join("\n       ") + more,
    fix: "Write the plan with --plan plan.csv, mend it in a spreadsheet, then run it with --apply plan.csv.",
  });
}
