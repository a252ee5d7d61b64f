import type { Dispatcher } from "undici";
import { SgmediaError } from "../shared/errors.ts";
import { isLoopback } from "./site-origin.ts";
import { trustedCertificates } from "./trusted-certificates.ts";

/** At most this many calls of the site's API at once; no site says a number (contract/rest.md 9). */
export const CALLS_AT_ONCE = 4;

export interface DispatcherOptions {
  readonly origin: string;
  readonly connectTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly caFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Kept connections to one origin, through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name, trusting what
 * `trustedCertificates` says. Loopback is never reached through a proxy. Loads undici when called, not before.
 */
export async function createDispatcher(options: DispatcherOptions): Promise<Dispatcher> {
  const { Agent, EnvHttpProxyAgent, Pool } = await import("../shared/undici.ts");
  const url = new URL(options.origin);
  const secureContext =
    url.protocol === "https:" ? trustedCertificates(options.caFile, options.env) : undefined;
  const connect = { timeout: options.connectTimeoutMs, ...(secureContext ? { secureContext } : {}) };
  const limits = {
    connect,
    connections: CALLS_AT_ONCE,
    headersTimeout: options.stallTimeoutMs,
    bodyTimeout: options.stallTimeoutMs,
  };
  if (isLoopback(url.hostname)) return new Agent(limits);
  return new EnvHttpProxyAgent({
    ...limits,
    ...proxySettings(options.env),
    requestTls: connect,
    proxyTls: connect,
    // A proxy that takes the connection and says nothing is silence too; undici would wait five minutes for it.
    clientFactory: (origin, own) => new Pool(origin, { ...own, headersTimeout: options.connectTimeoutMs }),
  });
}

/** Empty text means "none" to undici and keeps it from reading the environment by itself. */
function proxySettings(env: DispatcherOptions["env"]): {
  httpProxy: string;
  httpsProxy: string;
  noProxy: string;
} {
  return {
    httpProxy: proxyUrl("HTTP_PROXY", env["http_proxy"] ?? env["HTTP_PROXY"]),
    httpsProxy: proxyUrl("HTTPS_PROXY", env["https_proxy"] ?? env["HTTPS_PROXY"]),
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
  };
}

/** Studios write `host:port` and `user:pass@host:port` as well as URLs (contract/login.md 7). Throws E_CONFIG. */
function proxyUrl(name: string, value: string | undefined): string {
  const text = value?.trim() ?? "";
  if (text === "") return "";
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (URL.canParse(url)) return url;
  throw new SgmediaError("E_CONFIG", `${name} is no proxy address.`, {
    why: "It cannot be read as host:port or as a URL.",
    fix: `Set it as ${name}=http://proxy.example:8080`,
  });
}
