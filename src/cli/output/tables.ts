import Table from "cli-table3";
import type { SettingRow } from "../../config/settings.ts";
import { formatBytes } from "../../shared/units.ts";
import type { FieldRow, TransferRow } from "../../workflow/types.ts";
import { ageText } from "./age-text.ts";
import type { Paint } from "./paint.ts";

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Columns by spaces, no lines around them: for people, and still good for grep and awk. */
function renderTable(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const table = new Table({
    chars: NO_LINES,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
  });
  table.push(
    head.map((title) => paint("dim", title)),
    ...rows.map((row) => [...row]),
  );
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

export function fieldsTable(rows: readonly FieldRow[], paint: Paint): string {
  const yes = (value: boolean) => (value ? "yes" : "no");
  return renderTable(
    ["name", "label", "type", "file", "editable", "visible"],
    rows.map((row) => [
      row.name,
      row.label,
      row.dataType,
      yes(row.acceptsFile),
      yes(row.editable),
      yes(row.visible),
    ]),
    paint,
  );
}

export function statusTable(rows: readonly TransferRow[], paint: Paint, nowMs: number): string {
  if (rows.length === 0) return "";
  return renderTable(
    ["id", "way", "file", "record", "done", "age", "state"],
    rows.map((row) => [
      row.id,
      row.direction === "upload" ? "up" : "down",
      row.file,
      row.field === null ? row.entity : `${row.entity}.${row.field}`,
      doneText(row),
      ageText(nowMs - Date.parse(row.startedAt)),
      row.why === null ? row.state : `${row.state}: ${row.why}`,
    ]),
    paint,
  );
}

function doneText({ acceptedBytes, sizeBytes }: TransferRow): string {
  if (sizeBytes === null || sizeBytes === 0) return formatBytes(acceptedBytes);
  const percent = Math.floor((acceptedBytes / sizeBytes) * 100);
  return `${percent}% of ${formatBytes(sizeBytes)}`;
}

export function configTable(rows: readonly SettingRow[], paint: Paint): string {
  return renderTable(
    ["key", "value", "from"],
    rows.map((row) => [row.key, row.value === null ? "-" : String(row.value), row.origin]),
    paint,
  );
}
