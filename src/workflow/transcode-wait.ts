import { SgmediaError } from "../shared/errors.ts";
import { type AttachmentRef, formatRef, type RecordRef } from "../shared/records.ts";
import type { Work } from "./types.ts";

const MP4_FIELD = "sg_uploaded_movie_mp4";
const STATUS_FIELD = "sg_uploaded_movie_transcoding_status";
const FIRST_POLL_MS = 1000;
const SLOWEST_POLL_MS = 5000;

/** What the record's transcode was before an upload: an older one stays readable until the new one is done. */
export interface MediaBefore {
  readonly mp4Id: number | null;
  /** The transcoding status: a refusal of an older upload must not be taken for one of this. */
  readonly status: number | null;
}

export async function mediaBeforeUpload(work: Work, record: RecordRef): Promise<MediaBefore> {
  const found = await work.site.read(record, [MP4_FIELD, STATUS_FIELD], work.signal);
  const status = found?.fields[STATUS_FIELD];
  return {
    mp4Id: attachmentId(work, found?.fields[MP4_FIELD]),
    status: typeof status === "number" ? status : null,
  };
}

/**
 * Waits until the transcode of this upload, not of an older one, is done: status 1 alone is no proof, since it stays 1
 * across a re-upload; the mp4's Attachment must differ from the one before and be younger than the upload
 * (contract/local-storage.md E). Throws E_TRANSCODE_REFUSED, E_WAIT_TIMEOUT.
 */
export async function waitForTranscode(
  work: Work,
  record: RecordRef,
  upload: AttachmentRef,
  before: MediaBefore,
  seconds: number,
): Promise<void> {
  const step = work.progress.step(`waiting for the transcode of ${upload.name}`);
  const deadline = work.nowMs() + seconds * 1000;
  let sawChange = false;
  try {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(SLOWEST_POLL_MS, pollMs * 1.5)) {
      const now = await work.site.read(record, [MP4_FIELD, STATUS_FIELD, "sg_uploaded_movie"], work.signal);
      if (!now)
        throw new SgmediaError(
          "E_RECORD_MISSING",
          `${formatRef(record)} was deleted while its transcode was awaited.`,
        );
      const current = attachmentId(work, now.fields["sg_uploaded_movie"]);
      if (current !== null && current !== upload.id) {
        throw new SgmediaError(
          "E_SOURCE_CHANGED",
          `Another upload took the place of ${formatRef(upload)} on ${formatRef(record)}.`,
          {
            why: `The field holds Attachment:${current} now.`,
            fix: "Wait for that one, or upload again.",
          },
        );
      }
      const status = Number(now.fields[STATUS_FIELD] ?? Number.NaN);
      const mp4Id = attachmentId(work, now.fields[MP4_FIELD]);
      if (status !== before.status) sawChange = true;
      if (mp4Id !== null && mp4Id !== before.mp4Id && mp4Id > upload.id && status === 1) break;
      // A 2 that stood there before the upload is told from ours by having seen the status change since.
      if (status === 2 && sawChange) {
        throw new SgmediaError("E_TRANSCODE_REFUSED", `The site could not transcode "${upload.name}".`, {
          why: `${STATUS_FIELD} is 2. The upload itself stands as ${formatRef(upload)}.`,
          fix: "Check that the file plays, then send an H.264 or ProRes movie, or a jpeg or png.",
        });
      }
      if (work.nowMs() + pollMs > deadline) {
        throw new SgmediaError(
          "E_WAIT_TIMEOUT",
          `The transcode of "${upload.name}" was not done after ${seconds} s.`,
          {
            why: `The upload stands as ${formatRef(upload)}; the site is still at work.`,
            fix: `sgmedia info --entity ${formatRef(record)}   or wait longer: --wait=${Math.max(60, seconds * 2)}`,
          },
        );
      }
      await work.sleep(pollMs, work.signal);
    }
    step.done(`transcoded ${upload.name}`);
  } catch (thrown) {
    step.failed();
    throw thrown;
  }
}

function attachmentId(work: Work, value: unknown): number | null {
  const media = work.site.decodeMedia(value);
  return media.kind === "upload" ? (media.attachment?.id ?? null) : null;
}
