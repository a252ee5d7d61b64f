import { linkController } from "./abort.ts";
import type { EngineContext } from "./context.ts";
import { MIB } from "./plan.ts";
import type { Remote } from "./remote.ts";

const BLOCK_BYTES = 4 * MIB;
/** Blocks in memory at most. */
const MOST_BLOCKS = 6;

/**
 * Reads everything that is stored, in order: the first block as it comes, later ones several at once, each whole before its turn. `deliver` holds
 * the rest back while it waits. Returns how much it was.
 */
export async function readOrdered(
  context: EngineContext,
  remote: Remote,
  signal: AbortSignal,
  deliver: (chunk: Buffer) => Promise<void>,
): Promise<number> {
  const { controller, unlink } = linkController(signal);
  const blocks: Promise<Buffer[]>[] = [];
  try {
    const first = await remote.read(0, BLOCK_BYTES, (chunk) => deliver(chunk), controller.signal);
    const sizeBytes = remote.object?.ranged ? (remote.object.sizeBytes ?? first) : first;
    let asked = first;
    while (asked < sizeBytes || blocks.length > 0) {
      const most = Math.min(MOST_BLOCKS, context.governor.limit + 1);
      while (asked < sizeBytes && blocks.length < most) {
        const to = Math.min(asked + BLOCK_BYTES, sizeBytes);
        const block = readBlock(remote, asked, to, controller.signal);
        block.catch(() => {});
        blocks.push(block);
        asked = to;
      }
      for (const chunk of (await blocks.shift()) ?? []) await deliver(chunk);
    }
    return sizeBytes;
  } catch (thrown) {
    controller.abort();
    await Promise.allSettled(blocks);
    throw thrown;
  } finally {
    unlink();
  }
}

async function readBlock(remote: Remote, from: number, to: number, signal: AbortSignal): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  await remote.read(from, to, (chunk) => void chunks.push(chunk), signal);
  return chunks;
}
