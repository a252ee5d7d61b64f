import { SgmediaError } from "../shared/errors.ts";
import { formatRef, type RecordRef } from "../shared/records.ts";
import type { MediaValue } from "../site/types.ts";
import type { Work } from "./types.ts";

const FIRST_POLL_MS = 1000;
const SLOWEST_POLL_MS = 5000;

/** Waits until a rendition is there: not empty, no placeholder, and to the caller's liking (not a stale one). Throws E_WAIT_TIMEOUT, E_TRANSCODE_REFUSED. */
export async function waitForMedia(
  work: Work,
  record: RecordRef,
  field: string,
  seconds: number,
  accept: (media: MediaValue) => boolean = () => true,
): Promise<MediaValue> {
  const step = work.progress.step(`waiting for ${field} of ${formatRef(record)}`);
  const deadline = work.nowMs() + seconds * 1000;
  try {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(SLOWEST_POLL_MS, pollMs * 1.5)) {
      const media = await work.site.media(record, field, work.signal);
      const ready = media.kind === "picture" ? !media.placeholder : media.kind !== "empty";
      if (ready && accept(media)) {
        step.done();
        return media;
      }
      await assertNotRefused(work, record);
      if (work.nowMs() + pollMs > deadline) {
        throw new SgmediaError(
          "E_WAIT_TIMEOUT",
          `${field} of ${formatRef(record)} was not there after ${seconds} s.`,
          {
            why: "The site is still at work, or will never make it.",
            fix: `sgmedia info --entity ${formatRef(record)}   or wait longer: --wait=${Math.max(60, seconds * 2)}`,
          },
        );
      }
      await work.sleep(pollMs, work.signal);
    }
  } catch (thrown) {
    step.failed();
    throw thrown;
  }
}

async function assertNotRefused(work: Work, record: RecordRef): Promise<void> {
  if (record.type !== "Version") return;
  const found = await work.site.read(record, ["sg_uploaded_movie_transcoding_status"], work.signal);
  if (found?.fields["sg_uploaded_movie_transcoding_status"] !== 2) return;
  throw new SgmediaError(
    "E_TRANSCODE_REFUSED",
    `The site could not transcode the media of ${formatRef(record)}.`,
    {
      why: "sg_uploaded_movie_transcoding_status is 2.",
      fix: `Fetch what was uploaded: sgmedia download --entity ${formatRef(record)}`,
    },
  );
}
