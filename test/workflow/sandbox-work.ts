import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StartedSandbox, startSandbox } from "../../src/sandbox/start.ts";
import { openSite } from "../../src/site/open-site.ts";
import type { Site } from "../../src/site/types.ts";
import type { Engine } from "../../src/transfer/types.ts";
import type { Work } from "../../src/workflow/types.ts";

/** A workflow's hands on a sandbox of its own: its site is real, no bytes can move, and what a person would be told is kept. */
export interface SandboxWork {
  readonly sandbox: StartedSandbox;
  readonly site: Site;
  /** Warnings, notes and steps, in order. */
  readonly told: string[];
  /** A folder that goes at the end. */
  readonly folder: string;
  work(changes?: Partial<Work>): Work;
  close(): Promise<void>;
}

export async function openSandboxWork(): Promise<SandboxWork> {
  const sandbox = await startSandbox();
  const folder = await mkdtemp(join(tmpdir(), "sgmedia-work-"));
  const { site: origin, scriptName, scriptKey } = sandbox.ready;
  const site = openSite({
    site: origin,
    credentials: { kind: "script", scriptName, scriptKey },
    connectTimeoutMs: 10_000,
    stallTimeoutMs: 10_000,
    retries: 0,
    env: {},
  });
  const told: string[] = [];
  const tell = (text: string): void => {
    told.push(text);
  };
  const step = (text: string) => {
    tell(text);
    return { update: tell, done: () => {}, failed: () => tell("failed") };
  };
  const base: Work = {
    site,
    engine: noEngine(),
    progress: { item: noItem, step, expect: () => {}, note: tell, warn: tell },
    signal: new AbortController().signal,
    cwd: folder,
    jobs: 2,
    dryRun: false,
    forPrograms: true,
    project: null,
    platform: "linux",
    env: {},
    nowMs: Date.now,
    sleep: async () => {},
  };
  return {
    sandbox,
    site,
    told,
    folder,
    work: (changes = {}) => ({ ...base, ...changes }),
    close: async () => {
      await site.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A site that answers some calls otherwise than the sandbox does. */
export function siteWith(site: Site, changes: Partial<Site>): Site {
  return new Proxy(site, {
    get(target, name) {
      const changed = changes[name as keyof Site];
      if (changed !== undefined) return changed;
      const own: unknown = Reflect.get(target, name);
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
}

function noItem(): never {
  throw new Error("Nothing is transferred here.");
}

function noEngine(): Engine {
  return new Proxy({} as Engine, {
    get() {
      throw new Error("No bytes move here.");
    },
  });
}
