import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSandbox } from "../../src/sandbox/start.ts";
import { createRemoteStorage } from "../../src/sandbox/storage/remote-storage.ts";
import type { ObjectStorage } from "../../src/sandbox/types.ts";
import { cleanEnv } from "../e2e/harness.ts";
import type { Bucket } from "./bucket.ts";

type SignsFor = Pick<ObjectStorage, "signPut" | "signPart" | "signGet">;

/** A sandbox in this process, whose way of signing a test can change while it runs. */
export class OwnSite {
  readonly folder: string;
  readonly env: Record<string, string>;
  /** Signs what is handed to clients from now on; the sandbox's own errands stay rightly signed. */
  signer: SignsFor;
  readonly right: ObjectStorage;
  readonly #bucket: Bucket;
  #close: () => Promise<void> = async () => undefined;

  private constructor(bucket: Bucket, folder: string) {
    this.#bucket = bucket;
    this.folder = folder;
    this.right = this.signing();
    this.signer = this.right;
    this.env = {
      ...cleanEnv(),
      SGMEDIA_STATE_DIR: join(folder, "state"),
      SGMEDIA_CONFIG_DIR: join(folder, "config"),
      SGMEDIA_CACHE_DIR: join(folder, "cache"),
    };
  }

  static async start(bucket: Bucket): Promise<OwnSite> {
    const site = new OwnSite(bucket, await mkdtemp(join(tmpdir(), "sgmedia-s3-")));
    const storage: ObjectStorage = {
      ...site.right,
      signPut: (key) => site.signer.signPut(key),
      signPart: (key, uploadId, part) => site.signer.signPart(key, uploadId, part),
      signGet: (key, options) => site.signer.signGet(key, options),
    };
    const started = await startSandbox({ openStorage: async () => storage });
    site.#close = started.close;
    const { ready } = started;
    site.env["SGMEDIA_SITE"] = ready.site;
    site.env["SGMEDIA_SCRIPT_NAME"] = ready.scriptName;
    site.env["SGMEDIA_SCRIPT_KEY"] = ready.scriptKey;
    return site;
  }

  /** URLs as they would be signed with another secret, or by a clock that is that much behind. */
  signing({
    secretAccessKey = this.#bucket.server.secretAccessKey,
    behindMs = 0,
  }: {
    secretAccessKey?: string;
    behindMs?: number;
  } = {}): ObjectStorage {
    return createRemoteStorage({
      ...this.#bucket.server,
      secretAccessKey,
      bucket: this.#bucket.name,
      nowMs: () => Date.now() - behindMs,
    });
  }

  async file(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, bytes);
    return path;
  }

  async stop(): Promise<void> {
    await this.#close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
