import type { Dispatcher } from "undici";
import { proxySettings } from "../shared/proxy-settings.ts";
import { trustedCertificates } from "../shared/trusted-certificates.ts";
import { isLoopback } from "./site-origin.ts";

/** At most this many calls of the site's API at once; no site says a number (contract/rest.md 9). */
export const CALLS_AT_ONCE = 8;

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
