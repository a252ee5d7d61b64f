import type { Sandbox, Surface } from "../types.ts";
import { answerJsonRpc } from "./json-rpc.ts";
import { answerUpload } from "./upload-forms.ts";

/** `POST /api3/json` and the forms under `/upload/` (contract/rpc.md). */
export function rpcSurface(sandbox: Sandbox): Surface {
  return async (req, res, exchange) => {
    const { pathname } = exchange.url;
    if (req.method !== "POST") return false;
    if (pathname === "/api3/json") {
      await answerJsonRpc(sandbox, res, exchange);
      return true;
    }
    if (!pathname.startsWith("/upload/")) return false;
    return answerUpload(sandbox, req, res, exchange);
  };
}
