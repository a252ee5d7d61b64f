import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { delay } from "./connection.ts";
import { setFault } from "./flags.ts";
import { loseReply } from "./lose-reply.ts";
import { disturbRequest } from "./on-request.ts";
import { disturbResponse } from "./on-response.ts";
import type { FaultRule } from "./rule.ts";

/**
 * Acts a rule out on one request: most of it by wrapping request and answer, so that no surface needs to know. True when
 * nothing is left to answer. Rejects when the sender hangs up.
 */
export async function actOut(
  rule: FaultRule,
  req: IncomingMessage,
  res: ServerResponse,
  surface: "site" | "rpc" | "storage",
): Promise<boolean> {
  if (rule.latencyMs !== undefined) await delay(rule.latencyMs);
  setFault(req, rule);
  disturb(rule, req, res);
  if (rule.loseReply) loseReply(res);
  if (req.socket.destroyed) return true;
  if (rule.status !== undefined) {
    await drain(req);
    res.writeHead(rule.status, rule.headers ?? {}).end(rule.body ?? "");
    return true;
  }
  if (rule.expireToken) {
    await drain(req);
    answerError(res, 401, "Unauthorized", "Request rejected due to invalid credentials.");
    return true;
  }
  // The storage says it in its own way; on an `sg` site the site signs URLs of its own.
  if (rule.expireUrl && surface !== "storage") {
    await drain(req);
    answerError(res, 403, "Upload link has expired.", null);
    return true;
  }
  return false;
}

function disturb(rule: FaultRule, req: IncomingMessage, res: ServerResponse): void {
  const { resetAfterBytes, stallMs, afterBytes, corruptAtByte, bytesPerSecond } = rule;
  const { truncateAfterBytes, lie } = rule;
  const about = rule.direction ?? (req.method === "PUT" || req.method === "POST" ? "received" : "sent");
  const exact = { resetAfterBytes, stallMs, afterBytes, corruptAtByte };
  const received = {
    ...(about === "received" ? exact : {}),
    ...(rule.direction === "sent" ? {} : { bytesPerSecond }),
  };
  const sent = {
    ...(about === "sent" ? exact : {}),
    ...(rule.direction === "received" ? {} : { bytesPerSecond }),
    truncateAfterBytes,
    lie,
  };
  if (namesAny(received)) disturbRequest(req, received);
  if (namesAny(sent)) disturbResponse(res, sent);
}

function namesAny(faults: object): boolean {
  return Object.values(faults).some((value) => value !== undefined);
}

/** The answer comes when the sender is done, as a busy service would give it. */
async function drain(req: IncomingMessage): Promise<void> {
  for await (const _chunk of req) {
    // Read and dropped.
  }
}

/** The site's error envelope (contract/rest.md 9); 102 is about who is asking. */
function answerError(res: ServerResponse, status: number, title: string, detail: string | null): void {
  const id = randomBytes(16).toString("hex");
  const error = { id, status, code: 102, title, source: null, detail, meta: null };
  res.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  res.end(JSON.stringify({ errors: [error] }));
}
