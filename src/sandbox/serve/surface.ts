import type { IncomingMessage } from "node:http";
import { callerOfBearer } from "../auth/authenticate.ts";
import { callerOfSession } from "../auth/sessions.ts";
import type { Sandbox, Surface } from "../types.ts";
import { serveAttachment, serveFullPicture } from "./media.ts";
import { sendPlaceholder } from "./placeholder.ts";
import { refuse } from "./refuse.ts";

const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/;

function sessionCookie(req: IncomingMessage): string | undefined {
  return /(?:^|;\s*)_session_id=([^;]+)/.exec(req.headers.cookie ?? "")?.[1];
}

/**
 * A session's cookie or a bearer. On loopback none is needed unless the options say so: the official client never sends
 * its cookie to an address with a port (contract/rpc.md 3).
 */
function mayRead(sandbox: Sandbox, req: IncomingMessage): boolean {
  const cookie = sessionCookie(req);
  if (cookie !== undefined && callerOfSession(sandbox, cookie)) return true;
  if (callerOfBearer(sandbox, req.headers.authorization)) return true;
  return !sandbox.options.strictCookies && LOOPBACK.test(req.socket.remoteAddress ?? "");
}

/**
 * `/file_serve/attachment/<id>`, `/thumbnail/full/<Type>/<id>` (with `?field=filmstrip_image` its filmstrip, so that an `sg`
 * site can serve that too) and the placeholders under `/images/status/transient/`.
 */
export function fileSurface(sandbox: Sandbox): Surface {
  return async (req, res, exchange) => {
    const { pathname } = exchange.url;
    if (req.method !== "GET" && req.method !== "HEAD") return false;
    if (/^\/images\/status\/transient\/[\w.-]+\.png$/.test(pathname)) {
      sendPlaceholder(res);
      return true;
    }
    const file = /^\/file_serve\/attachment\/(\d+)(?:\/[^/]*)?$/.exec(pathname);
    const picture = /^\/thumbnail\/full\/(\w+)\/(\d+)$/.exec(pathname);
    if (!file && !picture) return false;
    if (!mayRead(sandbox, req)) refuse(res, 403, "Sign in to see this file.");
    else if (file) await serveAttachment(sandbox, Number(file[1]), req, res);
    else if (picture) {
      const field =
        exchange.url.searchParams.get("field") === "filmstrip_image" ? "filmstrip_image" : "image";
      const record = { type: picture[1] ?? "", id: Number(picture[2]) };
      await serveFullPicture(sandbox, record, field, req, res);
    }
    return true;
  };
}
