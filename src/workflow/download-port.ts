import { SgmediaError } from "../shared/errors.ts";
import type { DownloadPort } from "../transfer/ports.ts";
import type { DownloadItem } from "./download-item.ts";
import type { Work } from "./types.ts";

/** Where an item's bytes come from: through the site, or from an address outside without its credentials. */
export function portOf(work: Work, item: DownloadItem): DownloadPort {
  if (item.from === null) throw new SgmediaError("E_BUG", "A local link has no bytes to fetch.");
  return item.from.kind === "outside" ? item.from.port : work.site.download(item.from.source);
}
