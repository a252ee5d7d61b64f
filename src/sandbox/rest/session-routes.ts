import type { IncomingMessage, ServerResponse } from "node:http";
import { renewSession, sessionOf } from "../auth/sessions.ts";
import type { Sandbox } from "../types.ts";

/** The session token in the `_session_id` cookie. */
function sessionCookie(req: IncomingMessage): string | undefined {
  const cookies = (req.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return cookies.find((pair) => pair.startsWith("_session_id="))?.slice("_session_id=".length);
}

/** `/internal_api` has errors of its own form and allows no other origin (contract/login.md 2). */
function sendPlain(res: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  res.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
  });
  res.end(body);
}

function sessionAnswer(sandbox: Sandbox, req: IncomingMessage): [status: number, body: unknown] {
  const token = sessionCookie(req);
  const session = token === undefined ? undefined : sessionOf(sandbox, token);
  if (!session || token === undefined) return [401, { message: "Unauthorized" }];
  if (req.method === "POST") {
    renewSession(sandbox, token);
    return [200, { message: "OK" }];
  }
  if (req.method !== "GET") return [404, { message: "Not Found" }];
  const { createdAt, expiresAt } = session;
  const body = {
    app: { createdAt, expiresAt, forceExpiresAt: null },
    license: { createdAt, expiresAt },
    expirationReason: "session",
    expired: false,
    expiresAt,
    notifyAt: expiresAt - 900,
    sessionInitUrl: `${sandbox.origin}/`,
  };
  return [200, body];
}

/** `GET /internal_api/session` says when a session ends; `POST` moves its end (contract/login.md 3). */
export function sessionRoute(sandbox: Sandbox, req: IncomingMessage, res: ServerResponse): void {
  const [status, body] = sessionAnswer(sandbox, req);
  sendPlain(res, status, body);
}
