import { type FrameRange, type FrameRun, formatRange, framesOf, gatherRuns, runOf } from "./frame-range.ts";

const MOST_LISTED = 1000;
const MOST_RUNS = 20;

/** The frames that should be there and are not. */
export interface Gaps {
  readonly count: number;
  /** The first thousand of them. */
  readonly frames: readonly number[];
  /** `1004,1010-1012`, cut after twenty runs; empty where nothing is missing. */
  readonly text: string;
}

/** What of a range is missing. `present`: ascending, each once. A plain range costs the files, not the frames. */
export function findGaps(expected: FrameRange, present: readonly number[]): Gaps {
  const [only] = expected;
  const runs =
    only && expected.length === 1 && only.step === 1
      ? gapsBetween(only, present)
      : gatherRuns(absentOf(expected, new Set(present)));
  const frames: number[] = [];
  for (const frame of framesOfRuns(runs)) {
    if (frames.length === MOST_LISTED) break;
    frames.push(frame);
  }
  const count = runs.reduce((sum, run) => sum + (run.last - run.first) / run.step + 1, 0);
  const more = runs.length > MOST_RUNS ? ` and ${runs.length - MOST_RUNS} more gaps` : "";
  return { count, frames, text: `${formatRange(runs.slice(0, MOST_RUNS))}${more}` };
}

function gapsBetween(whole: FrameRun, present: readonly number[]): FrameRun[] {
  const runs: FrameRun[] = [];
  let next = whole.first;
  for (const frame of present) {
    if (frame < next || frame > whole.last) continue;
    if (frame > next) runs.push(runOf(next, frame - 1));
    next = frame + 1;
  }
  if (next <= whole.last) runs.push(runOf(next, whole.last));
  return runs;
}

function* absentOf(expected: FrameRange, present: ReadonlySet<number>): Generator<number> {
  for (const frame of framesOf(expected)) if (!present.has(frame)) yield frame;
}

/** Runs that follow each other and do not overlap. */
function* framesOfRuns(runs: readonly FrameRun[]): Generator<number> {
  for (const run of runs) for (let frame = run.first; frame <= run.last; frame += run.step) yield frame;
}
