import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKernel, type Kernel } from "./kernel/kernel.ts";
import { restSurface } from "./rest/surface.ts";
import { rpcSurface } from "./rpc/surface.ts";
import { type Credentials, credentialsOf } from "./seed/people.ts";
import { seededProject, seedSite } from "./seed/seed.ts";
import { fileSurface } from "./serve/surface.ts";
import { createLocalStorage } from "./storage/local-storage.ts";
import { createRemoteStorage } from "./storage/remote-storage.ts";
import { displayName } from "./store/display-name.ts";
import { openStore } from "./store/store.ts";
import { createTranscoder, requeueUnfinished } from "./transcode/transcoder.ts";
import type { ObjectStorage, Sandbox, SandboxOptions, Store, Surface } from "./types.ts";

/** What `sgmedia sandbox --json` prints once it is ready to answer. */
export interface ReadyDocument extends Credentials {
  /** `http://127.0.0.1:40001`, no trailing slash. */
  site: string;
  project: { type: "Project"; id: number; name: string };
  /** Origin of the storage's URLs. */
  storage: string;
  dir: string;
  pid: number;
}

export interface StartOptions extends Partial<SandboxOptions> {
  /** Fault rules that hold from the first request on. */
  faults?: readonly unknown[];
  /** Where ffmpeg is looked for; the process's own environment unless given. */
  env?: NodeJS.ProcessEnv;
  /** Another storage in place of the built-in one: for measuring clients without the storage's own work. */
  openStorage?: (kernel: Kernel) => Promise<ObjectStorage>;
  /** Told why media was not transcoded. */
  onProblem?: (message: string) => void;
}

export interface StartedSandbox {
  ready: ReadyDocument;
  sandbox: Sandbox;
  /** Ends every connection; a temporary folder goes, a given one stays. */
  close(): Promise<void>;
}

const DEFAULTS: Omit<SandboxOptions, "dir"> = {
  host: "127.0.0.1",
  port: 0,
  storageService: "s3",
  transcodeDelayMs: 2000,
  webm: false,
  strictCookies: false,
  fieldlessMultipart: true,
  remote: null,
  ffmpeg: null,
};

async function openStorage(
  kernel: Kernel,
  options: SandboxOptions,
  nowMs: () => number,
): Promise<ObjectStorage> {
  if (options.remote) return createRemoteStorage({ ...options.remote, nowMs });
  let origin = "";
  const local = await createLocalStorage({ dir: join(options.dir, "objects"), origin: () => origin, nowMs });
  origin = (await kernel.listen("storage", 0, [local.surface])).origin;
  return local;
}

function readyDocument(site: string, storage: ObjectStorage, store: Store): ReadyDocument {
  const credentials = credentialsOf(store);
  const project = seededProject(store);
  const row = project && store.row("Project", project.id);
  if (!credentials || !project || !row) throw new Error(`${store.dir} holds a site without its seed.`);
  return {
    site,
    ...credentials,
    project: { type: "Project", id: project.id, name: displayName(row) ?? "" },
    storage: storage.origin,
    dir: store.dir,
    pid: process.pid,
  };
}

/**
 * Starts a site: store, storage, transcoder and servers, seeded if the folder is new. Resolves when it answers. Throws
 * when the folder is another process's or the port is taken; nothing is left open then.
 */
export async function startSandbox(start: StartOptions = {}): Promise<StartedSandbox> {
  const { faults = [], env = process.env, onProblem, openStorage: otherStorage, ...given } = start;
  const temporary = given.dir === undefined ? await mkdtemp(join(tmpdir(), "sgmedia-sandbox-")) : undefined;
  const options: SandboxOptions = { ...DEFAULTS, ...given, dir: given.dir ?? temporary ?? "" };
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    if (temporary !== undefined) undo.push(() => rm(temporary, { recursive: true, force: true }));
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    const nowMs = Date.now;
    const store = await openStore(options.dir, { nowMs });
    undo.push(() => store.close());
    const kernel = createKernel({ host: options.host, nowMs });
    kernel.faults.add(faults);
    undo.push(() => kernel.close());
    const storage = await (otherStorage?.(kernel) ?? openStorage(kernel, options, nowMs));
    undo.push(() => storage.close());
    // Listed nowhere on a real site: a test has to be able to count what was left open.
    kernel.report("multiparts", () => storage.openMultiparts());
    await seedSite(store, storage, nowMs());

    const parts = { store, storage, options, nowMs, env, ...(onProblem ? { onProblem } : {}) };
    const transcoder = createTranscoder(parts);
    undo.push(() => transcoder.stop());
    // The site's surfaces know their own origin, which is known once it listens: they join the list right after.
    const surfaces: Surface[] = [kernel.controlSurface];
    const { origin } = await kernel.listen("site", options.port, surfaces);
    const sandbox: Sandbox = { options, origin, store, storage, transcoder, nowMs };
    surfaces.push(restSurface(sandbox), rpcSurface(sandbox), fileSurface(sandbox));
    requeueUnfinished(store, transcoder);
    return { ready: readyDocument(origin, storage, store), sandbox, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
