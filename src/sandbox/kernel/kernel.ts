import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { FaultBook } from "../faults/fault-book.ts";
import { setStorageFault } from "../faults/flags.ts";
import { disturbRequest } from "../faults/on-request.ts";
import { disturbResponse, loseReply } from "../faults/on-response.ts";
import type { FaultRule } from "../faults/rule.ts";
import type { Exchange, Surface } from "../types.ts";
import { createControlSurface } from "./control.ts";
import { BodyTooLarge, readBody } from "./read-body.ts";
import { RequestLog } from "./request-log.ts";

export interface Kernel {
  readonly faults: FaultBook;
  readonly log: RequestLog;
  readonly controlSurface: Surface;
  /** Listens for a surface; the handlers are asked in order until one answers. Port 0: any free one. */
  listen(
    surface: "site" | "storage",
    port: number,
    handlers: readonly Surface[],
  ): Promise<{ origin: string; port: number }>;
  /** Ends every connection at once. */
  close(): Promise<void>;
}

export interface KernelOptions {
  readonly host: string;
  readonly nowMs: () => number;
  /** PEM; speaks https when given. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** The HTTP servers of the sandbox, with faults and a log of every request. A request that no rule fits passes untouched. */
export function createKernel(options: KernelOptions): Kernel {
  const faults = new FaultBook();
  const log = new RequestLog();
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const connectionIds = new WeakMap<Socket, number>();
  let nextConnectionId = 1;

  const serve = async (
    surface: "site" | "storage",
    origin: string,
    handlers: readonly Surface[],
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> => {
    const url = new URL(req.url ?? "/", origin);
    const control = url.pathname.startsWith("/_sandbox/");
    const exchange: Exchange = {
      surface: surface === "site" && /^\/(?:api3|upload)\//.test(url.pathname) ? "rpc" : surface,
      url,
      body: (limitBytes) => readBody(req, limitBytes),
    };
    const facts = {
      surface: exchange.surface,
      method: req.method ?? "GET",
      path: url.pathname,
      part: partOf(url),
    };
    const written = control ? undefined : faults.claim(facts);
    if (!control) record(req, res, exchange, facts.part, written?.id ?? null);
    if (written && (await act(req, res, written.rule))) return;
    for (const handler of handlers) if (await handler(req, res, exchange)) return;
    res.writeHead(404, { "content-type": "text/plain" }).end("Not Found\n");
  };

  const record = (
    req: IncomingMessage,
    res: ServerResponse,
    exchange: Exchange,
    partNumber: number | null,
    faultId: number | null,
  ): void => {
    const { socket } = req;
    const startMs = options.nowMs();
    const startBytesOut = socket.bytesWritten;
    let bytesIn = 0;
    const stream = req as unknown as { push: (chunk: Buffer | null) => boolean };
    const push = stream.push.bind(req);
    stream.push = (chunk) => {
      if (chunk !== null) bytesIn += chunk.length;
      return push(chunk);
    };
    let known = connectionIds.get(socket);
    if (known === undefined) {
      known = nextConnectionId++;
      connectionIds.set(socket, known);
    }
    const connectionId = known;
    res.once("close", () => {
      const whole = res.writableFinished;
      const announced = Number(res.getHeader("content-length") ?? Number.NaN);
      log.add({
        atMs: startMs,
        surface: exchange.surface,
        method: req.method ?? "GET",
        path: exchange.url.pathname,
        status: res.headersSent ? res.statusCode : 0,
        bytesIn,
        bytesOut: whole && Number.isFinite(announced) ? announced : socket.bytesWritten - startBytesOut,
        partNumber,
        range: req.headers.range ?? null,
        connectionId,
        headerNames: Object.keys(req.headers),
        faultId,
        aborted: !whole,
      });
    });
  };

  const onRequest =
    (surface: "site" | "storage", origin: () => string, handlers: readonly Surface[]) =>
    (req: IncomingMessage, res: ServerResponse) => {
      serve(surface, origin(), handlers, req, res).catch((thrown: unknown) => {
        if (res.headersSent || res.destroyed || req.destroyed) res.destroy();
        else if (thrown instanceof BodyTooLarge) res.writeHead(413, { connection: "close" }).end();
        else
          res
            .writeHead(500, { "content-type": "text/plain" })
            .end(`${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
      });
    };

  return {
    faults,
    log,
    controlSurface: createControlSurface(faults, log),
    async listen(surface, port, handlers) {
      let origin = "";
      const handle = onRequest(surface, () => origin, handlers);
      // Large buffers, and no limit on how long a body may take: a movie over a slow line is no attack.
      const settings = { highWaterMark: 1024 * 1024, requestTimeout: 0, keepAliveTimeout: 60_000 };
      const server = options.tls
        ? createTlsServer({ ...settings, ...options.tls }, handle)
        : createServer(settings, handle);
      server.on("connection", (socket: Socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        socket.on("error", () => undefined);
      });
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, options.host, resolve);
      });
      servers.push(server);
      const bound = (server.address() as AddressInfo).port;
      const shownHost = options.host === "0.0.0.0" || options.host === "::" ? "127.0.0.1" : options.host;
      origin = `${options.tls ? "https" : "http"}://${shownHost.includes(":") ? `[${shownHost}]` : shownHost}:${bound}`;
      return { origin, port: bound };
    },
    async close() {
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

/** Acts out a rule; true when it answered itself. */
async function act(req: IncomingMessage, res: ServerResponse, rule: FaultRule): Promise<boolean> {
  if (rule.latencyMs !== undefined) await new Promise((resolve) => setTimeout(resolve, rule.latencyMs));
  if (rule.status !== undefined || rule.expireToken) {
    await drain(req);
    if (rule.expireToken) answerExpiredToken(res);
    else res.writeHead(rule.status ?? 500, rule.headers ?? {}).end(rule.body ?? "");
    return true;
  }
  setStorageFault(req, { expireUrl: rule.expireUrl, storeNothing: rule.storeNothing });
  if (rule.loseReply) loseReply(res);
  const direction = rule.direction ?? (req.method === "PUT" || req.method === "POST" ? "received" : "sent");
  const aboutBytes = [
    rule.resetAfterBytes,
    rule.stallMs,
    rule.bytesPerSecond,
    rule.truncateAfterBytes,
    rule.corruptAtByte,
  ].some((each) => each !== undefined);
  if (!aboutBytes) return false;
  if (direction === "received" && rule.truncateAfterBytes === undefined) disturbRequest(req, rule);
  else disturbResponse(res, rule);
  return false;
}

async function drain(req: IncomingMessage): Promise<void> {
  for await (const _chunk of req) {
    // Read and dropped: the answer comes when the sender is done, as a busy service would give it.
  }
}

function answerExpiredToken(res: ServerResponse): void {
  const detail = "The access token is expired or invalid.";
  const body = {
    errors: [
      { id: randomUUID(), status: 401, code: 102, title: "Unauthorized", source: null, detail, meta: null },
    ],
  };
  res.writeHead(401, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
}

function partOf(url: URL): number | null {
  const text = url.searchParams.get("partNumber") ?? url.searchParams.get("part_number");
  return text === null || !/^\d+$/.test(text) ? null : Number(text);
}
