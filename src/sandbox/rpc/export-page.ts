import { SiteError } from "../store/site-error.ts";
import type { RpcMethod } from "./call.ts";

/** `export_page`: looks at what was asked and says that no page of the sandbox can be exported. */
export const exportPage: RpcMethod = (_call, args) => {
  const given = (typeof args === "object" && args !== null ? args : {}) as Record<string, unknown>;
  for (const name of ["page_id", "format"]) {
    if ((given[name] ?? null) === null) throw new SiteError(400, `API export_page() '${name}' missing`);
  }
  throw new SiteError(400, `Export for Page id=${String(given["page_id"])} not available`);
};
