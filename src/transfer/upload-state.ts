import { JournalDamaged, type JournalHeader, type JournalRecord } from "./journal-records.ts";
import type { Ticket, UploadMode } from "./ports.ts";

export interface AcceptedRecord {
  readonly etag: string | null;
  readonly md5: string | null;
  readonly bytes: number;
}

/** What an upload's journal says, whichever line it ends with. */
export interface UploadState {
  readonly header: JournalHeader;
  readonly opened: { readonly mode: UploadMode; readonly ticket: Ticket } | null;
  readonly parts: ReadonlyMap<number, AcceptedRecord>;
  /** The site may have been asked to complete, with this ticket. */
  readonly completing: Ticket | null;
}

/** Throws JournalDamaged for an order of lines that nobody wrote. */
export function replayUpload(records: readonly JournalRecord[]): UploadState {
  const header = records[0];
  if (header?.kind !== "header" || header.direction !== "upload") {
    throw new JournalDamaged("it is not the journal of an upload", records);
  }
  let opened: UploadState["opened"] = null;
  let completing: Ticket | null = null;
  const parts = new Map<number, AcceptedRecord>();
  for (const record of records.slice(1)) {
    if (opened === null && record.kind !== "opened")
      throw new JournalDamaged(`a line "${record.kind}" stands in the wrong place`, records);
    if (record.kind === "opened") opened = { mode: record.mode, ticket: record.ticket };
    else if (record.kind === "part")
      parts.set(record.number, { etag: record.etag, md5: record.md5, bytes: record.bytes });
    else if (record.kind === "completing") completing = record.ticket;
    else throw new JournalDamaged(`a line "${record.kind}" is not of an upload`, records);
  }
  return { header, opened, parts, completing };
}
