import { isPicture, isReady } from "../files/pictures.ts";
import { isStoredFile } from "../files/render-file.ts";
import { missingRecord } from "../files/write-record.ts";
import { SiteError } from "../store/site-error.ts";
import type { Caller, Link, Row, Sandbox, StoredPicture } from "../types.ts";

/** `Version_123` → the live row. Throws SiteError. */
function rowOf(sandbox: Sandbox, text: string): Row {
  const match = /^(\w+)_(\d+)$/.exec(text.trim());
  const link: Link = { type: match?.[1] ?? "", id: Number(match?.[2] ?? 0) };
  const row = sandbox.store.row(link.type, link.id);
  if (!row || row.retired) throw missingRecord(link.type || text, link.id);
  return row;
}

/** The Attachment whose upload became this picture; a movie's frame has none. */
function attachmentOf(sandbox: Sandbox, picture: StoredPicture): number | "" {
  const rows = [...sandbox.store.rows("Attachment")].reverse();
  const same = rows.find(({ fields: { this_file: file } }) => {
    return isStoredFile(file) && file.linkType === "upload" && file.key === picture.originalKey;
  });
  return same?.id ?? "";
}

/** `share_thumbnail`: the pictures of one record on others too; `2` while they are still being made (contract/rpc.md 2.9). */
export function shareThumbnail(sandbox: Sandbox, caller: Caller, form: URLSearchParams): string {
  const source = rowOf(sandbox, form.get("source_entity") ?? "");
  const targets = (form.get("entities") ?? "").split(",").map((text) => rowOf(sandbox, text));
  const filmstrip = ["1", "true"].includes((form.get("filmstrip_thumbnail") ?? "").toLowerCase());
  const field = filmstrip ? "filmstrip_image" : "image";
  const picture = source.fields[field] ?? null;
  if (isPicture(picture)) {
    // Who asks whether it is ready has seen that it is not: this counts as a read of the placeholder.
    if (!isReady(sandbox, picture)) picture.readsWhilePending += 1;
    if (!isReady(sandbox, picture)) return "2\nThe thumbnail is still being made.";
  }
  for (const { type, id } of targets) {
    if (!sandbox.store.type(type)?.fields.has(field)) {
      throw new SiteError(400, `${type} has no field '${field}'.`);
    }
    sandbox.store.change(type, id, { [field]: isPicture(picture) ? { ...picture } : null }, caller.as);
  }
  return `1:${isPicture(picture) ? attachmentOf(sandbox, picture) : ""}`;
}
