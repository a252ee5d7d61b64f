import { SgmediaError } from "../shared/errors.ts";
import { type CompletionOf, completeUpload } from "./complete-upload.ts";
import { compositeEtag, etagKind } from "./etag.ts";
import { StartOver } from "./failure.ts";
import { FileHash } from "./file-hash.ts";
import { openUpload } from "./open-upload.ts";
import { type Part, planUpload, tileParts } from "./plan.ts";
import type { Recalled } from "./recall-upload.ts";
import { sendParts } from "./send-parts.ts";
import { sendWhole } from "./send-whole.ts";
import { readSmall, SMALL_BYTES } from "./small-file.ts";
import type { SourceFile } from "./source-file.ts";
import type { UploadOutcome } from "./types.ts";
import type { UploadRun } from "./upload-run.ts";

/** One beginning of an upload, to its end: open, send, hash, complete. Throws StartOver where another beginning may do. */
export async function uploadOnce<Done>(
  run: UploadRun<Done>,
  source: SourceFile,
  recalled: Recalled | null,
): Promise<UploadOutcome<Done>> {
  const { context } = run;
  const { sizeBytes } = source;
  const plan = recalled ? null : planUpload(sizeBytes, context.options.partSizeBytes);
  const about = {
    identity: source.identity,
    partSizeBytes: recalled?.partSizeBytes ?? plan?.partSizeBytes ?? sizeBytes,
  };
  // What goes in one piece is looked at once more before it is completed, and that is soon.
  if (!plan || plan.multipart) await source.assertStillNamed();
  if (plan?.multipart) await run.beginJournal(about);
  const opened = recalled && run.opened ? run.opened : await openUpload(run, plan?.multipart === true);
  // A site that takes no parts (contract/rest.md 6.1) takes the whole file at once.
  const partSizeBytes = opened.mode === "multipart" ? about.partSizeBytes : sizeBytes;
  const tiles = tileParts(sizeBytes, partSizeBytes);
  run.progress.event({ kind: "opened", mode: opened.mode, sizeBytes, partCount: tiles.length });

  const small = sizeBytes <= SMALL_BYTES ? await readSmall(source, context.options.hash) : null;
  const hash = small || !context.options.hash ? null : hashOf(run, source, partSizeBytes);
  try {
    takeOver(run, recalled, tiles, hash);
    if (opened.mode === "multipart") await sendParts(run, source, tiles, hash);
    else if (!run.parts.has(1)) await sendWhole(run, source, small, hash);
    const sha256 = small ? small.sha256 : hash ? await finishHash(run, source, hash, tiles) : null;
    await source.assertStillNamed();
    run.progress.flush();
    const etag = outcomeEtag(run, opened.mode === "multipart");
    const done = await complete(
      run,
      { ...about, partSizeBytes },
      {
        ours: { sizeBytes, etag, path: source.path },
        askedAtMs: recalled?.completingAtMs ?? null,
      },
    );
    const parts = { count: tiles.length, sent: run.sentParts, resumed: run.resumedParts };
    return { done, sizeBytes, sha256, etag, partSizeBytes, parts };
  } finally {
    await hash?.close();
  }
}

function hashOf(run: UploadRun<unknown>, source: SourceFile, tileBytes: number): FileHash {
  return new FileHash(run.context.hashes, {
    fd: source.fd,
    sizeBytes: source.sizeBytes,
    sha256: true,
    tileBytes,
    wholeMd5: false,
    tooShort: () => source.changed("It is shorter than it was."),
  });
}

/** Parts that an earlier run brought there count; they are hashed again, since their bytes must still be the same. */
function takeOver(
  run: UploadRun<unknown>,
  recalled: Recalled | null,
  tiles: readonly Part[],
  hash: FileHash | null,
): void {
  let bytes = 0;
  for (const tile of tiles) {
    const part = recalled?.state.parts.get(tile.number);
    if (part?.bytes !== tile.bytes) continue;
    run.parts.set(tile.number, part);
    run.ledger.note(tile.bytes, true);
    hash?.ready(tile.offset, tile.bytes);
    bytes += tile.bytes;
  }
  run.resumedParts = run.parts.size;
  if (bytes > 0) run.progress.resume(bytes);
}

/** SHA-256 of the file. Its parts must read as they did when they were sent. */
async function finishHash(
  run: UploadRun<unknown>,
  source: SourceFile,
  hash: FileHash,
  tiles: readonly Part[],
): Promise<string | null> {
  const { sha256, tiles: md5s } = await hash.finish();
  for (const tile of tiles) {
    const sent = run.parts.get(tile.number)?.md5;
    if (!sent || sent === md5s[tile.number - 1]) continue;
    if (run.resumedParts > 0) throw new StartOver("it is not the file whose parts were sent before");
    throw source.changed(`Part ${tile.number} reads differently now.`);
  }
  return sha256;
}

async function complete<Done>(
  run: UploadRun<Done>,
  about: Parameters<UploadRun<Done>["noteCompleting"]>[0],
  of: CompletionOf,
): Promise<Done> {
  await run.noteCompleting(about);
  try {
    const done = await completeUpload(run, of);
    await run.finishJournal();
    return done;
  } catch (thrown) {
    // What earlier runs sent may be gone by now: then all of it is sent again.
    const refused = thrown instanceof SgmediaError && /^E_(?:SITE|STORAGE)_REFUSED$/.test(thrown.code);
    if (refused && run.resumedParts > 0) throw new StartOver("the site no longer takes what was sent before");
    throw thrown;
  }
}

/** The ETag that the stored object has, where it is an MD5 or made of MD5s. */
export function outcomeEtag(run: UploadRun<unknown>, multipart: boolean): string | null {
  const etags = [...run.parts].sort(([a], [b]) => a - b).map(([, part]) => etagKind(part.etag));
  const md5s = etags.flatMap((each) => (each.kind === "md5" ? [each.md5] : []));
  if (!run.etagsAreMd5 || md5s.length === 0 || md5s.length !== etags.length) return null;
  return multipart ? compositeEtag(md5s) : (md5s[0] ?? null);
}
