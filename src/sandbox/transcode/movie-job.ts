import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TranscoderParts } from "./deps.ts";
import { findFfmpeg } from "./find-ffmpeg.ts";
import { makeRenditions, type Renditions } from "./make-renditions.ts";
import {
  abandon,
  currentVersion,
  KEY_FOLDER,
  type MovieJob,
  publish,
  refuse,
  type StoredRenditions,
  type Upload,
} from "./movie-fields.ts";
import { asUpload, safeStem } from "./stored-values.ts";

/**
 * Transcodes what is on `Version.sg_uploaded_movie` and puts the renditions in their fields, all at once
 * (contract/local-storage.md E). What cannot be read gets status 2 and loses every derived field. Where another upload took the
 * field meanwhile, the result is dropped. Rejects only when it was called off.
 */
export async function runMovieJob(parts: TranscoderParts, job: MovieJob, signal: AbortSignal): Promise<void> {
  const file = asUpload(
    currentVersion(parts, job) && parts.store.row("Attachment", job.attachment.id)?.fields["this_file"],
  );
  if (!file) return abandon(parts, job);
  const folder = await mkdtemp(join(tmpdir(), "sgmedia-transcode-"));
  try {
    const ffmpeg = await findFfmpeg(parts.options.ffmpeg, parts.env);
    const source = await parts.storage.localFile(file.key);
    const made = await makeRenditions(
      ffmpeg,
      source.path,
      folder,
      { webm: parts.options.webm },
      signal,
    ).finally(source.release);
    if (currentVersion(parts, job)) publish(parts, job, await storeRenditions(parts, file.name, made));
    else abandon(parts, job);
  } catch (thrown) {
    signal.throwIfAborted();
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    parts.onProblem?.(`Version ${job.version.id}: "${file.name}" was not transcoded: ${reason}`);
    refuse(parts, job);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function storeRenditions(
  parts: TranscoderParts,
  name: string,
  made: Renditions,
): Promise<StoredRenditions> {
  const hash = randomUUID().replaceAll("-", "");
  const stem = safeStem(name);
  const store = async (path: string, fileName: string, contentType: string): Promise<Upload> => {
    const key = `${KEY_FOLDER}${hash}/${fileName}`;
    const { sizeBytes } = await parts.storage.write(key, createReadStream(path), contentType);
    return { linkType: "upload", key, name: fileName, contentType, sizeBytes };
  };
  const { isStill, frameRate, durationSeconds } = made;
  return {
    isStill,
    frameRate,
    durationSeconds,
    mp4: await store(made.mp4, `${hash}_${stem}.mp4`, "video/mp4"),
    webm: made.webm === null ? null : await store(made.webm, `${hash}_${stem}.webm`, "video/webm"),
    full: await store(made.full, `${stem}.jpg`, "image/jpeg"),
    small: await store(made.small, `${stem}_t.jpg`, "image/jpeg"),
    filmstrip:
      made.filmstrip === null ? null : await store(made.filmstrip, `${stem}_filmstrip.jpg`, "image/jpeg"),
  };
}
