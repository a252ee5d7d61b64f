import { resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { SgmediaError } from "../../shared/errors.ts";
import { formatRef, type RecordRef } from "../../shared/records.ts";
import { forEachAtOnce } from "../each.ts";
import { expandInputs, inspectInput } from "../input-files.ts";
import { requireFileField } from "../media-field.ts";
import { setPath } from "../set-path.ts";
import { ensureTags } from "../tags.ts";
import type { UploadRow, Work } from "../types.ts";
import { uploadOne } from "../upload-one.ts";
import { ensureVersion } from "./ensure-version.ts";
import { assertNoProblems, makePlan } from "./make-plan.ts";
import { cellsOf, formatPlan, readPlan } from "./plan-file.ts";
import { addToPlaylist, ensurePlaylist } from "./playlist.ts";
import { requestsFromFiles } from "./requests.ts";
import type { BatchInput, PlanRow } from "./types.ts";

/** A result row of a batch: an upload's, with the Version's code, whether it was made, and its place. */
export type BatchRow = UploadRow & {
  readonly code?: string;
  readonly created?: boolean;
  readonly order?: number;
  readonly plan?: ReturnType<typeof cellsOf>;
};

/**
 * `sgmedia upload --create/--match/--plan/--apply`: plan first, all of it; then, if no row has a problem, make the Versions, send the
 * files, and put them on the playlist in the plan's order. Every step looks before it makes, so running it again goes on.
 */
export async function uploadBatch(work: Work, input: BatchInput): Promise<BatchRow[]> {
  const requests =
    input.applyFile === null
      ? requestsFromFiles(await expandInputs(input.files, work.cwd), input, work.project ?? "", work.cwd)
      : await readPlan(input.applyFile, work.cwd);
  // A plan that a person has looked at says itself which Versions are to be made.
  const rows = await makePlan(work, requests, input.create || input.applyFile !== null);
  if (input.planFile !== null) {
    await writeFileAtomic(resolve(work.cwd, input.planFile), await formatPlan(input.planFile, rows));
    const bad = rows.filter((row) => row.problem !== null).length;
    work.progress.note(
      `${rows.length} rows in ${input.planFile}${bad > 0 ? `, ${bad} with a problem` : ""}. Look at it, then: sgmedia upload --apply ${input.planFile}`,
    );
    return rows.map(planned);
  }
  if (work.dryRun) return rows.map(planned);
  assertNoProblems(rows);
  return doPlan(work, input, rows);
}

async function doPlan(work: Work, input: BatchInput, rows: readonly PlanRow[]): Promise<BatchRow[]> {
  const tagIds = await ensureTags(work, input.tags);
  work.progress.expect({
    items: rows.length,
    bytes: rows.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0),
  });
  const results = await forEachAtOnce<PlanRow, BatchRow>(
    rows,
    work.jobs,
    async (row) => {
      const version = await ensureVersion(work, row);
      const result = await sendRow(work, input, row, version.ref, tagIds);
      return { ...result, code: row.request.code, created: version.created, order: row.order };
    },
    (row, error) => ({
      ok: false,
      file: row.request.file,
      code: row.request.code,
      order: row.order,
      ...(row.version ? { entity: row.version } : {}),
      error: error.toDocument(),
    }),
  );
  await fillPlaylists(work, rows, results);
  return results;
}

async function sendRow(
  work: Work,
  input: BatchInput,
  row: PlanRow,
  version: RecordRef,
  tagIds: readonly number[],
): Promise<UploadRow> {
  const file = await inspectInput(row.request.file, work.cwd);
  const info = await requireFileField(work, "Version", row.request.field);
  const result = await uploadOne(
    work,
    {
      record: version,
      field: row.request.field,
      picture: info.dataType === "image",
      displayName: null,
      tagIds,
      tags: input.tags,
      ifExists: input.ifExists,
      verify: input.verify,
      restart: input.restart,
      waitSeconds: input.waitSeconds,
    },
    file,
  );
  if (input.setPath && result.ok) {
    await setPath(work, {
      path: file.path,
      record: { type: "Version", key: String(version.id) },
      kind: null,
      as: null,
    });
  }
  return result;
}

/** The playlist gets the Versions that stand, in the plan's order, in one step at the end. */
async function fillPlaylists(
  work: Work,
  rows: readonly PlanRow[],
  results: readonly BatchRow[],
): Promise<void> {
  const names = new Map(
    rows.flatMap((row) =>
      row.playlist && row.project ? [[`${row.project.id}:${row.playlist.name}`, row] as const] : [],
    ),
  );
  for (const [name, first] of names) {
    if (!first.playlist || !first.project) continue;
    const versions = rows.flatMap((row, index) => {
      const result = results[index];
      const mine = row.playlist && row.project && `${row.project.id}:${row.playlist.name}` === name;
      return mine && result?.entity && "attachment" in result ? [result.entity] : [];
    });
    if (versions.length === 0) continue;
    const playlist = await ensurePlaylist(work, first.playlist, first.project);
    await addToPlaylist(work, playlist, versions);
    work.progress.note(`${versions.length} Versions on ${formatRef(playlist)} "${first.playlist.name}"`);
  }
}

function planned(row: PlanRow): BatchRow {
  const base = {
    file: row.request.file,
    code: row.request.code,
    order: row.order,
    created: row.action === "create",
    plan: cellsOf(row),
  };
  if (row.problem !== null) {
    const error = new SgmediaError("E_PLAN", `${row.request.file}: ${row.problem}`, {
      fix: "Mend the row in the plan.",
    });
    return { ...base, ok: false, ...(row.version ? { entity: row.version } : {}), error: error.toDocument() };
  }
  return {
    ...base,
    ok: true,
    sizeBytes: row.sizeBytes,
    entity: row.version,
    field: row.request.field,
    planned: true,
  };
}
