import type { Governor } from "./governor.ts";
import type { HashPool } from "./hash-pool.ts";
import type { RateLimiter } from "./rate.ts";
import type { StorageClient } from "./storage-client.ts";
import type { EngineOptions } from "./types.ts";
import type { Watchdog } from "./watchdog.ts";

/** What all transfers of one engine share. */
export interface EngineContext {
  readonly options: EngineOptions;
  readonly client: StorageClient;
  readonly governor: Governor;
  readonly limiter: RateLimiter;
  readonly watchdog: Watchdog;
  readonly hashes: HashPool;
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  readonly nowMs: () => number;
  readonly random: () => number;
}
