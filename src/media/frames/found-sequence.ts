import { dirname } from "node:path";
import { FramesAbsent, frameError } from "./frame-error.ts";
import { countFrames, type FrameRange, formatRange, runOf } from "./frame-range.ts";
import { findGaps } from "./gaps.ts";
import type { SequenceText } from "./read-sequence.ts";
import { isStereoText } from "./stereo.ts";

/** A sequence on disk. */
export interface FoundSequence {
  /** Absolute; `%V` and `%v` kept. */
  readonly directory: string;
  /** Absolute, with the frame number as printf writes it and without a range; `%V` and `%v` kept. */
  readonly pattern: string;
  /** The pattern that names files: the left eye's where there are two, else the same. */
  readonly filePattern: string;
  readonly first: number;
  readonly last: number;
  /** Frames that are on disk. */
  readonly count: number;
  /** Frames that there should be from first to last, or in the range that was named. */
  readonly expectedCount: number;
  /** `1001-1100`, or the range that was named: `1-91x10`. */
  readonly rangeText: string;
  /** Characters that a frame number has at least; 0: not padded. */
  readonly padding: number;
  /** The first thousand missing frames. */
  readonly missing: readonly number[];
  readonly missingCount: number;
  /** `1004,1010-1012`; empty where nothing is missing. */
  readonly missingText: string;
  readonly stereo: boolean;
  readonly warnings: readonly string[];
}

/** The facts of a sequence whose frames were read from disk. `frames`: ascending. Throws E_FRAMES where none is there. */
export function foundOf(
  sequence: SequenceText,
  frames: readonly number[],
  warnings: readonly string[],
  filePattern: string = sequence.pattern,
): FoundSequence {
  const { range, pattern } = sequence;
  const named = range ? withinRange(range.runs, frames) : frames;
  const [first, last] = [named[0], named.at(-1)];
  if (first === undefined || last === undefined) {
    const message = `No frame of ${pattern} is there${range ? ` from ${range.text}` : ""}.`;
    if (frames.length === 0) throw new FramesAbsent(message, null, "Check the path.");
    const onDisk = `On disk are ${frames[0]} to ${frames.at(-1)}.`;
    throw frameError(message, onDisk, "Leave the range out to take what is on disk.");
  }
  const expected: FrameRange = range?.runs ?? [runOf(first, last)];
  const gaps = findGaps(expected, named);
  return {
    directory: dirname(pattern),
    pattern,
    filePattern,
    first: range?.first ?? first,
    last: range?.last ?? last,
    count: named.length,
    expectedCount: countFrames(expected),
    rangeText: range?.text ?? formatRange(expected),
    padding: sequence.cookie.width,
    missing: gaps.frames,
    missingCount: gaps.count,
    missingText: gaps.text,
    stereo: isStereoText(pattern),
    warnings: [...sequence.warnings, ...warnings],
  };
}

function withinRange(runs: FrameRange, frames: readonly number[]): number[] {
  return frames.filter((frame) =>
    runs.some((run) => frame >= run.first && frame <= run.last && (frame - run.first) % run.step === 0),
  );
}
