import type { FaultBook } from "../faults/fault-book.ts";
import type { Surface } from "../types.ts";
import type { RequestLog } from "./request-log.ts";

const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/;

/** `/_sandbox/faults` and `/_sandbox/log`: for tests on this machine only. */
export function createControlSurface(faults: FaultBook, log: RequestLog): Surface {
  return async (req, res, exchange) => {
    const { pathname } = exchange.url;
    if (!pathname.startsWith("/_sandbox/") || !LOOPBACK.test(req.socket.remoteAddress ?? "")) return false;
    const json = (status: number, value: unknown): true => {
      res.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(value)}\n`);
      return true;
    };
    if (pathname === "/_sandbox/faults") {
      if (req.method === "GET")
        return json(
          200,
          faults.list().map(({ id, rule, seen, hits }) => ({ id, ...rule, seen, hits })),
        );
      if (req.method === "DELETE") {
        faults.clear();
        return json(200, []);
      }
      if (req.method === "POST") {
        try {
          const added = faults.add(JSON.parse((await exchange.body()).toString("utf8")));
          return json(
            201,
            added.map(({ id, rule }) => ({ id, ...rule })),
          );
        } catch (thrown) {
          return json(400, { message: thrown instanceof Error ? thrown.message : String(thrown) });
        }
      }
    }
    if (pathname === "/_sandbox/log") {
      if (req.method === "DELETE") {
        log.clear();
        return json(200, []);
      }
      if (req.method === "GET") {
        res.writeHead(200, { "content-type": "application/x-ndjson" });
        for (const entry of log.entries()) res.write(`${JSON.stringify(entry)}\n`);
        res.end();
        return true;
      }
    }
    return json(404, { message: `There is no ${req.method} ${pathname}.` });
  };
}
