import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { RequestFacts } from "../faults/fault-book.ts";
import type { RequestLog } from "./request-log.ts";

const connectionIds = new WeakMap<Socket, number>();
let nextConnectionId = 1;

function connectionIdOf(socket: Socket): number {
  const known = connectionIds.get(socket) ?? nextConnectionId++;
  connectionIds.set(socket, known);
  return known;
}

/** Writes a request into the log once it is over. Body bytes are counted where the parser hands them on: no stream is put between. */
export function recordRequest(
  log: RequestLog,
  req: IncomingMessage,
  res: ServerResponse,
  request: { facts: RequestFacts; faultId: number | null; atMs: number },
): void {
  const { socket } = req;
  const { facts, faultId, atMs } = request;
  const before = socket.bytesWritten;
  let bytesIn = 0;
  const inlet = req as unknown as { push: (chunk: Buffer | null) => boolean };
  const push = inlet.push;
  inlet.push = (chunk) => {
    if (chunk !== null) bytesIn += chunk.length;
    return push.call(req, chunk);
  };
  res.once("close", () => {
    log.add({
      atMs,
      surface: facts.surface,
      method: facts.method,
      path: facts.path,
      status: res.headersSent ? res.statusCode : 0,
      bytesIn,
      bytesOut: bodyBytesOut(req, res, socket.bytesWritten - before),
      partNumber: facts.part,
      range: req.headers.range ?? null,
      connectionId: connectionIdOf(socket),
      headerNames: Object.keys(req.headers),
      faultId,
      aborted: !res.writableFinished,
    });
  });
}

/** What of the bytes on the wire was body. A chunked body counts with its framing. */
function bodyBytesOut(req: IncomingMessage, res: ServerResponse, wireBytes: number): number {
  if (!res.headersSent || req.method === "HEAD") return 0;
  // node keeps the head as it was sent, and tells nowhere else how long it was.
  const head = (res as unknown as { _header: string | null })._header ?? "";
  return Math.max(0, wireBytes - Buffer.byteLength(head, "latin1"));
}
