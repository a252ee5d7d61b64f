import { type AttachmentRef, formatRef } from "../shared/records.ts";
import type { MediaValue } from "../site/types.ts";
import type { InputFile } from "./input-files.ts";
import type { Work } from "./types.ts";
import type { UploadPlan } from "./upload-plan.ts";

/**
 * What is where a file shall go: the Attachment that holds the same bytes, "other" when something else is there (or it cannot be
 * proven the same), undefined when nothing is. Size and stored checksum decide, never the name alone (cli.md, --if-exists).
 * Without a field only attachments of the same name on the record count. `file` null: the bytes are not known (stdin).
 */
export async function findAlreadyThere(
  work: Work,
  plan: UploadPlan,
  file: InputFile | null,
  name: string,
): Promise<AttachmentRef | "other" | undefined> {
  if (plan.ifExists === "replace" || plan.ifExists === "new") return undefined;
  const candidates =
    plan.field === null ? await namedAttachments(work, plan, name) : await inField(work, plan);
  let other = false;
  for (const candidate of candidates) {
    if (candidate.attachment && file && (await holdsSameBytes(work, plan, candidate.attachment, file)))
      return candidate.attachment;
    other = true;
  }
  return other ? "other" : undefined;
}

interface Candidate {
  readonly attachment: AttachmentRef | null;
}

async function inField(work: Work, plan: UploadPlan): Promise<Candidate[]> {
  if (plan.field === null) return [];
  const value: MediaValue = await work.site.media(plan.record, plan.field, work.signal);
  if (value.kind === "empty") return [];
  if (value.kind === "upload") return [{ attachment: value.attachment }];
  return [{ attachment: null }];
}

async function namedAttachments(work: Work, plan: UploadPlan, name: string): Promise<Candidate[]> {
  const found = await work.site.attachmentsOf(plan.record, work.signal);
  return found
    .map((each) => ({ each, media: work.site.decodeMedia(each.fields["this_file"]) }))
    .filter(({ each, media }) => {
      const names = [
        each.fields["display_name"],
        each.fields["filename"],
        media.kind === "empty" ? null : media.name,
      ];
      return (
        media.kind !== "empty" &&
        names.some((one) => typeof one === "string" && one.normalize("NFC") === name.normalize("NFC"))
      );
    })
    .sort((a, b) => b.each.id - a.each.id)
    .map(({ each, media }) => ({
      attachment: media.kind === "upload" ? { type: "Attachment", id: each.id, name: media.name } : null,
    }));
}

async function holdsSameBytes(
  work: Work,
  plan: UploadPlan,
  attachment: AttachmentRef,
  file: InputFile,
): Promise<boolean> {
  const port = work.site.download({ kind: "attachment", id: attachment.id });
  const facts = await work.engine.facts(port, work.signal);
  if (!facts || facts.sizeBytes !== file.sizeBytes) return false;
  const verdict = await work.engine.compare(file.path, facts, work.signal);
  if (verdict === "unknown") {
    work.progress.note(
      `${formatRef(attachment)} has the size of "${file.shown}", but the storage gives no checksum to compare: it is sent to ${formatRef(plan.record)} again.`,
    );
  }
  return verdict === "same";
}
