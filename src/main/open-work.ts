import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { OpenedWork, WorkExtras } from "../cli/host.ts";
import type { Settings } from "../config/settings.ts";
import { SgmediaError } from "../shared/errors.ts";
import { keepHeapSmall } from "../shared/keep-heap-small.ts";
import { openSite } from "../site/open-site.ts";
import type { Site } from "../site/types.ts";
import { createEngine } from "../transfer/engine.ts";

/** Puts site and engine together from the settings. Opens no connection: that is left to whoever asks them something. */
export function openWork(settings: Settings, extras: WorkExtras): OpenedWork {
  keepHeapSmall();
  const shared = {
    retries: settings.retries.value,
    connectTimeoutMs: settings.connectTimeoutSeconds.value * 1000,
    stallTimeoutMs: settings.stallTimeoutSeconds.value * 1000,
    ...(settings.caFile.value === null ? {} : { caFile: settings.caFile.value }),
    ...(extras.onRequest ? { onRequest: extras.onRequest } : {}),
  };
  const site =
    settings.site.value === null
      ? siteThatIsNotSet()
      : openSite({
          ...shared,
          env: process.env,
          site: settings.site.value,
          credentials: settings.credentials.value,
        });
  const engine = createEngine({
    ...shared,
    env: process.env,
    journalDir: join(settings.stateDir.value, "transfers"),
    partJobs: settings.partJobs.value,
    partSizeBytes: settings.partSizeBytes.value,
    limitRateBytes: settings.limitRateBytes.value,
    // Off only where the bench measures what hashing costs.
    hash: process.env["SGMEDIA_BENCH_NO_HASH"] !== "1",
  });
  return {
    work: {
      site,
      engine,
      progress: extras.progress,
      signal: extras.signal,
      cwd: process.cwd(),
      jobs: settings.jobs.value,
      dryRun: extras.dryRun,
      forPrograms: settings.json.value,
      project: settings.project.value,
      platform: process.platform,
      env: process.env,
      nowMs: Date.now,
      sleep: (delayMs, signal) => delay(delayMs, undefined, signal ? { signal } : {}),
    },
    close: async () => {
      await Promise.allSettled([engine.close(), site.close()]);
    },
  };
}

/** For commands that may find nothing to ask of a site (`status`, `download --url`): it fails when it is asked after all. */
function siteThatIsNotSet(): Site {
  const nothing: Pick<Site, "origin" | "close"> = { origin: "", close: async () => {} };
  return new Proxy(nothing as Site, {
    get(target, name) {
      if (name in target) return target[name as keyof Site];
      throw new SgmediaError("E_CONFIG", "No site is set.", {
        why: "Neither --site, nor SGMEDIA_SITE, nor a configuration file names one.",
        fix: "Add --site https://studio.example, or put it into .sgrc as site.",
      });
    },
  });
}
