import { basename, dirname } from "node:path";
import { toPrintf, zeroCookie } from "./cookie.ts";
import type { FindOptions } from "./find-sequence.ts";
import { type FoundSequence, foundOf } from "./found-sequence.ts";
import { FramesAbsent, frameError } from "./frame-error.ts";
import { groupByWidth } from "./frame-name.ts";
import { type FramesOnDisk, framesIn } from "./read-folder.ts";
import { readSequence, type SequenceText } from "./read-sequence.ts";
import { expandStereo, isStereoText } from "./stereo.ts";

/** What is on disk for one eye, or for a sequence that has no eyes. */
interface Eye extends FramesOnDisk {
  readonly pattern: string;
}

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
  return foundOf(sequence, frames, warnings, eyes[0]?.pattern);
}

/** The first pair of eyes whose left one has frames, as RV takes it. */
async function readEyes(path: string, options: FindOptions): Promise<Eye[]> {
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
  throw new FramesAbsent(
    `No eye of ${path} is there.`,
    `Looked for ${pairs.map(([left]) => left).join(", ")}.`,
    "Check the path, or set RV_STEREO_NAME_PAIRS to the words you use.",
  );
}

function ignoreMissing(signal: AbortSignal): (thrown: unknown) => undefined {
  return (thrown) => {
    if (signal.aborted || !(thrown instanceof FramesAbsent)) throw thrown;
  };
}

async function readFrames(sequence: SequenceText, signal: AbortSignal): Promise<Eye> {
  const folder = dirname(sequence.pattern);
  const prefix = sequence.prefix.slice(sequence.prefix.length - prefixLength(sequence));
  const { cookie, suffix, pattern } = sequence;
  return { ...(await framesIn(folder, { prefix, cookie, suffix }, signal)), pattern };
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

function refuseEmpty(sequence: SequenceText, eyes: readonly Eye[]): never {
  const [other] = groupByWidth(
    sequence.prefix,
    sequence.suffix,
    eyes.flatMap((eye) => eye.otherDigits),
  );
  const message = `No frame of ${sequence.pattern} is there.`;
  if (!other) {
    throw new FramesAbsent(message, null, "Check the path, and that the shared file system is mounted here.");
  }
  const cookie = toPrintf(zeroCookie(other.padding));
  throw frameError(
    message,
    `The frames on disk are written ${cookie}, not ${sequence.cookie.text}: RV would find none.`,
    `Type ${sequence.prefix}${cookie}${sequence.suffix}`,
  );
}
