import { SgmediaError } from "../shared/errors.ts";
import { digestRemote } from "./digest-remote.ts";
import type { DownloadRun } from "./download-run.ts";
import { compositeEtag, type EtagKind, etagKind, inferPartSizes, plainEtag } from "./etag.ts";
import { FileHash } from "./file-hash.ts";
import type { PartialFile } from "./partial-file.ts";
import { tileParts } from "./plan.ts";
import { inMemory, SMALL_BYTES } from "./small-file.ts";
import type { StoredObject } from "./stored-object.ts";
import type { DownloadJob, DownloadOutcome } from "./types.ts";

export interface Proof {
  readonly sha256: string | null;
  readonly checkedBy: DownloadOutcome["checkedBy"];
}

/** The checksum that an object's ETag is, if it is one. */
export function checksumOf(object: Pick<StoredObject, "etag" | "encrypted">): EtagKind {
  return object.encrypted ? { kind: "opaque" } : etagKind(plainEtag(object.etag));
}

/**
 * Holds the fetched file against what the storage says of it: its MD5, or the MD5 of its parts' MD5s for every part size that it can have been sent
 * with. Where none fits, the part size was an unusual one or the bytes are wrong: reading them a second time tells. Throws E_MISMATCH.
 */
export async function proveFile(
  run: DownloadRun,
  object: StoredObject & { sizeBytes: number },
): Promise<Proof> {
  if (!run.context.options.hash || !run.partial) return { sha256: null, checkedBy: "size" };
  const sum = checksumOf(object);
  const small = object.sizeBytes <= SMALL_BYTES && sum.kind !== "composite";
  if (!small) run.hash ??= wholeHash(run, object, wantsSha256(run.job));
  const { hash } = run;
  const { sha256, md5, tiles } = hash ? await hash.finish() : await hashSmall(run.partial, object.sizeBytes);
  const expected = run.job.expect?.sha256;
  if (expected !== undefined && expected.toLowerCase() !== sha256)
    throw mismatch(run.label, "SHA-256", sha256 ?? "", expected);

  if (sum.kind === "md5" && md5 !== null) {
    if (md5 !== sum.md5) throw mismatch(run.label, "MD5", md5, sum.md5);
    return { sha256, checkedBy: "md5" };
  }
  if (sum.kind !== "composite" || object.sizeBytes === 0 || !hash) return { sha256, checkedBy: "size" };
  if (compositeEtag(tiles) === sum.etag) return { sha256, checkedBy: "composite" };
  for (const partSize of inferPartSizes(object.sizeBytes, sum.parts).slice(1)) {
    const parts = tileParts(object.sizeBytes, partSize);
    const md5s = await Promise.all(parts.map((part) => hash.md5(part.offset, part.bytes)));
    if (compositeEtag(md5s) === sum.etag) return { sha256, checkedBy: "composite" };
  }
  run.progress.note(
    `The checksum of ${run.label} is of parts of an unknown size: reading it a second time to compare.`,
  );
  const again = await digestRemote(run.context, run.job.port, run.label, object, run.job.signal);
  const own = sha256 ?? (await sha256Of(run, object));
  if (again.sha256 !== own) throw mismatch(run.label, "SHA-256", own, again.sha256);
  return { sha256: own, checkedBy: "size" };
}

/** Only where somebody asks for it: what proves the bytes is the storage's own checksum. */
export function wantsSha256(job: Pick<DownloadJob, "sha256" | "expect">): boolean {
  return job.sha256 || job.expect?.sha256 !== undefined;
}

async function sha256Of(run: DownloadRun, object: StoredObject & { sizeBytes: number }): Promise<string> {
  const hash = wholeHash(run, object, true);
  try {
    return (await hash.finish()).sha256 ?? "";
  } finally {
    await hash.close();
  }
}

async function hashSmall(
  file: PartialFile,
  sizeBytes: number,
): Promise<{ sha256: string; md5: string; tiles: string[] }> {
  const { sha256, md5 } = inMemory(await file.head(sizeBytes), true);
  return { sha256: sha256 ?? "", md5: md5 ?? "", tiles: [] };
}

function wholeHash(
  run: DownloadRun,
  object: StoredObject & { sizeBytes: number },
  sha256: boolean,
): FileHash {
  const hash = new FileHash(run.context.hashes, {
    fd: run.partial?.fd ?? -1,
    sizeBytes: object.sizeBytes,
    sha256,
    tileBytes: null,
    wholeMd5: checksumOf(object).kind === "md5",
    tooShort: () =>
      new SgmediaError("E_DISK", `${run.label} was cut while it was fetched.`, { why: run.partialPath }),
  });
  hash.ready(0, object.sizeBytes);
  return hash;
}

export function mismatch(label: string, kind: string, ours: string, theirs: string): SgmediaError {
  return new SgmediaError("E_MISMATCH", `${label} did not arrive as it is stored.`, {
    why: `Its ${kind} is ${ours}, the storage's is ${theirs}.`,
    fix: "Run the command again; if it stays so, something between here and the storage changes bytes.",
  });
}
