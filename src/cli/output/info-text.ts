import { formatRef } from "../../shared/records.ts";
import { formatBytes } from "../../shared/units.ts";
import type { InfoRow } from "../../workflow/types.ts";
import type { Paint } from "./paint.ts";

/** Everything about a record's media at a glance. */
export function infoText(row: InfoRow, paint: Paint): string {
  const lines = [
    [
      paint("bold", formatRef(row.entity)),
      row.code,
      row.project && `in ${row.project.name ?? formatRef(row.project)}`,
    ]
      .filter(Boolean)
      .join("  "),
  ];
  if (row.transcoding) lines.push(`transcoding  ${transcodingText(row.transcoding)}`);
  lines.push(paint("dim", "renditions"));
  const fieldWidth = Math.max(0, ...row.renditions.map((each) => each.field.length));
  for (const each of row.renditions) {
    const facts = [
      each.placeholder ? "placeholder, still being made" : each.name,
      each.sizeBytes === null ? null : formatBytes(each.sizeBytes),
      each.contentType,
      each.linkType === "upload" ? null : each.linkType && `${each.linkType} link`,
      each.attachment && formatRef(each.attachment),
    ].filter(Boolean);
    lines.push(
      `  ${(each.rendition ?? "-").padEnd(9)} ${each.field.padEnd(fieldWidth)}  ${facts.length > 0 ? facts.join(", ") : "empty"}`,
    );
  }
  if (row.renditions.length === 0) lines.push("  none");
  if (row.paths.length > 0) lines.push(paint("dim", "paths"));
  for (const each of row.paths) {
    lines.push(
      `  ${each.kind.padEnd(9)} ${each.field}  ${each.value}${each.existsHere ? "" : "  (not here)"}`,
    );
    for (const system of ["windows", "mac", "linux"] as const) {
      const path = each[system];
      if (path !== null && path !== each.value) lines.push(`    ${system.padEnd(8)} ${path}`);
    }
  }
  lines.push(paint("dim", "attachments"));
  for (const each of row.attachments) {
    const facts = [
      each.name,
      each.sizeBytes === null ? null : formatBytes(each.sizeBytes),
      each.contentType,
      each.linkType === "upload" ? null : each.linkType && `${each.linkType} link`,
      each.url,
    ].filter(Boolean);
    lines.push(`  ${formatRef(each)}  ${facts.join(", ")}`);
  }
  if (row.attachments.length === 0) lines.push("  none");
  return lines.join("\n");
}

function transcodingText(transcoding: NonNullable<InfoRow["transcoding"]>): string {
  const { state, stale, frameRate, durationSeconds } = transcoding;
  return [
    stale ? `${state}, of an older upload` : state,
    frameRate === null ? null : `${frameRate} frames a second`,
    durationSeconds === null ? null : `${durationSeconds} s`,
  ]
    .filter(Boolean)
    .join(", ");
}
