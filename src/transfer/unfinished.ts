import { readdir } from "node:fs/promises";
import { SgmediaError, systemCode } from "../shared/errors.ts";
import type { EngineContext } from "./context.ts";
import { replayDownload } from "./download-state.ts";
import { journalError, readJournal, removeJournal, transferId } from "./journal.ts";
import { JournalDamaged, type JournalHeader, type JournalRecord } from "./journal-records.ts";
import { lockHolder, removeDeadLock, TransferLock } from "./lock.ts";
import { PartialFile } from "./partial-file.ts";
import type { OpenUpload, UploadPort } from "./ports.ts";
import type { TransferKey, UnfinishedTransfer } from "./types.ts";
import { replayUpload } from "./upload-state.ts";

const JOURNAL_NAME = /^([0-9a-f]{16})\.jsonl$/;

/** Everything that was begun on this machine and is neither finished nor given up. */
export async function listUnfinished(context: EngineContext): Promise<UnfinishedTransfer[]> {
  const { journalDir } = context.options;
  const names = await readdir(journalDir).catch((thrown: unknown) => {
    if (systemCode(thrown) === "ENOENT") return [];
    throw journalError(thrown, journalDir);
  });
  const found: UnfinishedTransfer[] = [];
  for (const name of names.sort()) {
    const id = JOURNAL_NAME.exec(name)?.[1];
    const each = id === undefined ? undefined : await describe(journalDir, id);
    if (each) found.push(each);
  }
  return found;
}

/** As `Engine.forget` (types.ts) says. */
export async function forgetTransfer(
  context: EngineContext,
  direction: "upload" | "download",
  key: TransferKey,
  port: UploadPort<unknown> | null,
  signal: AbortSignal,
): Promise<void> {
  const id = transferId(direction, key);
  const { journalDir } = context.options;
  try {
    // A run that was killed when all was done but this leaves its lock.
    if (!(await readJournal(journalDir, id))) return await removeDeadLock(journalDir, id);
    await abandonTransfer(context, id, port, signal);
  } catch (thrown) {
    if (thrown instanceof JournalDamaged) return;
    const code = thrown instanceof SgmediaError ? thrown.code : "";
    if (code !== "E_TRANSFER_BUSY" && code !== "E_TRANSFER_UNKNOWN") throw thrown;
  }
}

/**
 * Gives a transfer up: closes its multipart on the site, or removes its unfinished file; then its memory. Of a damaged one as much as can still
 * be read is closed. Throws E_TRANSFER_UNKNOWN, E_TRANSFER_BUSY.
 */
export async function abandonTransfer(
  context: EngineContext,
  id: string,
  port: UploadPort<unknown> | null,
  signal: AbortSignal,
): Promise<void> {
  const { journalDir } = context.options;
  if (!JOURNAL_NAME.test(`${id}.jsonl`)) throw unknownTransfer(id);
  const lock = await TransferLock.tryAcquire(journalDir, id);
  if (!(lock instanceof TransferLock)) {
    throw new SgmediaError("E_TRANSFER_BUSY", `Transfer ${id} is running.`, {
      why: `Process ${lock.pid} on ${lock.host} is at it.`,
      fix: "Stop that process first, or let it finish.",
    });
  }
  try {
    const read = await readableRecords(journalDir, id);
    if (!read) throw unknownTransfer(id);
    const { records, damaged } = read;
    const header = records.find((each) => each.kind === "header");
    // Of a damaged one nobody may know which site it belongs to.
    if (header?.direction === "upload" && (port || !damaged)) await closeMultipart(id, records, port, signal);
    if (header?.partialPath) await PartialFile.removeAt(header.partialPath);
    await removeJournal(journalDir, id);
  } finally {
    await lock.release();
  }
}

async function closeMultipart(
  id: string,
  records: readonly JournalRecord[],
  port: UploadPort<unknown> | null,
  signal: AbortSignal,
): Promise<void> {
  const opened = records.findLast((each) => each.kind === "opened") as
    | (OpenUpload & { kind: "opened" })
    | undefined;
  if (opened?.mode !== "multipart") return;
  if (!port) throw new Error(`closing transfer ${id} needs its port`);
  await port.abort(opened.ticket, signal);
}

async function readableRecords(
  dir: string,
  id: string,
): Promise<{ records: readonly JournalRecord[]; damaged: boolean } | undefined> {
  try {
    const read = await readJournal(dir, id);
    return read && { records: read.records, damaged: false };
  } catch (thrown) {
    if (thrown instanceof JournalDamaged) return { records: thrown.readable, damaged: true };
    throw thrown;
  }
}

async function describe(dir: string, id: string): Promise<UnfinishedTransfer | undefined> {
  const heldByPid = (await lockHolder(dir, id))?.pid ?? null;
  try {
    const read = await readJournal(dir, id);
    if (!read) return undefined;
    const { records, changedAtMs } = read;
    const header = records[0] as JournalHeader;
    const about = { id, heldByPid, changedAtMs, damaged: null, ...facts(header) };
    if (header.direction === "download") {
      const { object, held } = replayDownload(records);
      return { ...about, sizeBytes: object?.sizeBytes ?? null, acceptedBytes: held.totalBytes };
    }
    const { parts } = replayUpload(records);
    const acceptedBytes = [...parts.values()].reduce((sum, each) => sum + each.bytes, 0);
    return { ...about, sizeBytes: header.identity?.sizeBytes ?? null, acceptedBytes };
  } catch (thrown) {
    if (!(thrown instanceof JournalDamaged)) throw thrown;
    const header = thrown.readable.find((each) => each.kind === "header");
    const about = { id, heldByPid, changedAtMs: header?.startedAtMs ?? 0, damaged: thrown.message };
    return { ...about, ...(header ? facts(header) : NOBODY_KNOWS), sizeBytes: null, acceptedBytes: 0 };
  }
}

const NOBODY_KNOWS = {
  direction: "upload" as const,
  key: { site: "", record: "", field: null, path: "" },
  intent: {},
  startedAtMs: 0,
};

function facts(
  header: JournalHeader,
): Pick<UnfinishedTransfer, "direction" | "key" | "intent" | "startedAtMs"> {
  const { detail, ...key } = header.key;
  return {
    direction: header.direction,
    key: detail === undefined ? key : { ...key, detail },
    intent: header.intent,
    startedAtMs: header.startedAtMs,
  };
}

function unknownTransfer(id: string): SgmediaError {
  return new SgmediaError("E_TRANSFER_UNKNOWN", `No unfinished transfer has the id ${id}.`, {
    fix: "See them with: sgmedia status",
  });
}
