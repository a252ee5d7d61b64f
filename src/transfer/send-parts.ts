import { linkController, throwIfInterrupted } from "./abort.ts";
import type { FileHash } from "./file-hash.ts";
import { readBody } from "./part-body.ts";
import type { Part } from "./plan.ts";
import { putPart } from "./put-part.ts";
import type { SourceFile } from "./source-file.ts";
import type { UploadRun } from "./upload-run.ts";

/** So many parts, for each in a slot, already get their URL or still wait for their hash. */
const AHEAD = 0.5;

/** Sends the parts that are missing, as many at once as the governor lets. The first failure for good ends all of them. */
export async function sendParts(
  run: UploadRun<unknown>,
  source: SourceFile,
  tiles: readonly Part[],
  hash: FileHash | null,
): Promise<void> {
  const { controller, unlink } = linkController(run.job.signal);
  const running = new Set<Promise<void>>();
  let failure: { thrown: unknown } | null = null;
  try {
    for (const tile of tiles) {
      if (run.parts.has(tile.number)) continue;
      while (running.size >= run.context.governor.limit * (1 + AHEAD))
        await Promise.race([...running, run.context.governor.nextLook]);
      if (controller.signal.aborted) break;
      const one = sendPart(run, source, tile, hash, controller.signal)
        .catch((thrown: unknown) => {
          failure ??= { thrown };
          controller.abort();
        })
        .finally(() => running.delete(one));
      running.add(one);
    }
    await Promise.all(running);
  } finally {
    unlink();
  }
  const failed = failure as { thrown: unknown } | null;
  if (failed) throw failed.thrown;
  throwIfInterrupted(run.job.signal);
}

async function sendPart(
  run: UploadRun<unknown>,
  source: SourceFile,
  tile: Part,
  hash: FileHash | null,
  signal: AbortSignal,
): Promise<void> {
  const { offset, bytes, number } = tile;
  const part = {
    number,
    bytes,
    what: `part ${number} of ${run.label}`,
    body: (watch: Parameters<typeof readBody>[3]) => readBody(source, offset, bytes, watch),
    started: () => hash?.ready(offset, bytes),
    md5: async () => (hash ? hash.tileMd5(number - 1) : null),
    recheck: async () => {
      await source.assertUnchanged();
      const again = hash ? await hash.md5(offset, bytes) : null;
      if (hash && again !== (await hash.tileMd5(number - 1)))
        throw source.changed(`Part ${number} reads differently now.`);
    },
  };
  const { replyText: _, ...accepted } = await putPart(run, run.opened?.ticket ?? {}, part, signal, false);
  await source.assertUnchanged();
  await run.noteAccepted(number, accepted);
}
