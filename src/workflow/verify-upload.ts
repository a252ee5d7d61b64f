import { SgmediaError, toSgmediaError } from "../shared/errors.ts";
import { type AttachmentRef, formatRef } from "../shared/records.ts";
import type { InputFile } from "./input-files.ts";
import type { ItemProgress, Work } from "./types.ts";

/** Reads the stored bytes back and compares them with what was sent. */
export async function verifyStored(
  work: Work,
  attachment: AttachmentRef,
  { sizeBytes, sha256 }: { readonly sizeBytes: number; readonly sha256: string | null },
  item: ItemProgress,
): Promise<void> {
  if (sha256 === null) return;
  item.event({ kind: "note", text: "reading it back" });
  const port = work.site.download({ kind: "attachment", id: attachment.id });
  try {
    await work.engine.verify(port, { sizeBytes, sha256 }, work.signal);
  } catch (thrown) {
    if (!(thrown instanceof SgmediaError) || thrown.code !== "E_MEDIA_MISSING") throw thrown;
    // It was said to be stored, and is not: nothing is another form of the wrong bytes.
    throw new SgmediaError("E_MISMATCH", `What was sent is not to be found as ${formatRef(attachment)}.`, {
      why: thrown.why,
      fix: "Send it again with --if-exists replace.",
      cause: thrown,
    });
  }
}

/** What is there already is held against the file itself, byte for byte, where that was asked for. */
export async function verifySkipped(
  work: Work,
  file: InputFile,
  there: AttachmentRef,
  item: ItemProgress,
): Promise<{ sha256: string; verified: true }> {
  try {
    const own = await work.engine.digest(file.path, work.signal);
    await verifyStored(work, there, own, item);
    return { sha256: own.sha256, verified: true };
  } catch (thrown) {
    item.failed(toSgmediaError(thrown).toDocument());
    throw thrown;
  }
}
