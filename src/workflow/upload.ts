import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef } from "../shared/records.ts";
import { addToPlaylist } from "./batch/playlist.ts";
import { forEachAtOnce } from "./each.ts";
import { expandInputs, type InputFile, inspectInput } from "./input-files.ts";
import { defaultUploadField, requireFileField } from "./media-field.ts";
import { resolveRecord } from "./resolve-record.ts";
import { ensureTags } from "./tags.ts";
import type { UploadInput, UploadRow, Work } from "./types.ts";
import { uploadOne, uploadStdin } from "./upload-one.ts";
import type { UploadPlan } from "./upload-plan.ts";

/** `sgmedia upload`: facts first (files, record, field), then the plan, then the bytes. */
export async function uploadFiles(work: Work, input: UploadInput): Promise<UploadRow[]> {
  const fromStdin = input.files.includes("-");
  checkEncodeUse(input);
  checkStdinUse(input, fromStdin);
  const paths = fromStdin ? [] : input.encode ? input.files : await expandInputs(input.files, work.cwd);
  // One bad file of one is the command's failure, before the site is asked anything.
  const [first] = paths;
  const alone = first !== undefined && paths.length === 1 && !input.encode;
  const only = alone ? await inspectInput(first, work.cwd) : undefined;

  const record = await resolveRecord(work, input.record);
  const field = input.attach ? null : (input.field ?? defaultUploadField(record.type));
  const fieldInfo = field === null ? null : await requireFileField(work, record.type, field);
  if (field !== null && paths.length > 1) throw tooManyForField(record, field, paths.length);

  assertVersionFor(input, record);
  // A playlist that does not exist is said before the bytes go, not after.
  const playlist =
    input.playlist === null ? null : await resolveRecord(work, { type: "Playlist", key: input.playlist });

  const plan: UploadPlan = {
    record,
    field,
    picture: fieldInfo?.dataType === "image",
    displayName: input.name,
    tagIds: work.dryRun ? [] : await ensureTags(work, input.tags),
    tags: input.tags,
    ifExists: input.ifExists,
    verify: input.verify,
    restart: input.restart,
    waitSeconds: input.waitSeconds,
  };
  const after = (rows: UploadRow[], path: string | null): Promise<UploadRow[]> =>
    thenRecord(work, record, rows, { playlist, path: input.setPath ? path : null });
  if (input.encode && first !== undefined) {
    const { uploadEncoded } = await import("./upload-encoded.ts");
    return after([await uploadEncoded(work, plan, first, input.encode.frameRate)], null);
  }
  if (fromStdin) return after([await uploadStdin(work, plan, input.stdin, input.name ?? "")], null);
  if (only) return after([await uploadOne(work, plan, only)], only.path);

  const rowFailed = (shown: string, error: SgmediaError): UploadRow => ({
    ok: false,
    file: shown,
    entity: record,
    field,
    error: error.toDocument(),
  });
  const inspected = await inspectAll(work, paths);
  const files = inspected.filter((each): each is InputFile => !("error" in each));
  work.progress.expect({ items: files.length, bytes: files.reduce((sum, each) => sum + each.sizeBytes, 0) });
  const rows = await forEachAtOnce<(typeof inspected)[number], UploadRow>(
    inspected,
    work.jobs,
    async (each) => {
      if ("error" in each) throw each.error;
      return uploadOne(work, plan, each);
    },
    (each, error) => rowFailed(each.shown, error),
  );
  return after(rows, null);
}

/** What stands beside an upload that was made: the file's own path, and the playlist. Both look before they write. */
async function thenRecord(
  work: Work,
  record: RecordRef,
  rows: UploadRow[],
  beside: { readonly playlist: RecordRef | null; readonly path: string | null },
): Promise<UploadRow[]> {
  if (work.dryRun || !rows.some((row) => "attachment" in row)) return rows;
  if (beside.path !== null) {
    const { setPath } = await import("./set-path.ts");
    const selector = { type: record.type, key: String(record.id) };
    await setPath(work, { path: beside.path, record: selector, kind: null, as: null });
  }
  if (beside.playlist !== null) await addToPlaylist(work, beside.playlist, [record]);
  return rows;
}

function assertVersionFor(input: UploadInput, record: RecordRef): void {
  if (record.type === "Version" || (input.playlist === null && !input.setPath)) return;
  throw new SgmediaError(
    "E_USAGE",
    `${input.setPath ? "--set-path" : "--playlist"} is for a Version, and this is a ${record.type}.`,
    {
      fix: "Leave it out, or name a Version.",
    },
  );
}

/** Looks at every file before the first byte moves; a bad one becomes its own failed row. */
async function inspectAll(
  work: Work,
  paths: readonly string[],
): Promise<(InputFile | { shown: string; error: SgmediaError })[]> {
  return forEachAtOnce<string, InputFile | { shown: string; error: SgmediaError }>(
    paths,
    16,
    (shown) => inspectInput(shown, work.cwd),
    (shown, error) => ({ shown, error }),
  );
}

/** One sequence at a time: which frames are which Version's is not guessed. */
function checkEncodeUse(input: UploadInput): void {
  if (!input.encode || (input.files.length === 1 && input.files[0] !== "-")) return;
  throw new SgmediaError("E_USAGE", "--encode takes one frame sequence.", {
    why: `${input.files.length} inputs were named; a shell turns shot.*.exr into one for each frame.`,
    fix: "Name the folder, one of its frames, or a pattern such as shot.%04d.exr",
  });
}

function checkStdinUse(input: UploadInput, fromStdin: boolean): void {
  if (!fromStdin) {
    if (input.name !== null && input.files.length > 1) {
      throw new SgmediaError("E_USAGE", "--name is for one file.", {
        why: `${input.files.length} files were named.`,
        fix: "Leave --name out, or upload the files one by one.",
      });
    }
    return;
  }
  if (input.files.length > 1) {
    throw new SgmediaError("E_USAGE", `"-" stands alone: standard input is one file.`, {
      fix: "Upload the other files by another command.",
    });
  }
  if (input.name === null) {
    throw new SgmediaError("E_USAGE", "What comes from standard input has no name.", {
      fix: "Add --name shot.mov",
    });
  }
}

function tooManyForField(record: RecordRef, field: string, count: number): SgmediaError {
  return new SgmediaError(
    "E_USAGE",
    `${count} files do not fit into ${formatRef(record)}.${field}: it holds one.`,
    {
      why: "Each would take the place of the one before.",
      fix: "Add --attach to hang them on the record as attachments, or name one file.",
    },
  );
}
