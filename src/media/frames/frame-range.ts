/** Frames `first`, `first + step`, … up to `last`, both ends included; step 1 or more. */
export interface FrameRun {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** Frames as runs, so that a billion of them are no list. Runs may overlap; each frame counts once. */
export type FrameRange = readonly FrameRun[];

export function runOf(first: number, last: number, step = 1): FrameRun {
  return { first, last: first + Math.floor((last - first) / step) * step, step };
}

/** Every frame once, ascending, without a list of them. */
export function* framesOf(range: FrameRange): Generator<number> {
  const next = range.map((run) => run.first);
  for (;;) {
    let least = Number.POSITIVE_INFINITY;
    for (const frame of next) if (frame < least) least = frame;
    if (least === Number.POSITIVE_INFINITY) return;
    yield least;
    range.forEach((run, at) => {
      if (next[at] === least)
        next[at] = least + run.step <= run.last ? least + run.step : Number.POSITIVE_INFINITY;
    });
  }
}

/** How many frames a range has. Only runs that overlap with a step are counted one by one. */
export function countFrames(range: FrameRange): number {
  const sorted = joinRuns(range);
  const apart = sorted.every((run, at) => at === 0 || run.first > lastBefore(sorted, at));
  if (apart) return sorted.reduce((sum, run) => sum + countRun(run), 0);
  let count = 0;
  for (const _frame of framesOf(sorted)) count += 1;
  return count;
}

export function countRun(run: FrameRun): number {
  return Math.floor((run.last - run.first) / run.step) + 1;
}

/** First and last frame of a range that has one. */
export function spanOf(range: FrameRange): { first: number; last: number } | undefined {
  if (range.length === 0) return undefined;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const run of range) {
    first = Math.min(first, run.first);
    last = Math.max(last, run.last);
  }
  return { first, last };
}

function joinRuns(range: FrameRange): FrameRun[] {
  const joined: FrameRun[] = [];
  for (const run of [...range].sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before && before.step === 1 && run.step === 1 && run.first <= before.last + 1) {
      joined[joined.length - 1] = { ...before, last: Math.max(before.last, run.last) };
    } else joined.push(run);
  }
  return joined;
}

function lastBefore(sorted: FrameRange, at: number): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const run of sorted.slice(0, at)) last = Math.max(last, run.last);
  return last;
}

/** Ascending frames gathered into runs: of step 1 from two frames on, of another step from three. */
export function gatherRuns(frames: Iterable<number>): FrameRun[] {
  const runs: { first: number; last: number; step: number; count: number }[] = [];
  for (const frame of frames) {
    const run = runs.at(-1);
    if (!run) runs.push({ first: frame, last: frame, step: 1, count: 1 });
    else if (run.count === 1) Object.assign(run, { last: frame, step: frame - run.first, count: 2 });
    else if (frame - run.last === run.step) Object.assign(run, { last: frame, count: run.count + 1 });
    else if (run.count === 2 && run.step > 1) {
      // Two frames make no run of their own: the second may begin the next one.
      const second = run.last;
      Object.assign(run, { last: run.first, step: 1, count: 1 });
      runs.push({ first: second, last: frame, step: frame - second, count: 2 });
    } else runs.push({ first: frame, last: frame, step: 1, count: 1 });
  }
  return runs.flatMap(({ first, last, step, count }) =>
    count === 2 && step > 1
      ? [runOf(first, first), runOf(last, last)]
      : [{ first, last, step: count === 1 ? 1 : step }],
  );
}

/** `1-5,7,9-19x2`, as RV reads it; frames ascending, or runs. */
export function formatRange(range: FrameRange): string {
  return range
    .map(({ first, last, step }) =>
      first === last ? `${first}` : `${first}-${last}${step === 1 ? "" : `x${step}`}`,
    )
    .join(",");
}
