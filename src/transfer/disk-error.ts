import { SgmediaError, systemCode } from "../shared/errors.ts";

/** A local file that could not be written, as E_DISK_FULL or E_DISK. */
export function diskError(thrown: unknown, path: string): SgmediaError {
  if (thrown instanceof SgmediaError) return thrown;
  const code = systemCode(thrown) ?? "";
  const why = `${path}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new SgmediaError("E_DISK_FULL", "There is no space left for the file.", {
      why,
      fix: "Free some space, or give another place with -o.",
      cause: thrown,
    });
  }
  return new SgmediaError("E_DISK", "The file cannot be written.", {
    why,
    fix: "Check the folder and its permissions, or give another place with -o.",
    cause: thrown,
  });
}
