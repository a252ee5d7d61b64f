import type { IncomingMessage, ServerResponse } from "node:http";
import { callerOfBearer } from "../auth/authenticate.ts";
import { notFound, SiteError } from "../store/site-error.ts";
import type { Caller, Exchange, Sandbox, Surface } from "../types.ts";
import { type Call, contentType, FORM_BODY } from "./call.ts";
import { send, sendError, sendNotAcceptable, sendRead, unauthorized } from "./reply.ts";
import { route } from "./router.ts";
import { serverInfo } from "./routes-site.ts";
import { sessionRoute } from "./session-routes.ts";
import { pictureRoute } from "./site-storage.ts";
import { tokenRoute } from "./token-route.ts";

const NOBODY: Caller = {
  as: { type: "ApiUser", id: 0 },
  signedIn: { type: "ApiUser", id: 0 },
  authType: "script",
};

function prefixOf(pathname: string): Call["prefix"] | undefined {
  if (pathname === "/api/v1.1" || pathname.startsWith("/api/v1.1/")) return "/api/v1.1";
  if (pathname === "/api/v1" || pathname.startsWith("/api/v1/")) return "/api/v1";
  return undefined;
}

function preflight(res: ServerResponse): void {
  res.setHeader("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS");
  res.setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Range");
  send(res, 204, "");
}

/** A bearer, or on the one path where a signature stands for the caller, that signature. */
function callerOf(sandbox: Sandbox, req: IncomingMessage, url: URL): Caller {
  const caller = callerOfBearer(sandbox, req.headers.authorization);
  if (caller) return caller;
  const signed =
    req.method === "PUT" && url.pathname.endsWith("/_upload") && url.searchParams.has("signature");
  if (signed) return NOBODY;
  throw unauthorized();
}

async function answer(
  sandbox: Sandbox,
  prefix: Call["prefix"],
  req: IncomingMessage,
  res: ServerResponse,
  exchange: Exchange,
): Promise<void> {
  const { url } = exchange;
  const path = url.pathname.slice(prefix.length).replace(/\/+$/, "");
  if (req.method === "OPTIONS") return preflight(res);
  if (path === "" && req.method === "GET") return sendRead(res, serverInfo(sandbox, prefix));
  if (path === "/auth/access_token" && req.method === "POST") {
    const body = (await exchange.body()).toString("utf8");
    contentType(req, FORM_BODY);
    return tokenRoute(sandbox, res, new URLSearchParams(body));
  }
  if (/\/[^/]*\+json\b|vnd\+shotgun/.test(req.headers.accept ?? "")) return sendNotAcceptable(res);
  const caller = callerOf(sandbox, req, url);
  const call: Call = { sandbox, caller, req, res, exchange, prefix, query: url.searchParams };
  await route(call, path.split("/").slice(1).map(decodeSegment));
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notFound(null);
  }
}

async function answerOrExplain(res: ServerResponse, work: () => Promise<void> | void): Promise<true> {
  try {
    await work();
  } catch (thrown) {
    if (res.headersSent) {
      res.destroy();
      return true;
    }
    if (!(thrown instanceof SiteError)) throw thrown;
    sendError(res, thrown);
  }
  return true;
}

/** `/api/v1`, `/api/v1.1`, `/internal_api/session`, and the small pictures of an `sg` site. */
export function restSurface(sandbox: Sandbox): Surface {
  return async (req, res, exchange) => {
    const { pathname } = exchange.url;
    const prefix = prefixOf(pathname);
    if (prefix) return answerOrExplain(res, () => answer(sandbox, prefix, req, res, exchange));
    if (pathname === "/internal_api/session") {
      return answerOrExplain(res, () => sessionRoute(sandbox, req, res));
    }
    if (pathname.startsWith("/image_serve/") && req.method === "GET") {
      return answerOrExplain(res, () => pictureRoute(sandbox, exchange.url, res));
    }
    if (pathname === "/api" || /^\/api\/v/.test(pathname)) {
      return answerOrExplain(res, () => {
        throw notFound(null);
      });
    }
    return false;
  };
}
