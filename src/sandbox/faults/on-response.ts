import type { ServerResponse } from "node:http";
import { announceLess } from "./announce-less.ts";
import { delay, resetConnection } from "./connection.ts";

export interface SentFaults {
  readonly resetAfterBytes?: number | undefined;
  readonly stallMs?: number | undefined;
  readonly afterBytes?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
  readonly corruptAtByte?: number | undefined;
  readonly truncateAfterBytes?: number | undefined;
  readonly lie?: boolean | undefined;
}

type Done = (error?: Error | null) => void;

const PIECE_BYTES = 65_536;
/** A slow answer leaves in so many pieces a second. */
const PIECES_PER_SECOND = 20;
/** A reset throws away what the peer has not taken yet, and one that comes with the last bytes can look like an end to it. */
const SETTLE_MS = 25;

/** Makes an answer's body leave slowly, stalled, corrupted, cut or shortened, byte for byte as the rule says. */
export function disturbResponse(res: ServerResponse, faults: SentFaults): void {
  const write = res.write.bind(res) as (chunk: Buffer, done: Done) => boolean;
  const end = res.end.bind(res) as () => ServerResponse;
  const never = Number.POSITIVE_INFINITY;
  const limit = Math.min(faults.resetAfterBytes ?? never, faults.truncateAfterBytes ?? never);
  const stallAt = faults.afterBytes ?? 0;
  const queue: { chunk: Buffer; done: Done | undefined }[] = [];
  let stalled = faults.stallMs === undefined;
  let ended = false;
  let running = false;
  let sent = 0;

  const send = async (from: Buffer): Promise<number> => {
    const fastest = faults.bytesPerSecond
      ? Math.ceil(faults.bytesPerSecond / PIECES_PER_SECOND)
      : PIECE_BYTES;
    // A copy: the handler's own bytes stay as they are.
    const piece = Buffer.from(
      from.subarray(0, Math.min(fastest, limit - sent, stalled ? never : stallAt - sent)),
    );
    const at = (faults.corruptAtByte ?? Number.NaN) - sent;
    if (at >= 0 && at < piece.length) piece[at] = (piece[at] ?? 0) ^ 0xff;
    await new Promise<void>((resolve) => write(piece, () => resolve()));
    sent += piece.length;
    if (faults.bytesPerSecond) await delay((piece.length * 1000) / faults.bytesPerSecond);
    return piece.length;
  };
  const cut = async (): Promise<void> => {
    if (sent === 0) res.flushHeaders();
    if (faults.lie && faults.truncateAfterBytes === limit) end();
    else if (faults.truncateAfterBytes === limit) res.socket?.destroySoon();
    else {
      await delay(SETTLE_MS);
      resetConnection(res.socket);
    }
  };
  /** Sends what is queued; `running` stays true once the answer is over, so that nothing follows. */
  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    while (!res.destroyed) {
      if (!stalled && sent >= stallAt) {
        stalled = true;
        await delay(faults.stallMs ?? 0);
      }
      if (sent >= limit) return cut();
      const [next] = queue;
      if (!next) break;
      next.chunk = next.chunk.subarray(await send(next.chunk));
      if (next.chunk.length > 0) continue;
      queue.shift();
      next.done?.();
      if (queue.length === 0 && !ended) res.emit("drain");
    }
    if (ended) end();
    else running = false;
  };
  const take = (args: readonly unknown[]): void => {
    const done = args.find((each) => typeof each === "function") as Done | undefined;
    const [data] = args;
    const chunk =
      typeof data === "string" || data instanceof Uint8Array ? Buffer.from(data as string) : Buffer.alloc(0);
    if (chunk.length > 0) queue.push({ chunk, done });
    else done?.();
  };

  if (faults.lie && faults.truncateAfterBytes !== undefined) announceLess(res, faults.truncateAfterBytes);
  res.write = (...args: unknown[]) => {
    take(args);
    void run();
    return queue.length === 0;
  };
  res.end = (...args: unknown[]) => {
    const only = queue.length === 0 && sent === 0 && !res.headersSent;
    take(args);
    // Node announces the length of a body that comes in one piece; here it would see several.
    if (only && !res.hasHeader("content-length"))
      res.setHeader("content-length", queue[0]?.chunk.length ?? 0);
    ended = true;
    void run();
    return res;
  };
}
