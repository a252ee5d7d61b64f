import { randomFillSync } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine } from "../../src/transfer/engine.ts";
import type { TransferEvent } from "../../src/transfer/ports.ts";
import type { DownloadJob, Engine, EngineOptions, UploadJob } from "../../src/transfer/types.ts";
import { type Attachment, FakeSite } from "./fake-site.ts";
import { FakeStorage } from "./fake-storage.ts";

export const MIB = 1024 * 1024;

/** A storage, a site, a folder and an engine for one test; `stop` leaves nothing. */
export class Bench {
  readonly storage: FakeStorage;
  readonly site: FakeSite;
  readonly dir: string;
  readonly events: TransferEvent[] = [];
  readonly slept: number[] = [];
  readonly #engines: Engine[] = [];

  private constructor(storage: FakeStorage, dir: string) {
    this.storage = storage;
    this.site = new FakeSite(storage);
    this.dir = dir;
  }

  static async start(tls: { key: string; cert: string } | null = null): Promise<Bench> {
    return new Bench(await FakeStorage.start(tls), await mkdtemp(join(tmpdir(), "sgmedia-transfer-")));
  }

  get journalDir(): string {
    return join(this.dir, "journals");
  }

  /** Pauses take no time, jitter is always half, silence ends after 10 s unless told otherwise. */
  engine(options: Partial<EngineOptions> = {}): Engine {
    const engine = createEngine({
      journalDir: this.journalDir,
      partJobs: null,
      partSizeBytes: null,
      limitRateBytes: null,
      retries: 4,
      connectTimeoutMs: 5000,
      stallTimeoutMs: 10_000,
      hash: true,
      env: {},
      random: () => 0.5,
      sleep: async (delayMs) => {
        this.slept.push(delayMs);
        await new Promise((resolve) => setImmediate(resolve));
      },
      ...options,
    });
    this.#engines.push(engine);
    return engine;
  }

  async file(name: string, bytes: Buffer): Promise<string> {
    const path = join(this.dir, name);
    await writeFile(path, bytes);
    return path;
  }

  upload(path: string, more: Partial<UploadJob<Attachment>> = {}): UploadJob<Attachment> {
    return {
      key: { site: "https://studio.example", record: "Version:1", field: "sg_uploaded_movie", path },
      port: this.site.uploadPort(),
      source: { kind: "file", path },
      intent: { command: "upload" },
      restart: false,
      onEvent: (event) => this.events.push(event),
      signal: new AbortController().signal,
      ...more,
    };
  }

  download(key: string, path: string, more: Partial<DownloadJob> = {}): DownloadJob {
    return {
      key: { site: "https://studio.example", record: "Version:1", field: "sg_uploaded_movie", path },
      port: this.site.downloadPort(key),
      target: { kind: "file", path, replace: true },
      sha256: true,
      intent: { command: "download" },
      restart: false,
      onEvent: (event) => this.events.push(event),
      signal: new AbortController().signal,
      ...more,
    };
  }

  /** Journals and locks that are there now. */
  async journals(): Promise<string[]> {
    return (await readdir(this.journalDir).catch(() => [])).sort();
  }

  notes(): string[] {
    return this.events.flatMap((event) => (event.kind === "note" ? [event.text] : []));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#engines.map((each) => each.close()));
    await this.storage.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}

export function randomBytes(bytes: number): Buffer {
  return randomFillSync(Buffer.allocUnsafe(bytes));
}

/** A signal that aborts when told. */
export function stoppable(): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, stop: () => controller.abort() };
}
