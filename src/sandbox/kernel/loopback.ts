import type { IncomingMessage } from "node:http";

const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/;

/** The sandbox's own paths: for tests on this machine, on every origin, and not for anybody else. */
export function isControl(req: IncomingMessage, url: URL): boolean {
  return url.pathname.startsWith("/_sandbox/") && LOOPBACK.test(req.socket.remoteAddress ?? "");
}
