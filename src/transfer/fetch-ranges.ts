import { linkController, throwIfInterrupted } from "./abort.ts";
import type { DownloadRun } from "./download-run.ts";
import { chooseRangeSize, cutStretches, MIB, type Stretch } from "./plan.ts";
import type { Place, Remote } from "./remote.ts";
import { StretchWriter } from "./stretch-writer.ts";

/** The first request asks for this much: what is no larger comes in one. */
export const FIRST_RANGE_BYTES = 32 * MIB;
const AHEAD = 1;
/** With less left than this, or sooner done than this, a range is left alone. */
const WORTH_SHARING_BYTES = 2 * MIB;
const WORTH_SHARING_MS = 500;
const LOOK_EVERY_MS = 200;

/** A range that is being fetched. */
interface Running {
  readonly place: Place;
  readonly from: number;
  readonly startedAtMs: number;
  readonly done: Promise<void>;
}

/**
 * Brings everything that is missing into the unfinished file, in ranges at once. `learned` resolves when the first answer said what is
 * there. Returns how many ranges it took, and how many an earlier run had brought. The first failure for good ends all of them; what came until then is kept.
 */
export async function fetchRanges(
  run: DownloadRun,
  remote: Remote,
  learned: Promise<void>,
): Promise<{ count: number; resumed: number }> {
  const { controller, unlink } = linkController(run.job.signal);
  run.context.governor.loseNothing();
  const running = new Set<Running>();
  const anyDone = (): Promise<void> => Promise.race([...running].map((each) => each.done));
  let failure: { thrown: unknown } | null = null;
  let count = 0;
  let resumed = 0;
  let allBegun = false;
  let lookedAtMs = 0;
  const start = (from: number, to: number): Promise<void> => {
    count += 1;
    const place = { at: from, to };
    const startedAtMs = run.context.nowMs();
    const done = fetchRange(run, remote, place, controller.signal, shareTheLast)
      .catch((thrown: unknown) => {
        failure ??= { thrown };
        controller.abort();
      })
      .finally(() => running.delete(one));
    const one: Running = { place, from, startedAtMs, done };
    running.add(one);
    return done;
  };
  /** When no range is left to begin, one that fell behind gives half of its rest to a connection of its own. Asked at every chunk: nothing else happens any more. */
  const shareTheLast = (): void => {
    const nowMs = run.context.nowMs();
    if (!allBegun || nowMs - lookedAtMs < LOOK_EVERY_MS || controller.signal.aborted) return;
    lookedAtMs = nowMs;
    if (running.size >= run.context.governor.limit) return;
    const late = findLate(run, remote, running);
    if (!late) return;
    const { to } = late.place;
    late.place.to = Math.ceil((late.place.at + to) / 2);
    void start(late.place.to, to);
  };
  const room = async (): Promise<void> => {
    while (running.size >= run.context.governor.limit + AHEAD)
      await Promise.race([anyDone(), run.context.governor.nextLook]);
  };
  try {
    const asked = run.context.options.partSizeBytes;
    let planned = 0;
    if (run.object === null) {
      planned = asked ?? FIRST_RANGE_BYTES;
      await Promise.race([learned, start(0, planned)]);
    }
    const rangeBytes = asked ?? chooseRangeSize(remote.object?.sizeBytes ?? 0);
    resumed = heldRanges(run, rangeBytes);
    for (const { offset, bytes } of missing(run, remote, planned, rangeBytes)) {
      await room();
      if (controller.signal.aborted) break;
      void start(offset, offset + bytes);
    }
    allBegun = true;
    while (running.size > 0) await anyDone();
  } finally {
    unlink();
  }
  const failed = failure as { thrown: unknown } | null;
  if (failed) throw failed.thrown;
  throwIfInterrupted(run.job.signal);
  return { count: count + resumed, resumed };
}

/** The range that will need longest. */
function findLate(run: DownloadRun, remote: Remote, running: ReadonlySet<Running>): Running | undefined {
  const { limiter, nowMs } = run.context;
  if (!remote.object?.ranged || !limiter.unlimited) return undefined;
  let latest: Running | undefined;
  let mostMs = WORTH_SHARING_MS;
  for (const each of running) {
    const { at, to } = each.place;
    const elapsedMs = nowMs() - each.startedAtMs;
    // What has brought nothing yet may only be waiting for its turn.
    const isSlow = at > each.from && elapsedMs >= WORTH_SHARING_MS;
    if (!isSlow || to - at < WORTH_SHARING_BYTES) continue;
    const leftMs = ((to - at) * elapsedMs) / (at - each.from);
    if (leftMs <= mostMs) continue;
    mostMs = leftMs;
    latest = each;
  }
  return latest;
}

function heldRanges(run: DownloadRun, rangeBytes: number): number {
  const held = run.resumedBytes;
  return held === 0 ? 0 : Math.max(1, Math.floor(held / rangeBytes));
}

/** What nobody has asked for yet. */
function missing(run: DownloadRun, remote: Remote, planned: number, rangeBytes: number): Stretch[] {
  const { object } = remote;
  if (!object?.ranged || object.sizeBytes === null) return [];
  const gaps = run.held.missing(object.sizeBytes).flatMap(({ offset, bytes }) => {
    const from = Math.max(offset, planned);
    return offset + bytes > from ? [{ offset: from, bytes: offset + bytes - from }] : [];
  });
  return cutStretches(gaps, rangeBytes);
}

async function fetchRange(
  run: DownloadRun,
  remote: Remote,
  place: Place,
  signal: AbortSignal,
  onChunk: () => void,
): Promise<void> {
  const from = place.at;
  let writer: StretchWriter | null = null;
  let writtenTo = from;
  try {
    await remote.read(
      place,
      (chunk) => {
        if (!run.partial) throw new Error("bytes without a file");
        writer ??= new StretchWriter(run.partial, from, {
          rangesAtOnce: run.context.governor.limit,
          giveBack: (each) => run.context.client.giveBack(each),
          onWritten: (offset, bytes) => {
            writtenTo = offset + bytes;
            run.noteWritten(offset, bytes);
          },
        });
        onChunk();
        return writer.push(chunk);
      },
      signal,
    );
    await (writer as StretchWriter | null)?.flush();
  } finally {
    // What came before a failure is kept as well.
    await (writer as StretchWriter | null)?.flush().catch(() => {});
    run.settle(from, writtenTo - from);
  }
}
