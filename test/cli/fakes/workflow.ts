/** Stands in for the verbs, so that the real program can be watched as it is stopped, and as its reader goes away. */
import type { FieldRow, UploadInput, Work } from "../../../src/workflow/types.ts";

export async function uploadFiles(work: Work, input: UploadInput): Promise<never> {
  work.progress.note("under way");
  await new Promise<void>((_resolve, reject) => {
    const alive = setInterval(() => {}, 1000);
    if (input.name === "stubborn") return;
    work.signal.addEventListener("abort", () => {
      clearInterval(alive);
      reject(work.signal.reason);
    });
  });
  throw new Error("never");
}

export async function listFields(_work: Work): Promise<FieldRow[]> {
  const rest = {
    ok: true,
    label: "x".repeat(50),
    dataType: "text",
    acceptsFile: false,
    editable: true,
    visible: true,
  } as const;
  return Array.from({ length: 5000 }, (_none, index) => ({ ...rest, name: `field_${index}` }));
}

export async function showInfo(): Promise<never> {
  setImmediate(() => {
    throw new Error("thrown where nobody waits, with access_token=abcdef");
  });
  return new Promise(() => setInterval(() => {}, 1000));
}
