import { displayName, namedLink } from "../store/display-name.ts";
import { linksIn } from "../store/pairs.ts";
import type { FieldSchema, Link, Row, Sandbox } from "../types.ts";
import { smallPictureUrl } from "./file-url.ts";
import { isPicture, isReady, PENDING_PATH } from "./pictures.ts";
import { fileOf, isStoredFile, renderFile } from "./render-file.ts";

/** The two surfaces differ in a few values: REST writes decimal numbers as text, JSON-RPC as numbers. */
export type Viewer = "rest" | "rpc";

/** Decimals as REST writes them: a string with a point, at most six places (contract/local-storage.md E). */
function decimalText(value: number): string {
  const rounded = Number(value.toFixed(6));
  return Number.isInteger(rounded) ? `${BigInt(rounded)}.0` : String(rounded);
}

function renderPicture(sandbox: Sandbox, row: Row, field: string, value: unknown): string | null {
  if (!isPicture(value)) return null;
  if (isReady(sandbox, value)) return smallPictureUrl(sandbox, row, field, value);
  // Counted in memory only: what a kill forgets is one more read of the placeholder.
  value.readsWhilePending += 1;
  return `${sandbox.origin}${PENDING_PATH}`;
}

function renderFloat(value: unknown, viewer: Viewer): unknown {
  if (value === null || value === undefined) return null;
  const number = Number(value);
  if (!Number.isFinite(number)) return value;
  return viewer === "rest" ? decimalText(number) : number;
}

function openNotes(sandbox: Sandbox, row: Row): Link[] {
  return linksIn(row.fields["notes"]).filter(({ id }) => {
    const note = sandbox.store.row("Note", id);
    return note && !note.retired && note.fields["sg_status_list"] !== "clsd";
  });
}

/** Fields that the site works out instead of storing; undefined for all others. */
function renderComputed(sandbox: Sandbox, row: Row, name: string): unknown {
  switch (name) {
    case "id":
      return row.id;
    case "cached_display_name":
      return displayName(row);
    case "open_notes":
      return openNotes(sandbox, row).map((link) => namedLink(sandbox.store, link));
    case "open_notes_count":
      return openNotes(sandbox, row).length;
    case "viewed_by_current_user":
    case "read_by_current_user":
      return "unread";
    case "processing_status":
      return row.fields[name] ?? processingStatus(sandbox, row);
    default:
      return undefined;
  }
}

/** An upload's Attachment says for a while that its thumbnail is being made (contract/local-storage.md E). */
function processingStatus(sandbox: Sandbox, row: Row): string | null {
  const file = row.fields["this_file"];
  const createdMs = Date.parse(String(row.fields["created_at"]));
  if (!isStoredFile(file) || file.linkType !== "upload") return null;
  return sandbox.nowMs() < createdMs + sandbox.options.transcodeDelayMs ? "Thumbnail Pending" : null;
}

/** One field of a row as a surface shows it. A read of a picture that is still being made counts as seen. */
export function renderValue(sandbox: Sandbox, row: Row, field: FieldSchema, viewer: Viewer): unknown {
  const computed = renderComputed(sandbox, row, field.name);
  if (computed !== undefined) return computed;
  const value = row.fields[field.name] ?? null;
  switch (field.dataType) {
    case "entity": {
      const [link] = linksIn(value);
      return link ? namedLink(sandbox.store, link) : null;
    }
    case "multi_entity":
      return linksIn(value).flatMap((link) => namedLink(sandbox.store, link) ?? []);
    case "url": {
      if (isStoredFile(value)) return renderFile(sandbox, value, row.id);
      const [link] = linksIn(value);
      const attachment = link ? sandbox.store.row("Attachment", link.id) : undefined;
      const file = attachment?.retired ? undefined : fileOf(sandbox, link);
      return link && file ? renderFile(sandbox, file, link.id) : null;
    }
    case "image":
      return renderPicture(sandbox, row, field.name, value);
    case "float":
      return renderFloat(value, viewer);
    case "checkbox":
      return value ?? false;
    case "tag_list":
      return value ?? [];
    case "password":
      return value === null ? null : "*******";
    default:
      return value;
  }
}

/** Follows `entity.Shot.code` from a row: the row it ends at and the field there; null where the link is of another type or empty. */
function follow(
  sandbox: Sandbox,
  row: Row,
  path: string,
): { row: Row; field: FieldSchema } | null | undefined {
  const parts = path.split(".");
  let at: Row | undefined = row;
  let type = row.type;
  for (let index = 0; index + 2 < parts.length; index += 2) {
    const field = sandbox.store.type(type)?.fields.get(parts[index] ?? "");
    const next = parts[index + 1] ?? "";
    if (field?.dataType !== "entity" || !sandbox.store.type(next)) return undefined;
    const link: Link | undefined = (at ? linksIn(at.fields[field.name]) : [])[0];
    const target: Row | undefined = link?.type === next ? sandbox.store.row(link.type, link.id) : undefined;
    at = target?.retired ? undefined : target;
    type = next;
  }
  const last = sandbox.store.type(type)?.fields.get(parts.at(-1) ?? "");
  if (!last || last.retired || parts.length % 2 === 0) return undefined;
  return at ? { row: at, field: last } : null;
}

/**
 * The named fields of a row, flat, dotted paths under their own key. Names that the type does not have are left out
 * without a word, as the site does (contract/rest.md 3).
 */
export function renderRow(
  sandbox: Sandbox,
  row: Row,
  fieldNames: Iterable<string>,
  viewer: Viewer,
): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const name of fieldNames) {
    if (name === "type") shown[name] = row.type;
    else if (name === "id") shown[name] = row.id;
    else {
      const end = follow(sandbox, row, name);
      if (end !== undefined) shown[name] = end && renderValue(sandbox, end.row, end.field, viewer);
    }
  }
  return shown;
}
