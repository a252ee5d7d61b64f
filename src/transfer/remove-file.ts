import { unlink } from "node:fs/promises";
import { systemCode } from "../shared/errors.ts";

/** Removes a file, if it is there: one system call, where `rm` makes three. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (thrown) {
    if (systemCode(thrown) !== "ENOENT") throw thrown;
  }
}
