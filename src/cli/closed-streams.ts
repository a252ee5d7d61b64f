import { SgmediaError, systemCode } from "../shared/errors.ts";
import { renderError } from "./output/error-text.ts";

interface ErrorSource {
  on(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * A reader that went away (`| head`) is no failure: a closed stdout ends the program quietly with exit 0, a closed
 * stderr is simply not written to any more. Any other trouble with stdout is said, and ends it as a disk that cannot be written does.
 */
export function endQuietlyWhenClosed(
  stdout: ErrorSource,
  stderr: ErrorSource & { write(text: string): unknown },
  end: (exitCode: number) => void,
): void {
  stdout.on("error", (error) => {
    const code = systemCode(error);
    if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED") return end(0);
    const failure = new SgmediaError(
      code === "ENOSPC" ? "E_DISK_FULL" : "E_DISK",
      "Standard output cannot be written.",
      { why: error.message, fix: "Check where it is sent to." },
    );
    stderr.write(renderError(failure.toDocument(), (_format, text) => text));
    end(failure.exit);
  });
  stderr.on("error", () => {});
}
