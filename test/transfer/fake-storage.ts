import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** What goes wrong with a request. Without any of it the storage behaves as S3 does. */
export interface Fault {
  readonly method?: "PUT" | "GET";
  readonly part?: number;
  /** Requests that pass before, and requests that are hit. */
  skip?: number;
  times?: number;
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Cuts the connection after so many bytes of the body, received or sent. */
  readonly resetAfter?: number;
  /** Falls silent after so many bytes of the body, received or sent. */
  readonly stallAfter?: number;
  /** Takes everything and never answers. */
  readonly neverAnswer?: boolean;
  /** Acts, then cuts the connection. */
  readonly loseReply?: boolean;
  readonly etag?: string;
  readonly replyHeaders?: Record<string, string>;
  readonly corruptAt?: number;
  /** Answers a range with another one. */
  readonly shiftRange?: number;
  /** Sends so many bytes more than asked for, without a Content-Length. */
  readonly extraBytes?: number;
  readonly ignoreRange?: boolean;
  /** Takes a piece of the body only now and then. */
  readonly slowReader?: boolean;
  /** Sends at most so many bytes a second. */
  readonly bytesPerSecond?: number;
}

export interface LogEntry {
  readonly method: string;
  readonly key: string;
  readonly part: number | null;
  readonly range: string | null;
  readonly headers: IncomingMessage["headers"];
  readonly connection: number;
  status: number;
  bytesIn: number;
  bytesOut: number;
}

export interface StoredThing {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** An S3-like storage on loopback that counts, remembers and misbehaves as told. */
export class FakeStorage {
  readonly objects = new Map<string, StoredThing>();
  readonly multiparts = new Map<string, { key: string; parts: Map<number, StoredThing> }>();
  readonly log: LogEntry[] = [];
  readonly faults: Fault[] = [];
  /** Signatures that no longer count. */
  readonly expired = new Set<string>();
  rangesSupported = true;
  plainEtags = true;
  /** Called for every accepted part. */
  onPart: (part: number) => void = () => {};
  /** Called for every piece of a body that goes out. */
  onOut: (bytes: number) => void = () => {};
  #port = 0;
  readonly #tls: boolean;
  #signatures = 0;
  #connections = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(tls: { key: string; cert: string } | null) {
    this.#tls = tls !== null;
    const answer = (req: IncomingMessage, res: ServerResponse): void => {
      this.#answer(req, res).catch(() => req.destroy());
    };
    this.#server = tls ? createTlsServer(tls, answer) : createServer(answer);
    this.#server.on(tls ? "secureConnection" : "connection", (socket: Socket & { number?: number }) => {
      this.#connections += 1;
      socket.number = this.#connections;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(tls: { key: string; cert: string } | null = null): Promise<FakeStorage> {
    const storage = new FakeStorage(tls);
    await new Promise<void>((resolve) => storage.#server.listen(0, "127.0.0.1", resolve));
    storage.#port = (storage.#server.address() as AddressInfo).port;
    return storage;
  }

  get origin(): string {
    return `${this.#tls ? "https" : "http"}://127.0.0.1:${this.#port}`;
  }

  get connections(): number {
    return this.#connections;
  }

  sign(key: string, query: Record<string, string> = {}): string {
    this.#signatures += 1;
    const all = new URLSearchParams({ ...query, "X-Amz-Signature": `s${this.#signatures}` });
    return `${this.origin}/${encodeURIComponent(key)}?${all}`;
  }

  put(key: string, bytes: Buffer, partSize: number | null = null): StoredThing {
    const etag = partSize === null ? md5(bytes) : composite(bytes, partSize);
    const thing = { bytes, etag };
    this.objects.set(key, thing);
    return thing;
  }

  count(method: string, status?: number): number {
    return this.log.filter(
      (each) => each.method === method && (status === undefined || each.status === status),
    ).length;
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.dropConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #fault(method: string, part: number | null): Fault {
    for (const fault of this.faults) {
      if (fault.method && fault.method !== method) continue;
      if (fault.part !== undefined && fault.part !== part) continue;
      if ((fault.skip ?? 0) > 0) {
        fault.skip = (fault.skip ?? 0) - 1;
        continue;
      }
      if (fault.times === 0) continue;
      if (fault.times !== undefined) fault.times -= 1;
      return fault;
    }
    return {};
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? "/", this.origin);
    const key = decodeURIComponent(url.pathname.slice(1));
    const part = url.searchParams.has("partNumber") ? Number(url.searchParams.get("partNumber")) : null;
    const entry: LogEntry = {
      method: req.method ?? "",
      key,
      part,
      range: req.headers.range ?? null,
      headers: req.headers,
      connection: (req.socket as Socket & { number?: number }).number ?? 0,
      status: 0,
      bytesIn: 0,
      bytesOut: 0,
    };
    this.log.push(entry);
    const fault = this.#fault(entry.method, part);
    const refuse = (status: number, code: string, headers: Record<string, string> = {}): void => {
      entry.status = status;
      const body = fault.body ?? `<Error><Code>${code}</Code><Message>told so</Message></Error>`;
      res.writeHead(status, { "content-length": Buffer.byteLength(body), ...headers }).end(body);
    };
    if (entry.method === "PUT") return this.#put(req, res, url, entry, fault, refuse);
    if (fault.status) return refuse(fault.status, "Told", fault.headers);
    if (this.expired.has(url.searchParams.get("X-Amz-Signature") ?? "")) return refuse(403, "AccessDenied");
    return this.#get(req, res, entry, fault, refuse);
  }

