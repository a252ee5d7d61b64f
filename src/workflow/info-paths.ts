import { access } from "node:fs/promises";
import type { SiteRecord } from "../shared/records.ts";
import type { FieldInfo, LocalStorageRow, MediaValue } from "../site/types.ts";
import { textOf } from "./resolve-record.ts";
import type { InfoRow, Work } from "./types.ts";

type PathRow = InfoRow["paths"][number];

/** Every path that a record holds, spelled for each OS, and whether it is on this machine. */
export async function describePaths(
  work: Work,
  record: SiteRecord,
  held: readonly { field: FieldInfo; media: MediaValue }[],
): Promise<PathRow[]> {
  const rows: PathRow[] = [];
  const texts = (["sg_path_to_movie", "sg_path_to_frames"] as const).flatMap((field) => {
    const value = textOf(record, field);
    return value === null ? [] : [{ field, value }];
  });
  if (texts.length > 0) {
    const storages = await work.site.localStorages(work.signal);
    for (const { field, value } of texts) rows.push(await textPath(work, field, value, storages));
  }
  for (const { field, media } of held) {
    if (media.kind !== "local") continue;
    const here = hereOf(work, media.paths);
    const value = here ?? media.relativePath ?? media.name;
    rows.push({
      field: field.name,
      kind: "local",
      value,
      ...media.paths,
      existsHere: here !== null && (await exists(here)),
    });
  }
  return rows;
}

async function textPath(
  work: Work,
  field: string,
  value: string,
  storages: readonly LocalStorageRow[],
): Promise<PathRow> {
  const { describePathPerOs } = await import("../paths/per-os.ts");
  const perOs = describePathPerOs(value, storages, work.env);
  const here = hereOf(work, perOs) ?? value;
  const kind = field === "sg_path_to_frames" ? "frames" : "movie";
  return {
    field,
    kind,
    value,
    windows: perOs.windows,
    mac: perOs.mac,
    linux: perOs.linux,
    existsHere: await existsAsMedia(here, work.signal),
  };
}

/** A frames path exists when a frame of it does. */
async function existsAsMedia(path: string, signal: AbortSignal): Promise<boolean> {
  if (await exists(path)) return true;
  const { findSequence, isSequenceText } = await import("../media/frames/index.ts");
  if (!isSequenceText(path)) return false;
  return findSequence(path, { signal }).then(
    (found) => found.count > 0,
    () => false,
  );
}

function hereOf(
  work: Work,
  paths: { windows: string | null; mac: string | null; linux: string | null },
): string | null {
  return work.platform === "win32" ? paths.windows : work.platform === "darwin" ? paths.mac : paths.linux;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
