import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { actOut } from "../faults/act.ts";
import { FaultBook, type RequestFacts } from "../faults/fault-book.ts";
import type { Surface } from "../types.ts";
import { createControlSurface } from "./control.ts";
import { isControl } from "./loopback.ts";
import { BodyTooLarge, readBody } from "./read-body.ts";
import { recordRequest } from "./record-request.ts";
import { RequestLog } from "./request-log.ts";

export interface Kernel {
  readonly faults: FaultBook;
  readonly log: RequestLog;
  /** `/_sandbox/…`. The kernel asks it first on every origin, so no list needs to name it. */
  readonly controlSurface: Surface;
  /** Answers `GET /_sandbox/<name>` with what `read` gives, as JSON. */
  report(name: string, read: () => Promise<unknown>): void;
  /** Listens for a surface; the handlers are asked in order until one answers. Port 0: any free one. Rejects when the port is taken. */
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

interface Listener {
  readonly surface: "site" | "storage";
  readonly handlers: readonly Surface[];
  /** Known once it listens. */
  origin: string;
}

/** The HTTP servers of the sandbox, with faults and a log of every request. A request that no rule fits passes untouched. */
export function createKernel(options: KernelOptions): Kernel {
  const faults = new FaultBook();
  const log = new RequestLog();
  const reports = new Map<string, () => Promise<unknown>>();
  const controlSurface = createControlSurface(faults, log, reports);
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  const serve = async (listener: Listener, req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = urlOf(req, listener.origin);
    if (!url) {
      sendText(res, 400, "Bad Request");
      return;
    }
    const facts = factsOf(req, url, listener.surface);
    const body = (limitBytes?: number): Promise<Buffer> => readBody(req, limitBytes);
    const exchange = { surface: facts.surface, url, body };
    if (isControl(req, url)) {
      await controlSurface(req, res, exchange);
      return;
    }
    const written = faults.claim(facts);
    recordRequest(log, req, res, { facts, faultId: written?.id ?? null, atMs: options.nowMs() });
    if (written && (await actOut(written.rule, req, res, facts.surface))) return;
    for (const handler of listener.handlers) if (await handler(req, res, exchange)) return;
    sendText(res, 404, "Not Found");
  };

  const handle = (listener: Listener) => (req: IncomingMessage, res: ServerResponse) => {
    serve(listener, req, res).catch((thrown: unknown) => {
      if (res.headersSent || res.destroyed) res.destroy();
      else if (thrown instanceof BodyTooLarge)
        res.writeHead(413, { connection: "close", "content-type": "text/plain" }).end(`${thrown.message}\n`);
      else sendText(res, 500, thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    });
  };

  return {
    faults,
    log,
    controlSurface,
    report: (name, read) => void reports.set(name, read),
    async listen(surface, port, handlers) {
      const listener: Listener = { surface, handlers, origin: "" };
      // Large buffers, and no limit on how long a body may take: a movie over a slow line is no attack.
      const settings = { highWaterMark: 1024 * 1024, requestTimeout: 0, keepAliveTimeout: 60_000 };
      const server = options.tls
        ? createTlsServer({ ...settings, ...options.tls }, handle(listener))
        : createServer(settings, handle(listener));
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
      listener.origin = `${options.tls ? "https" : "http"}://${reachable(options.host)}:${bound}`;
      return { origin: listener.origin, port: bound };
    },
    async close() {
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

/** Of a path, as nearly all send it, or of a whole URL, as through a proxy; null for neither. */
function urlOf(req: IncomingMessage, origin: string): URL | null {
  const target = req.url ?? "/";
  const text = target.startsWith("/") ? `${origin}${target}` : target;
  return URL.canParse(text) ? new URL(text) : null;
}

function factsOf(req: IncomingMessage, url: URL, listener: "site" | "storage"): RequestFacts {
  const part = url.searchParams.get("partNumber") ?? url.searchParams.get("part_number");
  return {
    surface: listener === "site" && /^\/(?:api3|upload)\//.test(url.pathname) ? "rpc" : listener,
    method: req.method ?? "GET",
    path: url.pathname,
    part: part !== null && /^\d+$/.test(part) ? Number(part) : null,
    bearer: /^bearer /i.test(req.headers.authorization ?? ""),
    signedUrl: url.searchParams.has("X-Amz-Signature") || url.searchParams.has("signature"),
  };
}

/** A host that names every address is no address to go to. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

function sendText(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { "content-type": "text/plain" }).end(`${text}\n`);
}
