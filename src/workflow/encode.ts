import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { encodeFrames, findFfmpeg } from "../media/ffmpeg/index.ts";
import { type FoundSequence, findSequence } from "../media/frames/index.ts";
import { cleanName } from "../paths/clean-name.ts";
import { SgmediaError } from "../shared/errors.ts";
import type { Work } from "./types.ts";

/** What a review movie plays at where nothing says otherwise: the rate that the site assumes (contract/local-storage.md E). */
const USUAL_FRAME_RATE = 24;

export interface EncodeInput {
  /** A folder of frames, one frame, or a sequence's name. */
  readonly path: string;
  /** Frames a second; null: 24. */
  readonly frameRate: number | null;
  /** Where the movie's own temporary folder is made; null: the system's. */
  readonly folder: string | null;
}

export interface EncodedReview {
  /** Absolute path of the movie, named after the sequence: `shot.mp4`. */
  readonly movie: string;
  readonly sequence: FoundSequence;
  /** Removes the movie and its folder. */
  release(): Promise<void>;
}

/**
 * A review movie of a frame sequence, in a temporary folder until it is released; of a stereo one the left eye. Nothing is left behind
 * when it fails. Throws E_FRAMES (none, several, gaps by number), E_FFMPEG.
 */
export async function encodeForReview(work: Work, input: EncodeInput): Promise<EncodedReview> {
  const sequence = await findSequence(resolve(work.cwd, input.path), work);
  assertEncodable(sequence);
  const ffmpeg = await findFfmpeg(work.env);
  const folder = await mkdtemp(join(input.folder ?? tmpdir(), "sgmedia-encode-"));
  const release = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const movie = join(folder, movieName(sequence));
  const label = `Encoding ${basename(sequence.pattern)}`;
  const step = work.progress.step(label);
  try {
    await encodeFrames(
      ffmpeg,
      {
        pattern: sequence.filePattern,
        firstFrame: sequence.first,
        frameCount: sequence.count,
        frameRate: input.frameRate ?? USUAL_FRAME_RATE,
        output: movie,
      },
      ({ frames }) => step.update(`${label}: ${frames} of ${sequence.count} frames`),
      work.signal,
    );
  } catch (thrown) {
    step.failed();
    await release();
    throw thrown;
  }
  step.done(`${sequence.count} frames of ${basename(sequence.pattern)} encoded`);
  return { movie, sequence, release };
}

/** ffmpeg counts up from the first frame by one and writes numbers with zeros in front. */
function assertEncodable(sequence: FoundSequence): void {
  const name = basename(sequence.pattern);
  if (sequence.missingCount > 0) {
    throw new SgmediaError("E_FRAMES", `${name} has gaps: no movie can be made of it.`, {
      why: `${sequence.missingCount} of ${sequence.expectedCount} frames are missing: ${sequence.missingText}.`,
      fix: "Render them, or name a range that is whole, such as shot.1001-1050%04d.exr",
    });
  }
  if (sequence.last - sequence.first + 1 !== sequence.count) {
    throw new SgmediaError("E_FRAMES", `The range ${sequence.rangeText} of ${name} is not every frame.`, {
      why: "A movie is made of frames that follow each other.",
      fix: `Name ${sequence.first}-${sequence.last} in its place.`,
    });
  }
  if (sequence.first < 0 || /%[1-9]\d*d/.test(name)) {
    throw new SgmediaError("E_FRAMES", `The frame numbers of ${name} cannot be encoded.`, {
      why: "ffmpeg takes numbers from 0 on, with zeros in front or nothing.",
      fix: "Name a range from 0 on, or rename the frames to shot.0001.exr and so on.",
    });
  }
}

function movieName(sequence: FoundSequence): string {
  const stem = basename(sequence.filePattern)
    .replace(/\.[^.%]*$/, "")
    .replace(/[._\s-]*%0?\d*d/, "");
  return `${cleanName(stem, { fallback: "frames" })}.mp4`;
}
