import { SgmediaError } from "../shared/errors.ts";
import type { EngineContext } from "./context.ts";
import { StartOver } from "./failure.ts";
import { OrderedHash } from "./ordered-hash.ts";
import type { DownloadPort, OnTransferEvent } from "./ports.ts";
import { Progress } from "./progress.ts";
import { readOrdered } from "./read-ordered.ts";
import { Remote } from "./remote.ts";
import { Ledger } from "./retry.ts";
import type { StoredObject } from "./stored-object.ts";

/** Reads what is stored and keeps nothing but its SHA-256. With `object`, it must still be that one. */
export async function digestRemote(
  context: EngineContext,
  port: DownloadPort,
  label: string,
  object: StoredObject | null,
  signal: AbortSignal,
  onEvent?: OnTransferEvent,
): Promise<{ sha256: string; sizeBytes: number }> {
  const progress = new Progress(onEvent);
  const options = { label, ledger: new Ledger(), onEvent: progress.event };
  const hash = new OrderedHash(context.hashes, ["sha256"]);
  try {
    const sizeBytes = await readOrdered(
      context,
      new Remote(context, port, options, object),
      signal,
      async (chunk) => {
        await hash.update(chunk);
        progress.accept(chunk.length);
      },
    );
    progress.flush();
    return { sha256: (await hash.finish()).sha256 ?? "", sizeBytes };
  } catch (thrown) {
    if (!(thrown instanceof StartOver)) throw thrown;
    throw new SgmediaError("E_MISMATCH", `${label} was replaced on the storage while it was read.`, {
      why: `${thrown.message}.`,
      fix: "Run the command again once nobody writes it.",
    });
  } finally {
    await hash.close();
  }
}
