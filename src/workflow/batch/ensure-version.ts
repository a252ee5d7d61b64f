import { SgmediaError } from "../../shared/errors.ts";
import { formatRef, type RecordRef } from "../../shared/records.ts";
import { LostReply } from "../../transfer/ports.ts";
import type { Work } from "../types.ts";
import type { PlanRow } from "./types.ts";

/**
 * The Version of a row: the one that is there, or made now. Looked for by project and code right before making it, and again
 * when the answer to making it was lost, so that it is never made twice.
 */
export async function ensureVersion(work: Work, row: PlanRow): Promise<{ ref: RecordRef; created: boolean }> {
  if (row.version) return { ref: row.version, created: false };
  const there = await lookFor(work, row);
  if (there) return { ref: there, created: false };
  const { request } = row;
  const fields = {
    project: refOf(row.project),
    code: request.code,
    ...(row.link ? { entity: refOf(row.link) } : {}),
    ...(row.task ? { sg_task: refOf(row.task) } : {}),
    ...(row.user ? { user: refOf(row.user) } : {}),
    ...(request.status === "" ? {} : { sg_status_list: request.status }),
    ...(request.description === "" ? {} : { description: request.description }),
  };
  try {
    return {
      ref: { type: "Version", id: (await work.site.create("Version", fields, work.signal)).id },
      created: true,
    };
  } catch (thrown) {
    if (!(thrown instanceof LostReply)) throw thrown;
    const made = await lookFor(work, row);
    if (made) return { ref: made, created: true };
    throw new SgmediaError("E_NETWORK", `Making the Version "${request.code}" got no answer.`, {
      why: thrown.message,
      fix: "Run the command again: it looks before it makes.",
      cause: thrown,
    });
  }
}

async function lookFor(work: Work, row: PlanRow): Promise<RecordRef | undefined> {
  const { code } = row.request;
  const found = await work.site.find(
    "Version",
    [
      ["project", "is", refOf(row.project)],
      ["code", "is", code],
    ],
    {
      fields: ["code"],
      limit: 5,
      signal: work.signal,
    },
  );
  const written = found.filter((each) => each.fields["code"] === code);
  const exact = written.length > 0 ? written : found;
  if (exact.length > 1) {
    throw new SgmediaError("E_AMBIGUOUS", `"${code}" is the code of ${exact.length} Versions.`, {
      why: `They are ${exact.map(formatRef).join(", ")}.`,
      fix: "Name one by its id: --version <id>",
    });
  }
  const [only] = exact;
  return only ? { type: "Version", id: only.id } : undefined;
}

function refOf(link: RecordRef | null): RecordRef {
  if (!link) throw new SgmediaError("E_BUG", "A row without a project.");
  return { type: link.type, id: link.id };
}
