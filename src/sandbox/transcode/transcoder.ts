import type { Link, Store, Transcoder } from "../types.ts";
import type { TranscoderParts } from "./deps.ts";
import { RUNNING } from "./movie-fields.ts";
import { runMovieJob } from "./movie-job.ts";
import { runPictureJob } from "./picture-job.ts";
import { Queue } from "./queue.ts";
import { asLink, asPicture, asUpload } from "./stored-values.ts";

const QUEUE_SETTING = "transcode_queue";
const FIELDS = ["image", "filmstrip_image"] as const;
const STATUS = "sg_uploaded_movie_transcoding_status";

/**
 * Transcodes in the background with ffmpeg. After a first upload, or one that was refused, the Version's status is 0 until the
 * job is done; over older media status and renditions stay as they were until then (contract/local-storage.md E).
 */
export function createTranscoder(parts: TranscoderParts): Transcoder {
  const { store } = parts;
  const queue = new Queue((thrown) =>
    parts.onProblem?.(thrown instanceof Error ? thrown.message : String(thrown)),
  );

  return {
    movie(version: Link, attachment: Link): void {
      const row = store.row(version.type, version.id);
      if (!row) return;
      const status = row.fields[STATUS];
      if (status !== 1 && status !== RUNNING)
        store.change(version.type, version.id, { [STATUS]: RUNNING }, null);
      remember(store, version, attachment);
      const keyOf = (field: (typeof FIELDS)[number]): string | null =>
        asPicture(row.fields[field])?.originalKey ?? null;
      const job = {
        version,
        attachment,
        uploadedAtMs: parts.nowMs(),
        picturesBefore: { image: keyOf("image"), filmstrip_image: keyOf("filmstrip_image") },
      };
      queue.add(async (signal) => {
        await runMovieJob(parts, job, signal);
        forget(store, version, attachment);
      });
    },
    picture(record: Link, field: (typeof FIELDS)[number]): void {
      const originalKey = asPicture(store.row(record.type, record.id)?.fields[field])?.originalKey;
      if (originalKey === undefined) return;
      queue.add((signal) => runPictureJob(parts, { record, field, originalKey }, signal));
    },
    idle: () => queue.idle(),
    stop: () => queue.stop(),
  };
}

/**
 * Queues again what an earlier run of the sandbox left unfinished: media whose job is remembered, Versions with status 0, and
 * pictures without their small form. Call it once, before requests are answered.
 */
export function requeueUnfinished(store: Store, transcoder: Transcoder): void {
  const left = new Set(remembered(store).map(([version]) => version));
  store.setSetting(QUEUE_SETTING, []);
  const uploads = new Set<string>();
  for (const row of store.rows("Version")) {
    const attachment = asLink(row.fields["sg_uploaded_movie"]);
    if (row.retired || !attachment) continue;
    const file = asUpload(store.row("Attachment", attachment.id)?.fields["this_file"]);
    if (!file || (row.fields[STATUS] !== RUNNING && !left.has(row.id))) continue;
    uploads.add(file.key);
    transcoder.movie({ type: "Version", id: row.id }, attachment);
  }
  for (const { type } of store.types()) {
    for (const row of store.rows(type)) {
      for (const field of FIELDS) {
        const picture = row.retired ? undefined : asPicture(row.fields[field]);
        // A placeholder with the upload's own key is the movie's, whose job fills it.
        if (picture?.smallKey === null && !uploads.has(picture.originalKey)) {
          transcoder.picture({ type, id: row.id }, field);
        }
      }
    }
  }
}

/** Version and Attachment ids of the jobs that were asked for and not done, oldest first. */
function remembered(store: Store): [version: number, attachment: number][] {
  const value = store.setting(QUEUE_SETTING);
  return Array.isArray(value) ? value : [];
}

function remember(store: Store, version: Link, attachment: Link): void {
  store.setSetting(QUEUE_SETTING, [...remembered(store), [version.id, attachment.id]]);
}

function forget(store: Store, version: Link, attachment: Link): void {
  const rest = remembered(store).filter(([v, a]) => v !== version.id || a !== attachment.id);
  store.setSetting(QUEUE_SETTING, rest);
}
