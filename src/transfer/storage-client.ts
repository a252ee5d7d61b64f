import type { Dispatcher } from "undici";
import { proxySettings } from "../shared/proxy-settings.ts";
import { redactText, showUrl } from "../shared/redact.ts";
import { trustedCertificates } from "../shared/trusted-certificates.ts";
import { AttemptFailed } from "./failure.ts";
import type { SignedRequest } from "./ports.ts";
import { ReceiveMemory } from "./receive-memory.ts";

export interface StorageClientOptions {
  readonly connectTimeoutMs: number;
  readonly caFile?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly onRequest?: ((line: string) => void) | undefined;
}

export interface StorageReply {
  readonly host: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Dispatcher.ResponseData["body"];
}

export type UploadBody = Uint8Array | AsyncIterable<Uint8Array>;

const MOST_REDIRECTS = 5;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/i;

/**
 * The one place that opens connections: kept alive, through the environment's proxy (loopback never), no time limit of its own
 * but on connecting: the watchdog ends silence. Loads undici at the first request.
 */
export class StorageClient {
  readonly #options: StorageClientOptions;
  /** By method and protocol: certificates are read only where they are asked for. */
  readonly #dispatchers = new Map<string, Promise<Dispatchers>>();
  readonly #memory = new ReceiveMemory();

  constructor(options: StorageClientOptions) {
    this.#options = options;
  }

  /** A PUT of exactly `bytes` bytes. Never follows a redirect: the signature is for one place. */
  put(signed: SignedRequest, body: UploadBody, bytes: number, signal: AbortSignal): Promise<StorageReply> {
    const headers = { ...signed.headers, "content-length": String(bytes) };
    return this.#request("PUT", new URL(signed.url), headers, signal, body);
  }

  /** A GET with more headers. Follows redirects; what was meant for one origin alone is not taken to another. */
  async get(
    signed: SignedRequest,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<StorageReply> {
    let url = new URL(signed.url);
    let own: Readonly<Record<string, string>> = signed.headers;
    for (let hops = 0; ; hops += 1) {
      const all = { "accept-encoding": "identity", ...own, ...headers };
      const reply = await this.#request("GET", url, all, signal, null);
      const location = headerText(reply.headers, "location");
      if (![301, 302, 303, 307, 308].includes(reply.status) || location === null) return reply;
      await reply.body.dump();
      const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
      if (!next || !/^https?:$/.test(next.protocol) || hops === MOST_REDIRECTS) {
        const reason = next ? "it redirects without end" : "it redirects to no address";
        throw new AttemptFailed({ kind: "answer", host: url.host, reason });
      }
      if (next.origin !== url.origin) own = {};
      url = next;
    }
  }

  /** A chunk of a GET's body is needed no more: its memory may be used again. Nobody has to say so. */
  giveBack(chunk: Uint8Array): void {
    this.#memory.giveBack(chunk);
  }

  /** Forgets every connection: after the machine slept they are dead, and say so only after minutes. */
  dropSockets(): void {
    for (const each of this.#takeAll()) each.then(destroyBoth).catch(() => {});
  }

  async close(): Promise<void> {
    await Promise.all(this.#takeAll().map((each) => each.then(destroyBoth, () => {})));
  }

  #takeAll(): Promise<Dispatchers>[] {
    const all = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    return all;
  }

  #dispatchersFor(method: "GET" | "PUT", protocol: string): Promise<Dispatchers> {
    const key = `${method} ${protocol}`;
    const known = this.#dispatchers.get(key);
    if (known) return known;
    const opened = this.#open(method, protocol === "https:");
    this.#dispatchers.set(key, opened);
    return opened;
  }

  async #request(
    method: "GET" | "PUT",
    url: URL,
    headers: Record<string, string>,
    signal: AbortSignal,
    body: UploadBody | null,
  ): Promise<StorageReply> {
    const { direct, proxied } = await this.#dispatchersFor(method, url.protocol);
    const dispatcher = LOOPBACK.test(url.hostname) ? direct : proxied;
    const startedMs = performance.now();
    const log = (outcome: string): void => {
      const tookMs = Math.round(performance.now() - startedMs);
      this.#options.onRequest?.(redactText(`${method} ${showUrl(url)} ${outcome} ${tookMs} ms`));
    };
    try {
      const reply = await dispatcher.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers,
        signal,
        body: body as Dispatcher.DispatchOptions["body"] & Uint8Array,
      });
      log(String(reply.statusCode));
      return { host: url.host, status: reply.statusCode, headers: reply.headers, body: reply.body };
    } catch (thrown) {
      log(thrown instanceof Error ? thrown.message : "failed");
      throw thrown;
    }
  }

  async #open(method: "GET" | "PUT", overTls: boolean): Promise<Dispatchers> {
    const { Agent, buildConnector, EnvHttpProxyAgent } = await import("../shared/undici.ts");
    const { connectTimeoutMs, caFile, env = {} } = this.#options;
    const secureContext = overTls ? trustedCertificates(caFile, env) : undefined;
    const connect = { timeout: connectTimeoutMs, ...(secureContext ? { secureContext } : {}) };
    const limits = {
      connect: method === "GET" ? this.#memory.connector(buildConnector, connect) : connect,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 15_000,
      allowH2: false,
    };
    return {
      direct: new Agent(limits),
      proxied: new EnvHttpProxyAgent({
        ...limits,
        requestTls: connect,
        proxyTls: connect,
        ...proxySettings(env),
      }),
    };
  }
}

interface Dispatchers {
  readonly direct: Dispatcher;
  readonly proxied: Dispatcher;
}

async function destroyBoth(pair: Dispatchers): Promise<void> {
  await Promise.all([pair.direct.destroy(), pair.proxied.destroy()]);
}

/** One header as text; null when absent. */
export function headerText(headers: StorageReply["headers"], name: string): string | null {
  const value = headers[name];
  return value === undefined ? null : Array.isArray(value) ? (value[0] ?? null) : value;
}
