import { basename, dirname } from "node:path";
import type { FindOptions } from "./find-sequence.ts";
import { type FoundSequence, foundOf } from "./found-sequence.ts";
import { frameError } from "./frame-error.ts";
import { groupByWidth } from "./frame-name.ts";
import { type FramesOnDisk, framesIn } from "./read-folder.ts";
import { readSequence, type SequenceText } from "./read-sequence.ts";
import { expandStereo, isStereoText } from "./stereo.ts";

/** The sequence that an absolute notation names, looked up on disk: both eyes of a stereo one. Throws E_FRAMES. */
export async function findByText(path: string, options: FindOptions): Promise<FoundSequence> {
  const sequence = readSequence(path);
  const eyes = isStereoText(path)
    ? await readEyes(path, options)
    : [await readFrames(sequence, options.signal)];
  const frames = common(eyes.map((eye) => eye.frames));
  if (frames.length === 0) refuseEmpty(sequence, eyes);
  const others = eyes.reduce((sum, eye) => sum + eye.otherDigits.length, 0);
  const warnings =
    others > 0 ? [`${others} files differ in how the frame number is written, and are left out.`] : [];
  return foundOf(sequence, frames, warnings);
}

/** The first pair of eyes whose left one has frames, as RV takes it. */
async function readEyes(path: string, options: FindOptions): Promise<FramesOnDisk[]> {
  const pairs = expandStereo(path, options.env);
  for (const [left, right] of pairs) {
    const mine = await readFrames(readSequence(left), options.signal).catch(ignoreMissing(options.signal));
    if (!mine || mine.frames.length === 0) continue;
    const other = await readFrames(readSequence(right), options.signal).catch(ignoreMissing(options.signal));
    if (other && other.frames.length > 0) return [mine, other];
    throw frameError(
      `The right eye of ${path} is not there.`,
      `The left one is ${left}, the right one would be ${right}.`,
      "Render both, or give one eye's own path.",
    );
  }
  throw frameError(
    `No eye of ${path} is there.`,
    `Looked for ${pairs.map(([left]) => left).join(", ")}.`,
    "Check the path, or set RV_STEREO_NAME_PAIRS to the words you use.",
  );
}

function ignoreMissing(signal: AbortSignal): (thrown: unknown) => undefined {
  return (thrown) => {
    if (signal.aborted) throw thrown;
  };
}

async function readFrames(sequence: SequenceText, signal: AbortSignal): Promise<FramesOnDisk> {
  const folder = dirname(sequence.pattern);
  const prefix = sequence.prefix.slice(sequence.prefix.length - prefixLength(sequence));
  return framesIn(folder, { prefix, cookie: sequence.cookie, suffix: sequence.suffix }, signal);
}

function prefixLength({ pattern, prefix }: SequenceText): number {
  return basename(pattern).length - (pattern.length - prefix.length);
}

/** Frames that every eye has. */
function common(lists: readonly (readonly number[])[]): number[] {
  const [first = [], ...rest] = lists;
  const sets = rest.map((list) => new Set(list));
  return first.filter((frame) => sets.every((set) => set.has(frame)));
}

function refuseEmpty(sequence: SequenceText, eyes: readonly FramesOnDisk[]): never {
  const [other] = groupByWidth(
    sequence.prefix,
    sequence.suffix,
    eyes.flatMap((eye) => eye.otherDigits),
  );
  const cookie = other && (other.padding > 1 ? `%0${other.padding}d` : "%d");
  throw frameError(
    `No frame of ${sequence.pattern} is there.`,
    other
      ? `The frames on disk are written ${cookie}, not ${sequence.cookie.text}: RV would find none.`
      : null,
    other
      ? `Type ${sequence.prefix}${cookie}${sequence.suffix}`
      : "Check the path, and that the shared file system is mounted here.",
  );
}
