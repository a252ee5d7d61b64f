import type * as v from "valibot";
import type { RecordRef } from "../shared/records.ts";
import type { Bearer } from "./bearer.ts";
import { decodeReply } from "./decode.ts";
import type { Exchange, ExchangeReply, Repeat } from "./exchange.ts";
import { explainAnswer } from "./site-answer.ts";
import { resolveSiteLink } from "./site-origin.ts";
import type { WireRequest } from "./transport.ts";
import type { Credentials } from "./types.ts";

export interface ApiCall {
  readonly method?: WireRequest["method"];
  /** Root-relative, with `/api/v1`; a link of the site goes in as it came. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly json?: unknown;
  /** Of `json`; `application/json` unless the endpoint wants another (contract/rest.md 1). */
  readonly contentType?: string;
  readonly repeat?: Repeat;
  /** Ends the sentence "The site refused to …". */
  readonly what: string;
  readonly record?: RecordRef | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Calls of the site's API with the bearer on them. */
export interface Api {
  readonly origin: string;
  /** Whatever was answered below 500. */
  call(call: ApiCall): Promise<ExchangeReply>;
  /** A 2xx answer; anything else is thrown as the error it stands for. */
  accepted(call: ApiCall): Promise<ExchangeReply>;
  /** A 2xx answer as JSON of a shape. */
  json<const S extends v.GenericSchema>(schema: S, call: ApiCall): Promise<v.InferOutput<S>>;
  /** Proof of who asks, for a URL of the site's own origin; nothing for any other. */
  headersFor(url: URL, signal?: AbortSignal): Promise<Record<string, string>>;
}

export function createApi(origin: string, exchange: Exchange, bearer: Bearer, credentials: Credentials): Api {
  async function once(request: ApiCall, token: string): Promise<ExchangeReply> {
    const url = resolveSiteLink(origin, request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const hasBody = request.json !== undefined;
    return exchange({
      method: request.method ?? "GET",
      url,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${token}`,
        ...(hasBody ? { "content-type": request.contentType ?? "application/json" } : {}),
      },
      body: hasBody ? JSON.stringify(request.json) : undefined,
      repeat: request.repeat ?? "safe",
      what: request.what,
      record: request.record,
      signal: request.signal,
    });
  }

  const api: Api = {
    origin,
    async call(request) {
      const token = await bearer.get(request.signal);
      const reply = await once(request, token);
      if (reply.status !== 401) return reply;
      // 401 means nothing was done, so even a create may be replayed (contract/rest.md 9).
      bearer.drop(token);
      return once(request, await bearer.get(request.signal));
    },
    async accepted(request) {
      const reply = await api.call(request);
      if (reply.status >= 200 && reply.status < 300) return reply;
      throw explainAnswer(reply, { origin, what: request.what, record: request.record });
    },
    async json(schema, request) {
      return decodeReply(schema, await api.accepted(request), { origin, what: request.what });
    },
    async headersFor(url, signal) {
      if (url.origin !== origin) return {};
      const authorization = `Bearer ${await bearer.get(signal)}`;
      // The site's own file pages know a session by its cookie (contract/rest.md 7).
      const isPage = credentials.kind === "session" && !url.pathname.startsWith("/api/");
      return isPage
        ? { authorization, cookie: `_session_id=${credentials.sessionToken}` }
        : { authorization };
    },
  };
  return api;
}
