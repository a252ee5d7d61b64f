import { SgmediaError } from "../shared/errors.ts";
import type { EngineContext } from "./context.ts";
import { plainEtag } from "./etag.ts";
import { StartOver } from "./failure.ts";
import type { DownloadPort } from "./ports.ts";
import { Remote } from "./remote.ts";
import { Ledger } from "./retry.ts";
import type { StoredFacts } from "./types.ts";

/** Asks for one byte: HEAD is refused on signed URLs (contract/rest.md 7). The ETag is null where it is no checksum. */
export async function readFacts(
  context: EngineContext,
  port: DownloadPort,
  signal: AbortSignal,
): Promise<StoredFacts | undefined> {
  const options = { label: "the stored file", ledger: new Ledger(), onEvent: () => {} };
  const remote = new Remote(context, port, options);
  try {
    const read = await remote.read({ at: 0, to: 1, widen: false }, () => {}, signal);
    const { object } = remote;
    if (!object) return undefined;
    return {
      sizeBytes: object.sizeBytes ?? read,
      etag: object.encrypted ? null : plainEtag(object.etag),
      contentType: object.contentType,
    };
  } catch (thrown) {
    if (thrown instanceof SgmediaError && thrown.code === "E_MEDIA_MISSING") return undefined;
    if (!(thrown instanceof StartOver)) throw thrown;
    throw new SgmediaError("E_STORAGE", "What is stored changed while it was looked at.", {
      why: thrown.message,
    });
  }
}
