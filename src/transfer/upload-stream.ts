import { SgmediaError } from "../shared/errors.ts";
import { linkController, throwIfInterrupted } from "./abort.ts";
import { completeUpload } from "./complete-upload.ts";
import type { EngineContext } from "./context.ts";
import { transferId } from "./journal.ts";
import { openUpload } from "./open-upload.ts";
import { OrderedHash } from "./ordered-hash.ts";
import { paced } from "./part-body.ts";
import { LARGEST_PART_BYTES, MIB, MOST_PARTS, SMALLEST_PART_BYTES, streamPartSize } from "./plan.ts";
import { type PartToSend, putPart } from "./put-part.ts";
import { recallUpload } from "./recall-upload.ts";
import { putWhole } from "./send-whole.ts";
import { StreamReader } from "./stream-reader.ts";
import type { UploadJob, UploadOutcome } from "./types.ts";
import { withUploadLock } from "./upload-file.ts";
import { outcomeEtag } from "./upload-once.ts";
import { UploadRun } from "./upload-run.ts";

/** Parts are kept in memory until the storage has them: this much of them, but always two. */
const MOST_IN_MEMORY_BYTES = 32 * MIB;

/**
 * Sends a stream of unknown length: in one PUT when it ends within the first part, else as multipart. It cannot be gone on with after a
 * failure, since nobody can read it again; its journal is there to close the multipart.
 */
export async function uploadStream<Done>(
  context: EngineContext,
  job: UploadJob<Done>,
  stream: AsyncIterable<Uint8Array>,
): Promise<UploadOutcome<Done>> {
  const run = new UploadRun(context, job, transferId("upload", job.key), "the stream");
  const reader = new StreamReader(stream, job.signal);
  const hash = context.options.hash ? new OrderedHash(context.hashes, ["sha256"], { tiles: true }) : null;
  try {
    return await withUploadLock(run, async () => {
      // Whatever an earlier stream left open is closed first.
      await recallUpload(run, null);
      try {
        return await sendStream(run, reader, hash);
      } catch (thrown) {
        if (!job.signal.aborted) await run.forget().catch(() => {});
        throw thrown;
      }
    });
  } finally {
    reader.stop();
    await hash?.close();
  }
}

async function sendStream<Done>(
  run: UploadRun<Done>,
  reader: StreamReader,
  hash: OrderedHash | null,
): Promise<UploadOutcome<Done>> {
  const partSize = partSizes(run.context.options.partSizeBytes);
  const first = Buffer.allocUnsafeSlow(partSize(1));
  const filled = await reader.fill(first);
  if (filled === 0) {
    throw new SgmediaError("E_INPUT_EMPTY", "The stream has no bytes.", {
      fix: "Check what should have written it.",
    });
  }
  const short = await reader.hasEnded();
  const about = { identity: null, partSizeBytes: null };
  if (!short) await run.beginJournal(about);
  const opened = await openUpload(run, !short);
  if (!short && opened.mode !== "multipart") {
    throw new SgmediaError("E_USAGE", "This site takes no streams of that length.", {
      why: "Its storage takes a file in one piece and wants to know its length first.",
      fix: "Write the stream to a file, then upload that.",
    });
  }
  run.progress.event({
    kind: "opened",
    mode: opened.mode,
    sizeBytes: short ? filled : null,
    partCount: short ? 1 : null,
  });

  let sizeBytes = filled;
  if (short) await putWhole(run, await memoryPart(run, 1, first.subarray(0, filled), hash));
  else sizeBytes = await sendStreamParts(run, reader, hash, first, partSize);
  const sha256 = hash ? ((await hash.finish()).sha256 ?? null) : null;
  run.progress.flush();
  await run.noteCompleting(about);
  const etag = outcomeEtag(run, !short);
  const done = await completeUpload(run, { ours: { sizeBytes, etag, path: null }, askedAtMs: null });
  await run.finishJournal();
  const counts = { count: run.parts.size, sent: run.parts.size, resumed: 0 };
  return {
    done,
    sizeBytes,
    sha256,
    etag,
    partSizeBytes: first.length,
    parts: counts,
  };
}

/** Reads a part while others are sent. Returns how much the stream was. */
async function sendStreamParts(
  run: UploadRun<unknown>,
  reader: StreamReader,
  hash: OrderedHash | null,
  first: Buffer,
  partSize: (number: number) => number,
): Promise<number> {
  const { controller, unlink } = linkController(run.job.signal);
  const running = new Set<Promise<void>>();
  const spare: Buffer[] = [];
  let failure: { thrown: unknown } | null = null;
  let sizeBytes = 0;
  const start = async (number: number, buffer: Buffer, bytes: number): Promise<void> => {
    const part = await memoryPart(run, number, buffer.subarray(0, bytes), hash);
    const one = putPart(run, run.opened?.ticket ?? {}, part, controller.signal, false)
      .then(({ replyText: _, ...accepted }) => run.noteAccepted(number, accepted))
      .then(() => {
        spare.push(buffer);
      })
      .catch((thrown: unknown) => {
        failure ??= { thrown };
        controller.abort();
      })
      .finally(() => running.delete(one));
    running.add(one);
    sizeBytes += bytes;
  };
  try {
    await start(1, first, first.length);
    for (let number = 2; !(await reader.hasEnded()); number += 1) {
      const size = partSize(number);
      const most = Math.max(
        2,
        Math.min(run.context.governor.limit + 1, Math.floor(MOST_IN_MEMORY_BYTES / size)),
      );
      // One of them is the one that is being read.
      while (running.size >= most - 1) await Promise.race(running);
      if (controller.signal.aborted) break;
      if (number > MOST_PARTS) throw tooLong();
      const kept = spare.pop();
      const buffer = kept?.length === size ? kept : Buffer.allocUnsafeSlow(size);
      await start(number, buffer, await reader.fill(buffer));
    }
  } catch (thrown) {
    failure ??= { thrown };
    controller.abort();
  }
  await Promise.all(running);
  unlink();
  const failed = failure as { thrown: unknown } | null;
  if (failed) throw failed.thrown;
  throwIfInterrupted(run.job.signal);
  return sizeBytes;
}

async function memoryPart(
  run: UploadRun<unknown>,
  number: number,
  bytes: Uint8Array,
  hash: OrderedHash | null,
): Promise<PartToSend> {
  await hash?.update(bytes);
  const md5 = hash ? hash.endTile() : null;
  // A failure is thrown where the part is compared.
  md5?.catch(() => {});
  return {
    number,
    bytes: bytes.length,
    what: `part ${number} of ${run.label}`,
    body: (watch) => slices(bytes, watch),
    md5: async () => md5,
    recheck: async () => {},
  };
}

/** In pieces, so that progress and silence are seen. */
async function* slices(bytes: Uint8Array, watch: Parameters<typeof paced>[1]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += MIB) yield* paced(bytes.subarray(at, at + MIB), watch);
}

function partSizes(asked: number | null): (number: number) => number {
  if (asked === null) return streamPartSize;
  const size = Math.min(LARGEST_PART_BYTES, Math.max(SMALLEST_PART_BYTES, asked));
  return () => size;
}

function tooLong(): SgmediaError {
  return new SgmediaError("E_USAGE", "The stream is longer than 10,000 parts.", {
    why: "The storage takes no more parts, and a stream is sent in parts that fit into memory.",
    fix: "Give a larger --part-size, or write it to a file first.",
  });
}
