import type { ServerResponse } from "node:http";
import { resetConnection } from "./connection.ts";

type Done = (error?: Error | null) => void;

/** Swallows the whole answer and cuts the connection where it would have ended: the work is done, nobody is told. */
export function loseReply(res: ServerResponse): void {
  const { socket } = res;
  const swallow = (args: readonly unknown[]): void => {
    const done = args.find((each) => typeof each === "function") as Done | undefined;
    if (done) process.nextTick(done);
  };
  res.writeHead = () => res;
  res.flushHeaders = () => undefined;
  res.write = (...args: unknown[]) => {
    swallow(args);
    return true;
  };
  res.end = (...args: unknown[]) => {
    swallow(args);
    resetConnection(socket);
    return res;
  };
}
