import { resolve } from "node:path";
import { findSequence, isSequenceText } from "../media/frames/index.ts";
import { checkLocalPath } from "../paths/check-path.ts";
import { type PerOs, parseLocalPath, spellLocalPath } from "../paths/spelling.ts";
import { joinRoots } from "../paths/storages.ts";
import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef } from "../shared/records.ts";
import type { LocalStorageRow, MediaValue } from "../site/types.ts";
import { chooseStorage } from "./choose-storage.ts";
import { isHere, osOf } from "./local-os.ts";
import { defaultLinkField, requireFileField } from "./media-field.ts";
import { resolveRecord } from "./resolve-record.ts";
import type { LinkLocalInput, LinkLocalRow, Work } from "./types.ts";

/**
 * `sgmedia link-local`: a file on the shared file system in a File/Link field, so that every system finds it under its own root. What
 * the site would refuse is refused before anything is written, and what it made of the link is compared with what was foreseen.
 */
export async function linkLocal(work: Work, input: LinkLocalInput): Promise<LinkLocalRow[]> {
  if (!input.relative) checkTyped(work, input.path);
  const record = await resolveRecord(work, input.record);
  const field = await requireLinkField(work, record, input.field);
  await assertLinkingAllowed(work);
  const storages = await work.site.localStorages(work.signal);
  const { storage, relativePath } = chooseStorage(storages, input);
  const paths = joinRoots(storage, relativePath);
  await checkPresence(work, paths, storage, input.checkExists);

  const row: LinkLocalRow = {
    ok: true,
    entity: record,
    field,
    storage: { id: storage.id, name: storage.name },
    relativePath,
    paths,
  };
  if (work.dryRun) return [{ ...row, planned: true }];
  const link = {
    relative_path: relativePath,
    local_storage: { type: "LocalStorage", id: storage.id },
    ...(input.name === null ? {} : { name: input.name }),
  };
  await work.site.update(record, { [field]: link }, work.signal);
  const now = await work.site.media(record, field, work.signal);
  if (now.kind !== "local") throw mismatch(record, field, `It holds ${heldText(now)}.`);
  assertAsForeseen(record, field, row, now);
  return [{ ...row, paths: now.paths, ...(now.attachment ? { attachment: now.attachment } : {}) }];
}

/** A relative path is refused with the one that was probably meant. */
function checkTyped(work: Work, path: string): void {
  const isName = path.trim() !== "" && !path.includes("\0") && !path.split(/[\\/]/).includes("..");
  if (isName && !parseLocalPath(path) && !/^(?:[A-Za-z]:|\\)/.test(path)) {
    throw new SgmediaError("E_USAGE", `"${path}" is no absolute path.`, {
      why: "The link must mean the same file wherever it is read.",
      fix: `Give ${resolve(work.cwd, path)}, or a path under a storage with --storage <name> --relative`,
    });
  }
  checkLocalPath(path);
}

async function requireLinkField(work: Work, record: RecordRef, named: string | null): Promise<string> {
  const field = named ?? defaultLinkField(record.type);
  if (field === undefined) {
    throw new SgmediaError("E_USAGE", `A ${record.type} has no usual field for a link.`, {
      fix: `Say which: --field <name>. They are listed by: sgmedia fields ${record.type} --type url`,
    });
  }
  const info = await requireFileField(work, record.type, field);
  if (info.dataType === "url") return field;
  throw new SgmediaError(
    "E_FIELD_TAKES_NO_FILE",
    `${record.type}.${field} takes no link: it is an ${info.dataType} field.`,
    { fix: `sgmedia fields ${record.type} --type url` },
  );
}

/** With local file linking off the site refuses every local link (contract/local-storage.md A). */
async function assertLinkingAllowed(work: Work): Promise<void> {
  const { support_local_storage: allowed } = await work.site.preferences(
    ["support_local_storage"],
    work.signal,
  );
  if (allowed !== false) return;
  throw new SgmediaError("E_FORBIDDEN", `${work.site.origin} takes no links to local files.`, {
    why: "Its preference support_local_storage is off.",
    fix: "Ask an administrator to turn on linking to local files: Site Preferences > File Management.",
  });
}

async function checkPresence(
  work: Work,
  paths: PerOs,
  storage: LocalStorageRow,
  mustExist: boolean,
): Promise<void> {
  const os = osOf(work.platform);
  const here = paths[os];
  if (here !== null && (await isMediaHere(work, here))) return;
  const what =
    here === null ? `The storage ${storage.name} has no root on ${os}` : `${here} is not on this machine`;
  if (!mustExist) {
    work.progress.warn(`${what}; it is linked all the same.`);
    return;
  }
  throw new SgmediaError("E_LOCAL_MISSING", `${what}.`, {
    why: "--check-exists was given.",
    fix: "Mount the shared file system and check the path, or leave --check-exists out.",
  });
}

/** A sequence is there when a frame of it is. */
async function isMediaHere(work: Work, path: string): Promise<boolean> {
  if (await isHere(path)) return true;
  if (!isSequenceText(path)) return false;
  return findSequence(path, work).then(
    () => true,
    () => false,
  );
}

function assertAsForeseen(
  record: RecordRef,
  field: string,
  row: LinkLocalRow,
  now: Extract<MediaValue, { kind: "local" }>,
): void {
  if (now.storage !== null && now.storage.id !== row.storage.id) {
    throw mismatch(
      record,
      field,
      `The site took the storage ${now.storage.name ?? now.storage.id} in place of ${row.storage.name}.`,
    );
  }
  for (const os of ["windows", "mac", "linux"] as const) {
    if (plain(now.paths[os]) === plain(row.paths[os])) continue;
    throw mismatch(
      record,
      field,
      `Its path on ${os} is ${now.paths[os] ?? "none"} in place of ${row.paths[os] ?? "none"}.`,
    );
  }
}

/** Rows may spell their roots with a slash at the end or of the other kind: that makes no other path. */
function plain(path: string | null): string | null {
  const parsed = path === null ? undefined : parseLocalPath(path);
  return parsed ? spellLocalPath(parsed) : path;
}

function mismatch(record: RecordRef, field: string, why: string): SgmediaError {
  return new SgmediaError(
    "E_MISMATCH",
    `${formatRef(record)}.${field} does not hold the link that was foreseen.`,
    { why, fix: `sgmedia info --entity ${formatRef(record)}` },
  );
}

function heldText(value: MediaValue): string {
  return value.kind === "empty" ? "nothing" : `a link of kind ${value.kind}`;
}
