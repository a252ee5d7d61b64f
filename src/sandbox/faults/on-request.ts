import type { IncomingMessage } from "node:http";
import type { FaultRule } from "./rule.ts";

interface Readable {
  push: (chunk: Buffer | null) => boolean;
  _read: (size: number) => void;
}
interface Handle {
  readStart(): void;
  readStop(): void;
}

/** Makes a request's body arrive slowly, stalled, corrupted or cut, byte for byte as the rule says. */
export function disturbRequest(req: IncomingMessage, rule: FaultRule): void {
  const stream = req as unknown as Readable;
  const push = stream.push.bind(req);
  const read = stream._read.bind(req);
  const handle = (): Handle | undefined => (req.socket as unknown as { _handle?: Handle })._handle;
  const queue: (Buffer | null)[] = [];
  let received = 0;
  let holding = false;
  let stalled = false;

  const release = (): void => {
    while (queue.length > 0 && !holding) {
      const chunk = queue.shift() as Buffer | null;
      if (chunk === null) {
        push(null);
        continue;
      }
      pass(chunk);
    }
    if (!holding) handle()?.readStart();
  };
  const hold = (delayMs: number): void => {
    holding = true;
    handle()?.readStop();
    setTimeout(() => {
      holding = false;
      if (!req.socket.destroyed) release();
    }, delayMs);
  };
  const pass = (chunk: Buffer): void => {
    const start = received;
    received += chunk.length;
    if (rule.corruptAtByte !== undefined && rule.corruptAtByte >= start && rule.corruptAtByte < received) {
      const at = rule.corruptAtByte - start;
      chunk[at] = (chunk[at] ?? 0) ^ 0xff;
    }
    if (rule.resetAfterBytes !== undefined && received >= rule.resetAfterBytes) {
      push(chunk.subarray(0, rule.resetAfterBytes - start));
      req.socket.resetAndDestroy();
      return;
    }
    push(chunk);
    if (rule.bytesPerSecond !== undefined) hold((chunk.length * 1000) / rule.bytesPerSecond);
    if (rule.stallMs !== undefined && !stalled && received >= rule.afterBytes) {
      stalled = true;
      hold(rule.stallMs);
    }
  };
  stream._read = (size) => {
    if (!holding) read(size);
  };
  stream.push = (chunk) => {
    if (holding || queue.length > 0) queue.push(chunk);
    else if (chunk === null) return push(null);
    else pass(chunk);
    return true;
  };
  if (rule.resetAfterBytes === 0) req.socket.resetAndDestroy();
  else if (rule.stallMs !== undefined && rule.afterBytes === 0) {
    stalled = true;
    hold(rule.stallMs);
  }
}
