import type { IncomingMessage } from "node:http";
import { delay, resetConnection } from "./connection.ts";

export interface ReceivedFaults {
  readonly resetAfterBytes?: number | undefined;
  readonly stallMs?: number | undefined;
  readonly afterBytes?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
  readonly corruptAtByte?: number | undefined;
}

interface Inlet {
  push: (chunk: Buffer | null) => boolean;
  _read: (size: number) => void;
}
interface Handle {
  /** What node's HTTP server wants of it; false while a full buffer holds the sender back. */
  reading?: boolean;
  readStart(): void;
  readStop(): void;
}

/** Makes a request's body arrive slowly, stalled, corrupted or cut, byte for byte as the rule says. */
export function disturbRequest(req: IncomingMessage, faults: ReceivedFaults): void {
  const inlet = req as unknown as Inlet;
  const push = inlet.push.bind(req);
  const read = inlet._read.bind(req);
  // The HTTP parser reads from the handle itself, past the socket's own pause().
  const handle = (): Handle | null => (req.socket as unknown as { _handle: Handle | null })._handle;
  const stallAt = faults.afterBytes ?? 0;
  const resetAt = faults.resetAfterBytes ?? Number.POSITIVE_INFINITY;
  const queue: (Buffer | null)[] = [];
  let received = 0;
  let holding = false;
  let stalled = faults.stallMs === undefined;
  let asked = false;

  const hold = async (milliseconds: number, isStall: boolean): Promise<void> => {
    holding = true;
    handle()?.readStop();
    await delay(milliseconds);
    if (isStall) {
      // A peer that gave up meanwhile is only noticed by reading on: what it never got through must not count as sent.
      handle()?.readStart();
      await turns(2);
    }
    holding = false;
    if (req.socket.destroyed || req.destroyed) return;
    release();
    if (holding) return;
    if (asked) read(0);
    asked = false;
    if (handle()?.reading !== false) handle()?.readStart();
  };
  const turns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const release = (): boolean => {
    let wantsMore = true;
    while (queue.length > 0 && !holding) {
      const next = queue.shift() ?? null;
      wantsMore = next === null ? push(null) : pass(next);
    }
    return wantsMore;
  };
  /** Lets through what may pass before the next thing happens; the rest goes back into the queue. */
  const pass = (whole: Buffer): boolean => {
    const room = Math.min(resetAt, stalled ? Number.POSITIVE_INFINITY : stallAt) - received;
    const chunk = whole.subarray(0, room);
    if (chunk.length < whole.length) queue.unshift(whole.subarray(chunk.length));
    const at = (faults.corruptAtByte ?? Number.NaN) - received;
    if (at >= 0 && at < chunk.length) chunk[at] = (chunk[at] ?? 0) ^ 0xff;
    received += chunk.length;
    const wantsMore = chunk.length === 0 || push(chunk);
    if (received >= resetAt) {
      queue.length = 0;
      holding = true;
      resetConnection(req.socket);
      return false;
    }
    let waitMs = faults.bytesPerSecond === undefined ? 0 : (chunk.length * 1000) / faults.bytesPerSecond;
    const stallsNow = !stalled && received >= stallAt;
    if (stallsNow) {
      stalled = true;
      waitMs += faults.stallMs ?? 0;
    }
    if (waitMs > 0) void hold(waitMs, stallsNow);
    return wantsMore;
  };

  inlet._read = (size) => {
    if (holding) asked = true;
    else read(size);
  };
  inlet.push = (chunk) => {
    queue.push(chunk);
    // Held back by the handle, not by the stream: what the parser has in hand already still comes.
    return holding || release();
  };
  if (resetAt === 0) resetConnection(req.socket);
  else if (!stalled && stallAt === 0) {
    stalled = true;
    void hold(faults.stallMs ?? 0, true);
  }
}