  async #put(
    req: IncomingMessage,
    res: ServerResponse,
    url: URL,
    entry: LogEntry,
    fault: Fault,
    refuse: (status: number, code: string, headers?: Record<string, string>) => void,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      entry.bytesIn += chunk.length;
      if (fault.slowReader) await new Promise((resolve) => setTimeout(resolve, 2));
      if (fault.resetAfter !== undefined && entry.bytesIn >= fault.resetAfter)
        return void req.socket.destroy();
      if (fault.stallAfter !== undefined && entry.bytesIn >= fault.stallAfter)
        return await new Promise(() => {});
    }
    if (fault.neverAnswer) return;
    if (fault.status) return refuse(fault.status, "Told", fault.headers);
    if (this.expired.has(url.searchParams.get("X-Amz-Signature") ?? "")) return refuse(403, "AccessDenied");
    if (req.headers["content-length"] === undefined) return refuse(411, "MissingContentLength");
    const bytes = Buffer.concat(chunks);
    const thing = { bytes, etag: this.plainEtags ? md5(bytes) : `opaque-${entry.part ?? 0}x` };
    if (entry.part === null) this.objects.set(entry.key, thing);
    else {
      const multipart = this.multiparts.get(url.searchParams.get("uploadId") ?? "");
      if (!multipart) return refuse(404, "NoSuchUpload");
      multipart.parts.set(entry.part, thing);
    }
    if (fault.loseReply) return void req.socket.destroy();
    entry.status = 200;
    res
      .writeHead(200, { etag: `"${fault.etag ?? thing.etag}"`, "content-length": 0, ...fault.replyHeaders })
      .end();
    this.onPart(entry.part ?? 1);
  }

  async #get(
    req: IncomingMessage,
    res: ServerResponse,
    entry: LogEntry,
    fault: Fault,
    refuse: (status: number, code: string, headers?: Record<string, string>) => void,
  ): Promise<void> {
    const thing = this.objects.get(entry.key);
    if (!thing) return refuse(404, "NoSuchKey");
    const etag = `"${fault.etag ?? thing.etag}"`;
    const match = req.headers["if-match"];
    if (match !== undefined && match !== etag) return refuse(412, "PreconditionFailed");
    const size = thing.bytes.length;
    const asked = /^bytes=(\d+)-(\d*)$/.exec(req.headers.range ?? "");
    const ranged = asked !== null && this.rangesSupported && !fault.ignoreRange;
    const first = ranged ? Number(asked[1]) : 0;
    if (ranged && first >= size) return refuse(416, "InvalidRange", { "content-range": `bytes */${size}` });
    const last = ranged && asked[2] ? Math.min(Number(asked[2]), size - 1) : size - 1;
    const shift = fault.shiftRange ?? 0;
    let body = thing.bytes.subarray(first, last + 1);
    if (fault.extraBytes) body = Buffer.concat([body, Buffer.alloc(fault.extraBytes, 0x2e)]);
    if (fault.corruptAt !== undefined && fault.corruptAt >= first && fault.corruptAt <= last) {
      body = Buffer.from(body);
      body[fault.corruptAt - first] = (body[fault.corruptAt - first] ?? 0) ^ 0xff;
    }
    entry.status = ranged ? 206 : 200;
    res.writeHead(entry.status, {
      etag,
      "content-type": "video/quicktime",
      ...(fault.extraBytes === undefined ? { "content-length": body.length } : {}),
      ...(ranged ? { "content-range": `bytes ${first + shift}-${last + shift}/${size}` } : {}),
      ...fault.replyHeaders,
    });
    const gone = new AbortController();
    const closed = new Promise<void>((resolve) => {
      res.once("close", () => {
        gone.abort();
        resolve();
      });
    });
    const step = fault.bytesPerSecond ? Math.max(1, Math.floor(fault.bytesPerSecond / 20)) : 64 * 1024;
    for (let at = 0; at < body.length; at += step) {
      const stopAt = fault.resetAfter ?? fault.stallAfter ?? Number.POSITIVE_INFINITY;
      const piece = body.subarray(at, Math.min(at + step, stopAt));
      const more = res.write(piece);
      entry.bytesOut += piece.length;
      this.onOut(piece.length);
      if (at + step >= stopAt) {
        if (fault.stallAfter !== undefined) return await new Promise(() => {});
        // What was written shall arrive: only then the connection ends.
        await new Promise<void>((resolve) => req.socket.write("", () => resolve()));
        return void req.socket.destroySoon();
      }
      if (res.destroyed) return;
      if (fault.bytesPerSecond) await new Promise((resolve) => setTimeout(resolve, 50));
      else if (!more) {
        await Promise.race([once(res, "drain", { signal: gone.signal }), closed]).catch(() => {});
      }
    }
    res.end();
  }
}

export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The reference for composite ETags, written apart from the engine's. */
export function composite(bytes: Buffer, partSize: number): string {
  const digests: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += partSize) {
    digests.push(
      createHash("md5")
        .update(bytes.subarray(at, at + partSize))
        .digest(),
    );
  }
  return `${md5(Buffer.concat(digests))}-${digests.length}`;
}
