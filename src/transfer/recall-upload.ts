import { SgmediaError } from "../shared/errors.ts";
import { Journal, readJournal, removeJournal } from "./journal.ts";
import { JournalDamaged } from "./journal-records.ts";
import { type FileIdentity, sameIdentity } from "./source-file.ts";
import type { UploadRun } from "./upload-run.ts";
import { replayUpload, type UploadState } from "./upload-state.ts";

/** What an earlier run left that this one goes on with; `run` has its journal and its ticket. */
export interface Recalled {
  readonly state: UploadState;
  readonly partSizeBytes: number;
  /** When the site may have been asked to complete; null: it was not. */
  readonly completingAtMs: number | null;
}

/**
 * Looks for an earlier run of the same upload. What cannot be gone on with (another file under the name, a stream, `restart`) is
 * closed on the site and forgotten. Throws E_JOURNAL for a damaged journal: that is never taken for none.
 */
export async function recallUpload(
  run: UploadRun<unknown>,
  identity: FileIdentity | null,
): Promise<Recalled | null> {
  const read = await readState(run);
  if (!read) return null;
  const { state, changedAtMs } = read;
  const { header, opened } = state;
  const same = identity !== null && header.identity !== null && sameIdentity(header.identity, identity);
  run.opened = opened && { mode: opened.mode, ticket: state.completing ?? opened.ticket };

  if (run.job.restart || !opened || header.partSizeBytes === null || !same) {
    if (!run.job.restart && opened && identity !== null) {
      run.progress.note(`${run.label} changed since it was last sent: starting over.`);
    }
    await run.forget();
    return null;
  }
  // One PUT that was not finished has nothing to go on with.
  if (opened.mode !== "multipart" && !state.completing) {
    run.opened = null;
    await run.forget();
    return null;
  }
  const completingAtMs = state.completing === null ? null : changedAtMs;
  return { state, partSizeBytes: header.partSizeBytes, completingAtMs };
}

async function readState(
  run: UploadRun<unknown>,
): Promise<{ state: UploadState; changedAtMs: number } | undefined> {
  const { journalDir } = run.context.options;
  try {
    const read = await readJournal(journalDir, run.id);
    if (!read) return undefined;
    const state = replayUpload(read.records);
    run.journal = await Journal.reopen(journalDir, run.id, read);
    return { state, changedAtMs: read.changedAtMs };
  } catch (thrown) {
    if (!(thrown instanceof JournalDamaged)) throw thrown;
    if (!run.job.restart) throw damagedError(run.id, run.label, thrown);
    const opened = thrown.readable.find((each) => each.kind === "opened");
    if (opened) run.opened = { mode: opened.mode, ticket: opened.ticket };
    run.progress.note(
      `The memory of an earlier run of ${run.label} is damaged (${thrown.message}): forgotten, as asked.`,
    );
    await run.forget();
    await removeJournal(journalDir, run.id);
    return undefined;
  }
}

export function damagedError(id: string, label: string, damage: JournalDamaged): SgmediaError {
  return new SgmediaError("E_JOURNAL", `The memory of the unfinished transfer of ${label} is damaged.`, {
    why: `Journal ${id}: ${damage.message}.`,
    fix: "Begin again with --restart; what the storage keeps of the old one is closed as far as it is known.",
    cause: damage,
  });
}
