import { systemCode } from "../shared/errors.ts";

interface ErrorSource {
  on(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * A reader that went away (`| head`) is no failure: a closed stdout ends the program quietly with exit 0, a closed
 * stderr is simply not written to any more. Any other trouble with stdout ends it too, as a disk that cannot be written.
 */
export function endQuietlyWhenClosed(
  stdout: ErrorSource,
  stderr: ErrorSource,
  end: (exitCode: number) => void,
): void {
  stdout.on("error", (error) => {
    const code = systemCode(error);
    end(code === "EPIPE" || code === "ERR_STREAM_DESTROYED" ? 0 : 12);
  });
  stderr.on("error", () => {});
}
