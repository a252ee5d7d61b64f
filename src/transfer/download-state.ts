import { IntervalSet } from "./interval-set.ts";
import { JournalDamaged, type JournalHeader, type JournalRecord } from "./journal-records.ts";

/** What a download's journal says, whichever line it ends with. */
export interface DownloadState {
  readonly header: JournalHeader;
  readonly object: Extract<JournalRecord, { kind: "object" }> | null;
  /** Bytes that are in the unfinished file. */
  readonly held: IntervalSet;
}

/** Throws JournalDamaged for lines that nobody wrote. */
export function replayDownload(records: readonly JournalRecord[]): DownloadState {
  const header = records[0];
  if (header?.kind !== "header" || header.direction !== "download") {
    throw new JournalDamaged("it is not the journal of a download", records);
  }
  const held = new IntervalSet();
  let object: DownloadState["object"] = null;
  for (const record of records.slice(1)) {
    if (record.kind === "object" && object === null) object = record;
    else if (record.kind === "range" && object && record.offset + record.bytes <= object.sizeBytes) {
      held.add(record.offset, record.bytes);
    } else throw new JournalDamaged(`a line "${record.kind}" stands in the wrong place`, records);
  }
  return { header, object, held };
}
