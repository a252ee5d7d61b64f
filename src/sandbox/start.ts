import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKernel } from "./kernel/kernel.ts";
import { restSurface } from "./rest/surface.ts";
import { rpcSurface } from "./rpc/surface.ts";
import { type Credentials, credentialsOf } from "./seed/people.ts";
import { seededProject, seedSite } from "./seed/seed.ts";
import { displayName } from "./store/display-name.ts";
import { openStore } from "./store/store.ts";
import { openStorage } from "./storage/open-storage.ts";
import { createTranscoder, requeueUnfinished } from "./transcode/transcoder.ts";
import type { Sandbox, SandboxOptions, Store, Surface } from "./types.ts";

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
