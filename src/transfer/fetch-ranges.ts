import { linkController, throwIfInterrupted } from "./abort.ts";
import type { DownloadRun } from "./download-run.ts";
import { choosePartSize, cutStretches, MIB, type Stretch } from "./plan.ts";
import type { Remote } from "./remote.ts";
import { StretchWriter } from "./stretch-writer.ts";

/** The first request asks for this much: what is no larger comes in one. */
export const FIRST_RANGE_BYTES = 32 * MIB;
const AHEAD = 1;

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
  const running = new Set<Promise<void>>();
  let failure: { thrown: unknown } | null = null;
  let count = 0;
  let resumed = 0;
  const start = (from: number, to: number): Promise<void> => {
    count += 1;
    const one = fetchRange(run, remote, from, to, controller.signal)
      .catch((thrown: unknown) => {
        failure ??= { thrown };
        controller.abort();
      })
      .finally(() => running.delete(one));
    running.add(one);
    return one;
  };
  try {
    const asked = run.context.options.partSizeBytes;
    let planned = 0;
    if (run.object === null) {
      planned = asked ?? FIRST_RANGE_BYTES;
      await Promise.race([learned, start(0, planned)]);
    }
    const rangeBytes = asked ?? choosePartSize(remote.object?.sizeBytes ?? 0);
    resumed = heldRanges(run, rangeBytes);
    for (const { offset, bytes } of missing(run, remote, planned, rangeBytes)) {
      while (running.size >= run.context.governor.limit + AHEAD) await Promise.race(running);
      if (controller.signal.aborted) break;
      void start(offset, offset + bytes);
    }
    await Promise.all(running);
  } finally {
    unlink();
  }
  const failed = failure as { thrown: unknown } | null;
  if (failed) throw failed.thrown;
  throwIfInterrupted(run.job.signal);
  return { count: count + resumed, resumed };
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
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<void> {
  let writer: StretchWriter | null = null;
  let writtenTo = from;
  try {
    await remote.read(
      from,
      to,
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
