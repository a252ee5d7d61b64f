import { SgmediaError } from "../shared/errors.ts";
import { allowManyListeners, sleepFor, throwIfInterrupted } from "./abort.ts";
import type { EngineContext } from "./context.ts";
import { Governor } from "./governor.ts";
import { HashPool } from "./hash-pool.ts";
import { RateLimiter } from "./rate.ts";
import { StorageClient } from "./storage-client.ts";
import type { Engine, EngineOptions } from "./types.ts";
import { Watchdog } from "./watchdog.ts";

/**
 * The transfer engine: carries bytes between local files or streams and what its ports name, in parts, verified, resumable across
 * processes. Nothing is opened, started or loaded before the first transfer. `close` when no transfer runs any more.
 */
export function createEngine(options: EngineOptions): Engine {
  const nowMs = options.nowMs ?? Date.now;
  const sleep = options.sleep ?? sleepFor;
  const client = new StorageClient({
    connectTimeoutMs: options.connectTimeoutMs,
    caFile: options.caFile,
    env: options.env,
    onRequest: options.onRequest,
  });
  const context: EngineContext = {
    options,
    client,
    governor: new Governor({ fixed: options.partJobs, limitRateBytes: options.limitRateBytes, nowMs, sleep }),
    limiter: new RateLimiter(options.limitRateBytes),
    watchdog: new Watchdog(options.stallTimeoutMs, nowMs, () => client.dropSockets()),
    hashes: new HashPool(),
    sleep: async (delayMs, signal) => {
      await sleep(delayMs, signal);
      if (signal) throwIfInterrupted(signal);
    },
    nowMs,
    random: options.random ?? Math.random,
  };
  return {
    async upload(job) {
      begin(job.signal);
      if (job.source.kind === "file") {
        const { uploadFile } = await import("./upload-file.ts");
        return uploadFile(context, job, job.source.path);
      }
      const { uploadStream } = await import("./upload-stream.ts");
      return uploadStream(context, job, job.source.stream);
    },
    async download(job) {
      begin(job.signal);
      if (job.target.kind === "file") {
        const { downloadFile } = await import("./download-file.ts");
        return downloadFile(context, job, job.target);
      }
      const { downloadStream } = await import("./download-stream.ts");
      return downloadStream(context, job, job.target.stream);
    },
    async facts(port, signal) {
      begin(signal);
      const { readFacts } = await import("./facts.ts");
      return readFacts(context, port, signal);
    },
    async compare(path, facts, signal) {
      begin(signal);
      const { compareFile } = await import("./compare.ts");
      return compareFile(context, path, facts);
    },
    async verify(port, expect, signal, onEvent) {
      begin(signal);
      const { digestRemote } = await import("./digest-remote.ts");
      const stored = await digestRemote(context, port, "the stored file", null, signal, onEvent);
      if (stored.sizeBytes === expect.sizeBytes && stored.sha256 === expect.sha256.toLowerCase()) return;
      throw new SgmediaError("E_MISMATCH", "What is stored is not what was sent.", {
        why: `Stored are ${stored.sizeBytes} bytes with SHA-256 ${stored.sha256}; expected ${expect.sizeBytes} with ${expect.sha256}.`,
        fix: "Send it again with --if-exists replace.",
      });
    },
    async unfinished() {
      const { listUnfinished } = await import("./unfinished.ts");
      return listUnfinished(context);
    },
    async digest(path, signal) {
      begin(signal);
      const { digestFile } = await import("./digest-file.ts");
      return digestFile(context, path);
    },
    async forget(direction, key, port, signal) {
      begin(signal);
      const { forgetTransfer } = await import("./unfinished.ts");
      return forgetTransfer(context, direction, key, port, signal);
    },
    async abandon(id, port, signal) {
      begin(signal);
      const { abandonTransfer } = await import("./unfinished.ts");
      return abandonTransfer(context, id, port, signal);
    },
    async close() {
      context.watchdog.stop();
      await Promise.all([client.close(), context.hashes.close()]);
    },
  };
}

/** Files that are carried at once share one signal. */
function begin(signal: AbortSignal): void {
  throwIfInterrupted(signal);
  allowManyListeners(signal);
}
