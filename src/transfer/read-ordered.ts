import { linkController } from "./abort.ts";
import type { EngineContext } from "./context.ts";
import { MIB } from "./plan.ts";
import type { Remote } from "./remote.ts";

const BLOCK_BYTES = 2 * MIB;
/** Blocks in memory at most. */
const MOST_BLOCKS = 6;

/**
 * Reads everything that is stored, in order: the first block as it comes, later ones several at once, each whole before its turn. `deliver` holds
 * the rest back while it waits; the memory it is handed is used again afterwards. Returns how much it was.
 */
export async function readOrdered(
  context: EngineContext,
  remote: Remote,
  signal: AbortSignal,
  deliver: (chunk: Buffer) => Promise<void>,
): Promise<number> {
  const { controller, unlink } = linkController(signal);
  const spare: Buffer[] = [];
  const blocks: Promise<{ buffer: Buffer; bytes: number }>[] = [];
  try {
    const first = await remote.read({ at: 0, to: BLOCK_BYTES }, (chunk) => deliver(chunk), controller.signal);
    const sizeBytes = remote.object?.ranged ? (remote.object.sizeBytes ?? first) : first;
    let asked = first;
    while (asked < sizeBytes || blocks.length > 0) {
      const most = Math.min(MOST_BLOCKS, context.governor.limit + 1);
      while (asked < sizeBytes && blocks.length < most) {
        const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
        const block = readBlock(
          context,
          remote,
          asked,
          Math.min(BLOCK_BYTES, sizeBytes - asked),
          buffer,
          controller.signal,
        );
        block.catch(() => {});
        blocks.push(block);
        asked += BLOCK_BYTES;
      }
      const next = await blocks.shift();
      if (!next) continue;
      await deliver(next.buffer.subarray(0, next.bytes));
      spare.push(next.buffer);
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

async function readBlock(
  context: EngineContext,
  remote: Remote,
  from: number,
  bytes: number,
  buffer: Buffer,
  signal: AbortSignal,
): Promise<{ buffer: Buffer; bytes: number }> {
  const take = (chunk: Buffer, offset: number): undefined => {
    buffer.set(chunk, offset - from);
    context.client.giveBack(chunk);
  };
  await remote.read({ at: from, to: from + bytes }, take, signal);
  return { buffer, bytes };
}
