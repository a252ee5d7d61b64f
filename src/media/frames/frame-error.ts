import { SgmediaError } from "../../shared/errors.ts";

export function frameError(message: string, why: string | null, fix: string): SgmediaError {
  return new SgmediaError("E_FRAMES", message, { why, fix });
}

/**
 * E_FRAMES because nothing of the sequence is on this machine, as against a name that is wrong: it may be on another one, or not rendered
 * yet.
 */
export class FramesAbsent extends SgmediaError {
  constructor(message: string, why: string | null, fix: string) {
    super("E_FRAMES", message, { why, fix });
    this.name = "FramesAbsent";
  }
}
