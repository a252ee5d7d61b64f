import type { ServerResponse } from "node:http";
import type { FaultRule } from "./rule.ts";

type Done = (error?: Error | null) => void;

/** Swallows the whole answer and cuts the connection where it would have begun or ended: the work is done, nobody is told. */
export function loseReply(res: ServerResponse): void {
  const { socket } = res;
  const cut = (): ServerResponse => {
    socket?.resetAndDestroy();
    return res;
  };
  res.writeHead = () => res;
  res.flushHeaders = () => undefined;
  res.write = (...args: unknown[]) => {
    callback(args)?.();
    return true;
  };
  res.end = (...args: unknown[]) => {
    callback(args)?.();
    return cut();
  };
}

/** Makes an answer's body leave slowly, stalled, corrupted, cut or shortened, byte for byte as the rule says. */
export function disturbResponse(res: ServerResponse, rule: FaultRule): void {
  const write = res.write.bind(res) as (chunk: Buffer, done: Done) => boolean;
  const end = res.end.bind(res) as () => ServerResponse;
  if (rule.lie && rule.truncateAfterBytes !== undefined) announceLess(res, rule.truncateAfterBytes);
  const queue: { chunk: Buffer; done: Done | undefined }[] = [];
  let pumping = false;
  let ended = false;
  let sent = 0;
  let stalled = false;
  let over = false;

  const limit = Math.min(
    rule.resetAfterBytes ?? Number.POSITIVE_INFINITY,
    rule.truncateAfterBytes ?? Number.POSITIVE_INFINITY,
  );
  const writeOut = (chunk: Buffer): Promise<void> =>
    chunk.length === 0 ? Promise.resolve() : new Promise((resolve) => write(chunk, () => resolve()));
  const finish = (): void => {
    over = true;
    if (rule.resetAfterBytes !== undefined) res.socket?.resetAndDestroy();
    else if (rule.lie) end();
    else res.socket?.destroySoon();
  };
  const pump = async (): Promise<void> => {
    if (pumping) return;
    pumping = true;
    if (limit === 0) {
      res.flushHeaders();
      setImmediate(finish);
      over = true;
      return;
    }
    for (let next = queue.shift(); next && !over; next = queue.shift()) {
      const { chunk, done } = next;
      for (let at = 0; at < chunk.length && !over; ) {
        const step = Math.min(
          chunk.length - at,
          nextStop(sent) - sent,
          rule.bytesPerSecond ? Math.ceil(rule.bytesPerSecond / 20) : 65_536,
        );
        const piece = Buffer.from(chunk.subarray(at, at + step));
        if (
          rule.corruptAtByte !== undefined &&
          rule.corruptAtByte >= sent &&
          rule.corruptAtByte < sent + step
        ) {
          const here = rule.corruptAtByte - sent;
          piece[here] = (piece[here] ?? 0) ^ 0xff;
        }
        await writeOut(piece);
        at += step;
        sent += step;
        if (rule.bytesPerSecond) await delay((step * 1000) / rule.bytesPerSecond);
        if (rule.stallMs !== undefined && !stalled && sent >= rule.afterBytes) {
          stalled = true;
          await delay(rule.stallMs);
        }
        if (sent >= limit) finish();
      }
      done?.();
      res.emit("drain");
    }
    pumping = false;
    if (over) return;
    if (ended && queue.length === 0) end();
  };
  const nextStop = (from: number): number => {
    const stops = [
      limit,
      !stalled && rule.stallMs !== undefined ? rule.afterBytes : Number.POSITIVE_INFINITY,
    ];
    return Math.min(...stops.filter((each) => each > from), Number.POSITIVE_INFINITY);
  };
  const take = (args: unknown[]): void => {
    const [chunk] = args;
    if (typeof chunk === "string" || chunk instanceof Uint8Array)
      queue.push({ chunk: Buffer.from(chunk as string), done: callback(args) });
    else callback(args)?.();
  };
  res.write = (...args: unknown[]) => {
    take(args);
    void pump();
    return queue.length === 0 && !pumping;
  };
  res.end = (...args: unknown[]) => {
    take(args);
    ended = true;
    void pump();
    return res;
  };
}

/** The answer says that the shortened body is all of it. */
function announceLess(res: ServerResponse, lengthBytes: number): void {
  const setHeader = res.setHeader.bind(res);
  const writeHead = res.writeHead.bind(res) as (
    status: number,
    headers?: Record<string, unknown>,
  ) => ServerResponse;
  res.setHeader = (name, value) =>
    setHeader(name, name.toLowerCase() === "content-length" ? lengthBytes : value);
  res.writeHead = ((status: number, headers?: Record<string, unknown>) => {
    const changed = Object.entries(headers ?? {}).map(([name, value]) => [
      name,
      name.toLowerCase() === "content-length" ? lengthBytes : value,
    ]);
    return writeHead(status, Object.fromEntries(changed));
  }) as typeof res.writeHead;
}

function callback(args: readonly unknown[]): Done | undefined {
  return args.find((each) => typeof each === "function") as Done | undefined;
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
