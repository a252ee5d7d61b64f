import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { SgmediaError, systemCode, toSgmediaError } from "../shared/errors.ts";
import { formatBytes } from "../shared/units.ts";
import type { Work } from "./types.ts";

/**
 * Copies a linked file of the shared file system: beside the target, synced, then renamed, so that it appears whole or not at all.
 * Throws E_LOCAL_MISSING naming the path, E_MISMATCH when the source changed meanwhile, E_DISK_FULL, E_DISK.
 */
export async function copyLocalFile(
  work: Work,
  from: string,
  to: { kind: "file"; path: string } | { kind: "stream"; stream: NodeJS.WritableStream },
): Promise<{ sizeBytes: number }> {
  const facts = await stat(from).catch((thrown: unknown) => {
    throw new SgmediaError("E_LOCAL_MISSING", `The linked file ${from} is not on this machine.`, {
      why: `The system answered ${systemCode(thrown) ?? "an error"}.`,
      fix: "Mount the shared file system, or run this where it is mounted.",
      cause: thrown,
    });
  });
  const item = work.progress.item(basename(from), facts.size);
  item.event({ kind: "opened", mode: "download", sizeBytes: facts.size, partCount: 1 });
  let copied = 0;
  const source = createReadStream(from, { highWaterMark: 1 << 20 });
  source.on("data", (chunk) => {
    copied += chunk.length;
    item.event({ kind: "accepted", acceptedBytes: copied });
  });
  const holding = to.kind === "file" ? join(dirname(to.path), `.${basename(to.path)}.copied`) : null;
  try {
    if (to.kind === "stream") await pipeline(source, to.stream, { signal: work.signal, end: false });
    else if (holding !== null) {
      const handle = await open(holding, "w");
      try {
        await pipeline(source, handle.createWriteStream({ autoClose: false }), { signal: work.signal });
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
    const after = await stat(from);
    if (copied !== facts.size || after.mtimeMs !== facts.mtimeMs || after.size !== facts.size) {
      throw new SgmediaError("E_SOURCE_CHANGED", `${from} changed while it was copied.`, {
        fix: "Run the command again once it is finished.",
      });
    }
    if (to.kind === "file" && holding !== null) await rename(holding, to.path);
    item.done(`${formatBytes(copied)} copied from ${from}`);
    return { sizeBytes: copied };
  } catch (thrown) {
    if (holding !== null) await rm(holding, { force: true });
    const error = diskError(thrown, to.kind === "file" ? to.path : "standard output");
    item.failed(error.toDocument());
    throw error;
  }
}

function diskError(thrown: unknown, where: string): SgmediaError {
  const code = systemCode(thrown);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new SgmediaError("E_DISK_FULL", `No space left for ${where}.`, {
      why: code,
      fix: "Free some space, or give another place with -o.",
      cause: thrown,
    });
  }
  if (code === "EACCES" || code === "EROFS" || code === "EPERM") {
    return new SgmediaError("E_DISK", `${where} cannot be written.`, {
      why: code,
      fix: "Give another place with -o.",
      cause: thrown,
    });
  }
  if (code === "ABORT_ERR")
    return new SgmediaError("E_INTERRUPTED", "Interrupted.", { fix: "Run the same command again." });
  return toSgmediaError(thrown);
}
