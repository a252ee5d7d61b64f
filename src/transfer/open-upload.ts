import { persist } from "./persist.ts";
import type { OpenUpload } from "./ports.ts";
import type { UploadRun } from "./upload-run.ts";

/** Asks the site for an upload; a multipart is in the journal when this resolves. */
export async function openUpload(run: UploadRun<unknown>, multipart: boolean): Promise<OpenUpload> {
  const { context, job, ledger, progress } = run;
  const how = {
    what: `the upload of ${run.label}`,
    direction: "upload" as const,
    ledger,
    onEvent: progress.event,
    signal: job.signal,
  };
  const opened = await persist(context, how, () => job.port.open({ multipart }, job.signal));
  await run.noteOpened(opened);
  return opened;
}
