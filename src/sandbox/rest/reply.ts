import { createHash, randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { SiteError } from "../store/site-error.ts";

const JSON_TYPE = "application/json; charset=utf-8";

/** Sends a body with its length; browsers of any origin may read it (contract/rest.md 1). */
export function send(res: ServerResponse, status: number, body: string, contentType = JSON_TYPE): void {
  const bytes = Buffer.from(body, "utf8");
  res.statusCode = status;
  res.setHeader("Access-Control-Allow-Origin", "*");
  if (status !== 204) {
    res.setHeader("Content-Type", contentType);
    res.setHeader("Content-Length", bytes.length);
  }
  res.end(status === 204 ? undefined : bytes);
}

export function sendJson(res: ServerResponse, status: number, value: unknown): void {
  send(res, status, JSON.stringify(value));
}

/** A read: the ETag is there and weak, and no request header is compared with it (contract/rest.md 3). */
export function sendRead(res: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  res.setHeader("ETag", `W/"${createHash("md5").update(body).digest("hex")}"`);
  send(res, 200, body);
}

/** One space that calls itself JSON: how the site confirms an upload (contract/rest.md 6.4). */
export function sendSpace(res: ServerResponse, status: number): void {
  send(res, status, " ");
}

/** The answer to a format that the site cannot give: one byte of HTML (contract/rest.md 9). */
export function sendNotAcceptable(res: ServerResponse): void {
  send(res, 406, " ", "text/html; charset=utf-8");
}

/** One error as it stands in `errors` (contract/rest.md 9). */
export function errorDocument(error: SiteError): Record<string, unknown> {
  return {
    id: randomBytes(16).toString("hex"),
    status: error.status,
    code: error.code,
    title: error.message,
    source: error.source,
    detail: error.detail,
    meta: null,
  };
}

export function sendError(res: ServerResponse, error: SiteError): void {
  sendJson(res, error.status, { errors: [errorDocument(error)] });
}

/** The 401 of a request without a bearer that is good. */
export function unauthorized(): SiteError {
  return new SiteError(401, "Unauthorized", {
    code: 102,
    source: null,
    detail: "Request rejected due to invalid credentials.",
  });
}
