import type { ServerResponse } from "node:http";

/** Ends a request with a status and one line that says why. */
export function refuse(res: ServerResponse, status: number, why: string): void {
  const bytes = Buffer.from(`${why}\n`, "utf8");
  res.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": bytes.length });
  res.end(bytes);
}
