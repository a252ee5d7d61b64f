import { kindOf, quoteValue, SiteError } from "../store/site-error.ts";
import type { Link, Sandbox, StoredFile } from "../types.ts";
import { attachFile } from "./attach-file.ts";
import { guessContentType } from "./content-type.ts";
import { isUnderWindowsRoot, matchStorage } from "./local-storages.ts";

/** Where a File/Link value is written: the call's name goes into the site's messages. */
export interface MediaTarget {
  call: "create" | "update";
  record: Link;
  field: string;
  by: Link | null;
  /** JSON-RPC takes backslashes under a Windows root; REST refuses them, as measured (contract/local-storage.md B). */
  dialect: "rest" | "rpc";
}

const HASH_KINDS =
  "[Hash, ActiveSupport::HashWithIndifferentAccess, ActionDispatch::Http::Parameters, " +
  "ActionDispatch::Http::ParamsHashWithIndifferentAccess, NilClass]";

/** The refusal of a value that is no object where only an object or null will do. */
export function notAHash(call: string, type: string, field: string, value: unknown): SiteError {
  return new SiteError(
    400,
    `API ${call}() ${type}.${field} expected ${HASH_KINDS} data type(s) but got ${kindOf(value)}: ${quoteValue(value)}`,
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function lastPart(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? path;
}

function storageIdIn(sandbox: Sandbox, value: unknown): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { id, name, code } = value as Record<string, unknown>;
  for (const row of sandbox.store.rows("LocalStorage")) {
    if (row.retired) continue;
    if (typeof id === "number" ? row.id === id : row.fields["code"] === (name ?? code)) return row.id;
  }
  return undefined;
}

function fileFrom(sandbox: Sandbox, target: MediaTarget, value: Record<string, unknown>): StoredFile {
  const { call, dialect } = target;
  const named = (fallback: string) => text(value["name"]) ?? fallback;
  const typed = (name: string) => text(value["content_type"]) ?? guessContentType(name);
  const sent = text(value["local_path"]);
  if (sent !== undefined) {
    const turn = dialect === "rpc" && sent.includes("\\") && isUnderWindowsRoot(sandbox.store, sent);
    const path = turn ? sent.replaceAll("\\", "/") : sent;
    const match = matchStorage(sandbox.store, path);
    if (!match) {
      throw new SiteError(
        400,
        `Create failed for [Attachment]: Path ${sent} doesn't match any defined Local Storage.`,
        { code: 104, source: null },
      );
    }
    const name = named(lastPart(path));
    return {
      linkType: "local",
      storageId: match.storage.id,
      relativePath: match.relativePath,
      name,
      contentType: typed(lastPart(path)),
    };
  }
  const relativePath = text(value["relative_path"]);
  if (relativePath !== undefined && value["local_storage"] != null) {
    if (relativePath.includes("\\")) {
      throw new SiteError(
        400,
        `API ${call}() invalid/missing relative_path hash string 'relative_path': ${quoteValue(value)}`,
      );
    }
    const storageId = storageIdIn(sandbox, value["local_storage"]);
    if (storageId === undefined) {
      throw new SiteError(400, "Create failed for [Attachment]: Local Storage does not exist.", {
        code: 104,
        source: null,
      });
    }
    const clean = relativePath.replace(/^\/+/, "");
    return {
      linkType: "local",
      storageId,
      relativePath: clean,
      name: named(lastPart(clean)),
      contentType: typed(lastPart(clean)),
    };
  }
  const url = text(value["url"]);
  if (url === undefined) {
    throw new SiteError(400, `API ${call}() invalid/missing url hash string 'url': ${quoteValue(value)}`);
  }
  return {
    linkType: "web",
    url,
    name: named(lastPart(url)),
    contentType: text(value["content_type"]) ?? null,
  };
}

/** The StoredFile that a web or local link stands for. Throws the site's own refusals. */
export function linkedFile(sandbox: Sandbox, target: MediaTarget, value: unknown): StoredFile {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw notAHash(target.call, target.record.type, target.field, value);
  }
  return fileFrom(sandbox, target, value as Record<string, unknown>);
}

/**
 * Writes a web or a local link, or null, to a File/Link field of a record that exists. Every accepted link makes a new
 * Attachment (contract/local-storage.md B); null only empties the field.
 */
export function writeMediaValue(sandbox: Sandbox, target: MediaTarget, value: unknown): void {
  const { record, field, by } = target;
  if (value === null) {
    sandbox.store.change(record.type, record.id, { [field]: null }, by);
    return;
  }
  const file = linkedFile(sandbox, target, value);
  attachFile(sandbox, { record, field, thumbnail: null, file, by });
  if (record.type === "PublishedFile" && field === "path" && file.linkType === "local") {
    const storage: Link = { type: "LocalStorage", id: file.storageId };
    sandbox.store.change(record.type, record.id, { path_cache_storage: storage }, by);
  }
}
