import type { Sandbox, StoredPicture } from "../types.ts";

/** Path of the picture that stands in while a thumbnail is made; clients test for its folder (contract/rest.md 6.6). */
export const PENDING_PATH = "/images/status/transient/thumbnail_pending.png";

export function isPicture(value: unknown): value is StoredPicture {
  return typeof value === "object" && value !== null && "originalKey" in value && "readyAtMs" in value;
}

/** A picture just put on a field: the placeholder shows until the small JPEG is there, the delay is over and it was read once. */
export function pendingPicture(
  sandbox: Sandbox,
  file: { key: string; name: string; contentType: string },
): StoredPicture {
  return {
    originalKey: file.key,
    smallKey: null,
    name: file.name,
    contentType: file.contentType,
    readyAtMs: sandbox.nowMs() + sandbox.options.transcodeDelayMs,
    readsWhilePending: 0,
  };
}

/** Whether a read shows the picture itself and not the placeholder. Counts nothing. */
export function isReady(
  sandbox: Sandbox,
  picture: StoredPicture,
): picture is StoredPicture & { smallKey: string } {
  return picture.smallKey !== null && sandbox.nowMs() >= picture.readyAtMs && picture.readsWhilePending > 0;
}
