import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FaultBook, WrittenRule } from "../faults/fault-book.ts";
import type { Exchange, Surface } from "../types.ts";
import { isControl } from "./loopback.ts";
import type { RequestLog } from "./request-log.ts";

/** What `GET /_sandbox/<name>` answers, as JSON. */
export type Reports = ReadonlyMap<string, () => Promise<unknown>>;

/**
 * `/_sandbox/faults`, `/_sandbox/log` and what others report under names of their own; false for any other path and for
 * a peer that is not on this machine.
 */
export function createControlSurface(
  faults: FaultBook,
  log: RequestLog,
  reports: Reports = new Map(),
): Surface {
  return async (req, res, exchange) => {
    const { url } = exchange;
    if (!isControl(req, url)) return false;
    switch (`${req.method} ${url.pathname}`) {
      case "GET /_sandbox/faults":
        sendJson(res, 200, faults.list().map(shown));
        return true;
      case "POST /_sandbox/faults":
        await addFaults(faults, exchange, res);
        return true;
      case "DELETE /_sandbox/faults":
        faults.clear();
        sendJson(res, 200, []);
        return true;
      case "GET /_sandbox/log":
        await sendLog(log, res);
        return true;
      case "DELETE /_sandbox/log":
        log.clear();
        sendJson(res, 200, []);
        return true;
      default: {
        const report =
          req.method === "GET" ? reports.get(url.pathname.slice("/_sandbox/".length)) : undefined;
        if (report) {
          sendJson(res, 200, await report());
          return true;
        }
        sendJson(res, 404, { message: `There is no ${req.method} ${url.pathname}.` });
        return true;
      }
    }
  };
}

async function addFaults(faults: FaultBook, exchange: Exchange, res: ServerResponse): Promise<void> {
  const text = (await exchange.body()).toString("utf8");
  try {
    sendJson(res, 201, faults.add(JSON.parse(text)).map(shown));
  } catch (thrown) {
    sendJson(res, 400, { message: thrown instanceof Error ? thrown.message : String(thrown) });
  }
}

/** JSON lines, as they stood when asked. */
async function sendLog(log: RequestLog, res: ServerResponse): Promise<void> {
  const entries = [...log.entries()];
  const lines = function* (): Generator<string> {
    for (const entry of entries) yield `${JSON.stringify(entry)}\n`;
  };
  res.writeHead(200, { "content-type": "application/x-ndjson" });
  try {
    await pipeline(Readable.from(lines()), res);
  } catch {
    // Only a reader that hung up ends it early.
  }
}

function shown({ id, rule, seen, hits }: WrittenRule): object {
  return { id, ...rule, seen, hits };
}

function sendJson(res: ServerResponse, status: number, value: unknown): void {
  res.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(value)}\n`);
}
