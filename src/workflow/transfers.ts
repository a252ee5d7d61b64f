import { SgmediaError, toSgmediaError } from "../shared/errors.ts";
import type { RecordRef } from "../shared/records.ts";
import type { UnfinishedTransfer } from "../transfer/types.ts";
import { downloadMedia } from "./download.ts";
import type { AbortRow, Rendition, ResumeRow, TransferRow, Work } from "./types.ts";
import { uploadFiles } from "./upload.ts";

/** `sgmedia status`: the unfinished transfers of this machine, oldest first. Needs no network. */
export async function listTransfers(work: Work): Promise<TransferRow[]> {
  const found = await work.engine.unfinished();
  return found.sort((a, b) => a.startedAtMs - b.startedAtMs).map(rowOf);
}

/** `sgmedia resume [id]`: goes on with one, or with all that no other process is at. */
export async function resumeTransfers(work: Work, id: string | null): Promise<ResumeRow[]> {
  const rows: ResumeRow[] = [];
  for (const each of await pick(work, id)) {
    if (id === null && each.heldByPid !== null) continue;
    try {
      rows.push(...(await resumeOne(work, each)));
    } catch (thrown) {
      const error = toSgmediaError(thrown);
      if (id !== null || error.code === "E_INTERRUPTED" || error.exit === 1) throw error;
      rows.push({ ok: false, file: each.key.path, error: error.toDocument() });
    }
  }
  return rows;
}

/** `sgmedia abort <id>|--all`: closes the multipart on the site, then forgets. A null id is all of them. */
export async function abortTransfers(work: Work, id: string | null): Promise<AbortRow[]> {
  const rows: AbortRow[] = [];
  for (const each of await pick(work, id)) {
    try {
      if (each.direction === "upload") assertSameSite(work, each);
      // Of a download, and of a memory whose first line is gone, there is nothing on the site to close.
      const port =
        each.direction === "upload" && each.key.site === work.site.origin
          ? work.site.upload({
              record: parseRef(each.key.record),
              field: each.key.field,
              filename: textIn(each.intent, "filename") ?? "",
            })
          : null;
      await work.engine.abandon(each.id, port, work.signal);
      rows.push({ ok: true, id: each.id, file: each.key.path, aborted: true });
    } catch (thrown) {
      const error = toSgmediaError(thrown);
      if (id !== null || error.code === "E_INTERRUPTED" || error.exit === 1) throw error;
      rows.push({ ok: false, id: each.id, file: each.key.path, aborted: false, error: error.toDocument() });
    }
  }
  return rows;
}

async function pick(work: Work, id: string | null): Promise<UnfinishedTransfer[]> {
  const all = await work.engine.unfinished();
  if (id === null) return all;
  const found = all.filter((each) => each.id.startsWith(id));
  if (found.length === 1) return found;
  if (found.length > 1) {
    throw new SgmediaError("E_AMBIGUOUS", `"${id}" is the beginning of ${found.length} transfers.`, {
      why: `They are ${found.map((each) => each.id).join(", ")}.`,
      fix: "Give more of the id.",
    });
  }
  throw new SgmediaError("E_TRANSFER_UNKNOWN", `No unfinished transfer has the id "${id}".`, {
    fix: "See them with: sgmedia status",
  });
}

async function resumeOne(work: Work, each: UnfinishedTransfer): Promise<ResumeRow[]> {
  if (each.damaged !== null) {
    throw new SgmediaError("E_JOURNAL", `The memory of transfer ${each.id} is damaged.`, {
      why: each.damaged,
      fix: `Give it up with "sgmedia abort ${each.id}", then ${each.direction} the file again.`,
    });
  }
  assertSameSite(work, each);
  const record = parseRef(each.key.record);
  const selector = { type: record.type, key: String(record.id) };
  const verify = each.intent["verify"] === true;
  if (each.direction === "upload") {
    if (each.key.path === "-") {
      throw new SgmediaError("E_USAGE", `Transfer ${each.id} came from standard input and cannot go on.`, {
        why: "What was piped in cannot be read again.",
        fix: `Give it up with "sgmedia abort ${each.id}" and pipe it in again.`,
      });
    }
    const tags = each.intent["tags"];
    return uploadFiles(work, {
      files: [each.key.path],
      record: selector,
      field: each.key.field,
      attach: each.key.field === null,
      name: textIn(each.intent, "name"),
      tags: Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === "string") : [],
      ifExists: "skip",
      verify,
      restart: false,
      waitSeconds: null,
      playlist: null,
      setPath: false,
      encode: null,
      stdin: null,
    });
  }
  const rendition = textIn(each.intent, "rendition") as Rendition | null;
  return downloadMedia(work, {
    what: {
      kind: "record",
      record: selector,
      rendition: rendition ?? "original",
      field: rendition === "thumb" || rendition === "full" ? null : each.key.field,
    },
    output: each.key.path,
    nameTemplate: null,
    ifExists: textIn(each.intent, "ifExists") === "overwrite" ? "overwrite" : "skip",
    verify,
    restart: false,
    waitSeconds: null,
    stdout: null,
  });
}

function rowOf(each: UnfinishedTransfer): TransferRow {
  return {
    ok: true,
    id: each.id,
    direction: each.direction,
    file: each.key.path,
    entity: each.key.record,
    field: each.key.field,
    sizeBytes: each.sizeBytes,
    acceptedBytes: each.acceptedBytes,
    startedAt: new Date(each.startedAtMs).toISOString(),
    changedAt: new Date(each.changedAtMs).toISOString(),
    state: each.damaged !== null ? "damaged" : each.heldByPid !== null ? "running" : "unfinished",
    why: each.damaged ?? (each.heldByPid === null ? null : `process ${each.heldByPid} is at it`),
  };
}

/** A journal never decides where a bearer goes: the site must be the one that is configured now. */
function assertSameSite(work: Work, each: UnfinishedTransfer): void {
  // A damaged one may not even say where it belongs.
  if (each.key.site === "" || each.key.site === work.site.origin) return;
  throw new SgmediaError("E_CONFIG", `Transfer ${each.id} belongs to ${each.key.site}.`, {
    why: `The site in force is ${work.site.origin}.`,
    fix: `Add --site ${each.key.site}, or the --profile for it.`,
  });
}

function parseRef(text: string): RecordRef {
  const match = /^([A-Za-z0-9]+):(\d+)$/.exec(text);
  if (match?.[1] && match[2]) return { type: match[1], id: Number(match[2]) };
  throw new SgmediaError("E_JOURNAL", `The transfer of "${text}" names no record of the site.`, {
    why: "It fetched an address outside the site.",
    fix: "Run the download command again: it goes on from what is here.",
  });
}

function textIn(intent: Readonly<Record<string, unknown>>, key: string): string | null {
  const value = intent[key];
  return typeof value === "string" ? value : null;
}
