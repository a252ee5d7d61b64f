import type { AttachmentRef } from "../shared/records.ts";
import type { DownloadPort } from "../transfer/ports.ts";
import { createApi } from "./api.ts";
import { Bearer } from "./bearer.ts";
import { sleepMs } from "./cancellation.ts";
import { type Claims, createRecordSearches } from "./completed-upload.ts";
import { createDownload } from "./download-port.ts";
import { createExchange } from "./exchange.ts";
import { HandedUrls } from "./handed-urls.ts";
import { decodeMedia } from "./media-value.ts";
import { createRecords } from "./records.ts";
import { createSchema } from "./schema.ts";
import { createFacts, readServerInfo } from "./site-facts.ts";
import { parseSiteOrigin } from "./site-origin.ts";
import { createLocks } from "./slots.ts";
import { createTransport } from "./transport.ts";
import type { MediaSource, Site, SiteOptions } from "./types.ts";
import { createUpload } from "./upload-port.ts";
import { whoIs } from "./whoami.ts";

/**
 * A site of Flow Production Tracking over REST (contract/rest.md). Opens no connection and asks nothing until it is
 * called. Throws E_CONFIG for an address that is none.
 */
export function openSite(options: SiteOptions): Site {
  const origin = parseSiteOrigin(options.site);
  const { credentials, retries } = options;
  const nowMs = options.nowMs ?? Date.now;
  const transport = createTransport({
    origin,
    connectTimeoutMs: options.connectTimeoutMs,
    stallTimeoutMs: options.stallTimeoutMs,
    caFile: options.caFile,
    env: options.env ?? process.env,
    nowMs,
    onRequest: options.onRequest,
  });
  const exchange = createExchange({
    origin,
    transport,
    retries,
    sleep: options.sleep ?? sleepMs,
    nowMs,
    random: options.random ?? Math.random,
  });
  const authMethod = (): Promise<string | undefined> =>
    readServerInfo(origin, exchange).then(
      (info) => info.authMethod,
      () => undefined,
    );
  const bearer = new Bearer({ origin, credentials, exchange, nowMs, authMethod });
  const api = createApi(origin, exchange, bearer, credentials);
  const records = createRecords(api);
  const schema = createSchema(api);
  const reads = { read: records.read, find: records.find, fields: schema.fields };
  const claims: Claims = new Map();
  const inTurn = createLocks();
  const searches = createRecordSearches(records);
  const handed = new HandedUrls(origin, nowMs);
  const download = (source: MediaSource): DownloadPort => createDownload(api, reads, source, handed);
  const stored = ({ id }: AttachmentRef): DownloadPort => download({ kind: "attachment", id });

  return {
    origin,
    info: (signal) => readServerInfo(origin, exchange, signal),
    whoami: (signal) => whoIs({ bearer, credentials, read: records.read }, signal),
    ...records,
    ...schema,
    ...createFacts(api, reads, handed),
    decodeMedia,
    upload: (request) => createUpload({ api, reads, nowMs, claims, stored, searches, inTurn }, request),
    download,
    close: () => transport.close(),
  };
}
