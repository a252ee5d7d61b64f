import type { FileHash } from "./file-hash.ts";
import { type BodyWatch, paced, readBody } from "./part-body.ts";
import { type PartToSend, putPart } from "./put-part.ts";
import type { SmallFile } from "./small-file.ts";
import type { SourceFile } from "./source-file.ts";
import type { UploadBody } from "./storage-client.ts";
import type { UploadRun } from "./upload-run.ts";

/** The whole file in one PUT, to the storage or to the site itself. */
export async function sendWhole(
  run: UploadRun<unknown>,
  source: SourceFile,
  small: SmallFile | null,
  hash: FileHash | null,
): Promise<void> {
  const bytes = source.sizeBytes;
  await putWhole(run, {
    number: 1,
    bytes,
    what: run.label,
    body: (watch) => (small ? inOnePiece(small.bytes, watch) : readBody(source, 0, bytes, watch)),
    started: () => hash?.ready(0, bytes),
    md5: async () => (small ? small.md5 : hash ? hash.tileMd5(0) : null),
    recheck: async () => {
      await source.assertUnchanged();
      if (hash && (await hash.md5(0, bytes)) !== (await hash.tileMd5(0)))
        throw source.changed("It reads differently now.");
    },
  });
}

/** Bytes that are in memory are handed over at once, unless a rate is to be kept. */
function inOnePiece(bytes: Uint8Array, watch: BodyWatch): UploadBody {
  if (!watch.limiter.unlimited) return paced(bytes, watch);
  watch.onSent(bytes.length);
  return bytes;
}

/** One PUT; where the site itself takes it, its reply completes the ticket (contract/rest.md 6.2). */
export async function putWhole(run: UploadRun<unknown>, part: PartToSend): Promise<void> {
  const { opened, job } = run;
  if (!opened) throw new Error("sending what was never opened");
  const toSite = opened.mode === "site";
  const { replyText, ...accepted } = await putPart(run, opened.ticket, part, job.signal, toSite);
  if (toSite) run.opened = { mode: opened.mode, ticket: job.port.acceptReply(opened.ticket, replyText) };
  await run.noteAccepted(1, accepted);
}
