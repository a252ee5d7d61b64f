import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Link, StoredPicture } from "../types.ts";
import type { TranscoderParts } from "./deps.ts";
import { findFfmpeg } from "./find-ffmpeg.ts";
import { makeSmall } from "./make-renditions.ts";
import { KEY_FOLDER } from "./movie-fields.ts";
import { asPicture, safeStem } from "./stored-values.ts";

export interface PictureJob {
  record: Link;
  field: "image" | "filmstrip_image";
  /** Storage key of the picture that was set. */
  originalKey: string;
}

/**
 * Makes the small JPEG of a picture that was set; a filmstrip is its own small form. What cannot be read leaves the field empty
 * (contract/rpc.md 3). Where another picture took the field meanwhile, the result is dropped. Rejects only when called off.
 */
export async function runPictureJob(
  parts: TranscoderParts,
  job: PictureJob,
  signal: AbortSignal,
): Promise<void> {
  const picture = waiting(parts, job);
  if (!picture) return;
  if (job.field === "filmstrip_image") return change(parts, job, { smallKey: picture.originalKey });
  const folder = await mkdtemp(join(tmpdir(), "sgmedia-picture-"));
  try {
    const ffmpeg = await findFfmpeg(parts.options.ffmpeg, parts.env);
    const source = await parts.storage.localFile(picture.originalKey);
    const small = join(folder, "small.jpg");
    await makeSmall(ffmpeg, source.path, small, signal).finally(source.release);
    const key = `${KEY_FOLDER}${randomUUID().replaceAll("-", "")}/${safeStem(picture.name)}_t.jpg`;
    await parts.storage.write(key, createReadStream(small), "image/jpeg");
    change(parts, job, { smallKey: key });
  } catch (thrown) {
    signal.throwIfAborted();
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    parts.onProblem?.(`${job.record.type} ${job.record.id}: "${picture.name}" gave no thumbnail: ${reason}`);
    change(parts, job, null);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The picture while it is still the one that was set and has no small form. */
function waiting(parts: TranscoderParts, job: PictureJob): StoredPicture | undefined {
  const row = parts.store.row(job.record.type, job.record.id);
  const picture = row && !row.retired ? asPicture(row.fields[job.field]) : undefined;
  return picture?.originalKey === job.originalKey && picture.smallKey === null ? picture : undefined;
}

function change(parts: TranscoderParts, job: PictureJob, made: { smallKey: string } | null): void {
  // Read again: the count of reads may have grown.
  const now = waiting(parts, job);
  if (now)
    parts.store.change(job.record.type, job.record.id, { [job.field]: made && { ...now, ...made } }, null);
}
