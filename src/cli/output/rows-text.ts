import { formatRef, type RecordRef } from "../../shared/records.ts";
import { formatBytes } from "../../shared/units.ts";
import type {
  AbortRow,
  DownloadRow,
  LinkLocalRow,
  LinkUrlRow,
  ResumeRow,
  SetPathRow,
  ThumbRow,
  UploadRow,
} from "../../workflow/types.ts";

/** One line for each result that went well; failed ones are told on stderr. `""`: nothing to say. */
export type RowText<Row> = (row: Row) => string;

export const uploadLine: RowText<UploadRow> = (row) => {
  if (!row.ok) return "";
  const where = place(row.entity, row.field);
  const size = row.sizeBytes === null ? "" : ` (${formatBytes(row.sizeBytes)})`;
  if (row.planned) {
    return row.skipped
      ? `would skip ${row.file}: ${attachment(row)} is there already`
      : `would upload ${row.file}${size} to ${where}`;
  }
  if (row.skipped) return `${attachment(row)}  ${row.file}  ${where}  already there`;
  return `${attachment(row)}  ${row.file}  ${where}`;
};

/** The path alone, so that a shell can take it: `open "$(sgmedia download --version 23425)"`. */
export const downloadLine: RowText<DownloadRow> = (row) => {
  if (!row.ok) return "";
  const size = row.sizeBytes === null ? "" : ` (${formatBytes(row.sizeBytes)})`;
  if (row.planned) {
    const target = row.output ?? "standard output";
    return row.skipped
      ? `would skip ${target}: it is there already`
      : `would download ${row.name}${size} to ${target}`;
  }
  return row.output ?? "";
};

export const resumeLine: RowText<ResumeRow> = (row) =>
  "file" in row ? uploadLine(row as UploadRow) : downloadLine(row as DownloadRow);

export const thumbLine: RowText<ThumbRow> = (row) => {
  const where = place(row.entity, row.field);
  const would = row.planned ? "would " : "";
  if (row.cleared) return `${would}${row.planned ? "clear" : "cleared"} ${where}`;
  if (row.output !== undefined) {
    if (row.planned) return `would write ${where} to ${row.output ?? "standard output"}`;
    return row.output ?? "";
  }
  if (row.planned) return `would set ${where}`;
  return row.attachment ? `${formatRef(row.attachment)}  ${where}` : `set ${where}`;
};

export const linkUrlLine: RowText<LinkUrlRow> = (row) =>
  `${row.planned ? "would link " : ""}${place(row.entity, row.field)}  ${row.url}`;

export const linkLocalLine: RowText<LinkLocalRow> = (row) => {
  const { windows, mac, linux } = row.paths;
  const spelled = [
    ["windows", windows],
    ["mac", mac],
    ["linux", linux],
  ].map(([system, path]) => `\n  ${String(system).padEnd(8)} ${path ?? "no root"}`);
  const head = `${row.planned ? "would link " : ""}${place(row.entity, row.field)}`;
  return `${head}  storage ${row.storage.name} (${row.storage.id})  ${row.relativePath}${spelled.join("")}`;
};

export const setPathLine: RowText<SetPathRow> = (row) => {
  const head = `${row.planned ? "would set " : ""}${place(row.entity, row.field)}  ${row.value}`;
  if (!row.frames) return head;
  const { first, last, count, missing } = row.frames;
  const gaps = missing.length === 0 ? "none missing" : `missing ${ranges(missing)}`;
  return `${head}\n  frames   ${first}-${last}, ${count} there, ${gaps}`;
};

export const abortLine: RowText<AbortRow> = (row) => {
  if (!row.ok) return "";
  return `${row.planned ? "would give up" : "gave up"} ${row.id}  ${row.file}`;
};

function place(entity: RecordRef | null, field: string | null): string {
  if (entity === null) return "a new Version";
  return field === null ? formatRef(entity) : `${formatRef(entity)}.${field}`;
}

function attachment(row: { readonly attachment?: RecordRef }): string {
  return row.attachment ? formatRef(row.attachment) : "Attachment:?";
}

/** `1003, 1007-1010`. */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  const shown = runs.slice(0, 8).map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
  return runs.length > 8 ? `${shown.join(", ")} and more (${numbers.length} in all)` : shown.join(", ");
}
