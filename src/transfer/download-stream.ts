import { SgmediaError } from "../shared/errors.ts";
import type { EngineContext } from "./context.ts";
import { digestRemote } from "./digest-remote.ts";
import { assertExpectedSize } from "./download-file.ts";
import { compositeEtag, inferPartSizes, plainEtag } from "./etag.ts";
import { StartOver } from "./failure.ts";
import { OrderedHash } from "./ordered-hash.ts";
import { Progress } from "./progress.ts";
import { checksumOf, mismatch, type Proof } from "./prove-file.ts";
import { readOrdered } from "./read-ordered.ts";
import { Remote } from "./remote.ts";
import { Ledger } from "./retry.ts";
import { StreamSink } from "./stream-sink.ts";
import { TileHash } from "./tile-hash.ts";
import type { DownloadJob, DownloadOutcome } from "./types.ts";

/**
 * Brings what is stored to a stream, in order, and verifies it at the end: what was written cannot be taken back, but a wrong checksum ends in
 * E_MISMATCH. A reader that went away ends in E_INTERRUPTED, whose cause has the code EPIPE.
 */
export async function downloadStream(
  context: EngineContext,
  job: DownloadJob,
  stream: NodeJS.WritableStream,
): Promise<DownloadOutcome> {
  const label = "the download";
  const progress = new Progress(job.onEvent);
  const hashed = context.options.hash;
  const hash = hashed ? new OrderedHash(context.hashes, ["sha256", "md5"]) : null;
  let tiles: TileHash | null = null;
  const sink = new StreamSink(stream, job.signal);
  const remote = new Remote(context, job.port, {
    label,
    ledger: new Ledger(),
    onEvent: progress.event,
    onLearned: async (object) => {
      assertExpectedSize({ job, label }, object.sizeBytes);
      progress.event({ kind: "opened", mode: "download", sizeBytes: object.sizeBytes, partCount: null });
      const sum = checksumOf(object);
      const size =
        sum.kind === "composite" && object.sizeBytes
          ? inferPartSizes(object.sizeBytes, sum.parts)[0]
          : undefined;
      if (hashed && size !== undefined) tiles = new TileHash(context.hashes, size);
    },
  });
  try {
    const sizeBytes = await readOrdered(context, remote, job.signal, async (chunk) => {
      await hash?.update(chunk);
      await (tiles as TileHash | null)?.update(chunk);
      await sink.write(chunk);
      progress.accept(chunk.length);
    });
    progress.flush();
    const { object } = remote;
    if (!object) throw new Error("read without an answer");
    const proof = await prove();
    const etag = plainEtag(object.etag);
    return { sizeBytes, ...proof, etag, contentType: object.contentType, ranges: { count: 1, resumed: 0 } };
  } catch (thrown) {
    if (!(thrown instanceof StartOver)) throw thrown;
    throw new SgmediaError("E_STORAGE", "What is stored changed while it was read.", {
      why: `${thrown.message}.`,
      fix: "Run the command again: what was written to the stream until now is of no use.",
    });
  } finally {
    sink.close();
    await hash?.close();
    await (tiles as TileHash | null)?.close();
  }

  async function prove(): Promise<Proof> {
    if (!hash || !remote.object) return { sha256: null, checkedBy: "size" };
    const { sha256 = null, md5 = "" } = await hash.finish();
    const expected = job.expect?.sha256;
    if (expected !== undefined && expected.toLowerCase() !== sha256)
      throw mismatch(label, "SHA-256", sha256 ?? "", expected);
    const sum = checksumOf(remote.object);
    if (sum.kind === "md5") {
      if (sum.md5 !== md5) throw mismatch(label, "MD5", md5, sum.md5);
      return { sha256, checkedBy: "md5" };
    }
    if (sum.kind !== "composite") return { sha256, checkedBy: "size" };
    const md5s = await (tiles as TileHash | null)?.finish();
    if (md5s && compositeEtag(md5s) === sum.etag) return { sha256, checkedBy: "composite" };
    progress.note("The checksum is of parts of an unknown size: reading a second time to compare.");
    const again = await digestRemote(context, job.port, label, remote.object, job.signal);
    if (again.sha256 !== sha256) throw mismatch(label, "SHA-256", sha256 ?? "", again.sha256);
    return { sha256, checkedBy: "size" };
  }
}
