import { SgmediaError } from "../../shared/errors.ts";

export function frameError(message: string, why: string | null, fix: string): SgmediaError {
  return new SgmediaError("E_FRAMES", message, { why, fix });
}
