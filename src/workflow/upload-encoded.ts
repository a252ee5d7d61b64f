import { resolve } from "node:path";
import { SgmediaError } from "../shared/errors.ts";
import { inspectInput } from "./input-files.ts";
import { setPath } from "./set-path.ts";
import type { UploadRow, Work } from "./types.ts";
import { uploadOne } from "./upload-one.ts";
import type { UploadPlan } from "./upload-plan.ts";

/** `sgmedia upload --encode`: a review movie of the frames is made and sent, and the Version told where the frames are. */
export async function uploadEncoded(
  work: Work,
  plan: UploadPlan,
  frames: string,
  frameRate: number | null,
): Promise<UploadRow> {
  if (plan.record.type !== "Version" || plan.field === null) {
    throw new SgmediaError(
      "E_USAGE",
      "--encode makes a review movie, and that goes into a Version's movie field.",
      {
        fix: "Name a Version, and leave --attach out.",
      },
    );
  }
  const selector = { type: plan.record.type, key: String(plan.record.id) };
  const path = { path: frames, record: selector, kind: "frames" as const, as: null };
  if (work.dryRun) {
    await setPath(work, path);
    return { ok: true, file: frames, sizeBytes: null, entity: plan.record, field: plan.field, planned: true };
  }
  const { encodeForReview } = await import("./encode.ts");
  const review = await encodeForReview(work, { path: frames, frameRate, folder: null });
  try {
    const row = await uploadOne(work, plan, await inspectInput(review.movie, work.cwd));
    if ("attachment" in row) await setPath(work, { ...path, path: resolve(work.cwd, frames) });
    return { ...row, file: frames };
  } finally {
    await review.release();
  }
}
