import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { openStore } from "../../src/sandbox/store/store.ts";
import type { Link, ObjectStorage, Sandbox, SandboxOptions } from "../../src/sandbox/types.ts";

export const ORIGIN = "http://127.0.0.1:40001";

/** Objects in memory; URLs that say what they were signed for. */
export function memoryStorage(): ObjectStorage {
  const objects = new Map<string, Buffer>();
  const origin = "http://127.0.0.1:40002";
  const etagOf = (bytes: Buffer) => createHash("md5").update(bytes).digest("hex");
  return {
    origin,
    signPut: (key) => `${origin}/${key}?put`,
    createMultipart: async (key) => createHash("sha256").update(key).digest("hex"),
    signPart: (key, uploadId, part) => `${origin}/${key}?uploadId=${uploadId}&partNumber=${part}`,
    completeMultipart: async () => {},
    abortMultipart: async () => {},
    signGet: (key) => `${origin}/${key}?get`,
    stat: async (key) => {
      const bytes = objects.get(key);
      return bytes ? { sizeBytes: bytes.length, etag: etagOf(bytes) } : null;
    },
    read: async (key) => Readable.from(objects.get(key) ?? Buffer.alloc(0)),
    write: async (key, body) => {
      const chunks: Buffer[] = [];
      if (body instanceof Uint8Array) chunks.push(Buffer.from(body));
      else for await (const chunk of body) chunks.push(Buffer.from(chunk));
      const bytes = Buffer.concat(chunks);
      objects.set(key, bytes);
      return { sizeBytes: bytes.length, etag: etagOf(bytes) };
    },
    localFile: async () => ({ path: "", release: async () => {} }),
    openMultiparts: async () => [],
    close: async () => {},
  };
}

export interface BareSite {
  sandbox: Sandbox;
  /** What went to the transcoder, in order. */
  asked: string[];
  /** Moves the site's clock on. */
  wait(ms: number): void;
  close(): Promise<void>;
}

/** A site without servers: a real store in a temporary folder, storage in memory, a transcoder that only takes notes. */
export async function bareSite(options: Partial<SandboxOptions> = {}): Promise<BareSite> {
  const dir = await mkdtemp(join(tmpdir(), "sandbox-bare-"));
  let nowMs = Date.UTC(2026, 10, 24, 2, 40, 0);
  const asked: string[] = [];
  const name = (link: Link) => `${link.type} ${link.id}`;
  const store = await openStore(dir, { nowMs: () => nowMs });
  const sandbox: Sandbox = {
    options: {
      host: "127.0.0.1",
      port: 0,
      dir,
      storageService: "s3",
      transcodeDelayMs: 2000,
      webm: false,
      strictCookies: false,
      fieldlessMultipart: true,
      remote: null,
      ffmpeg: null,
      ...options,
    },
    origin: ORIGIN,
    store,
    storage: memoryStorage(),
    transcoder: {
      movie: (version, attachment) => asked.push(`movie ${name(version)} ${name(attachment)}`),
      picture: (record, field) => asked.push(`picture ${name(record)} ${field}`),
      idle: async () => {},
      stop: async () => {},
    },
    nowMs: () => nowMs,
  };
  return {
    sandbox,
    asked,
    wait: (ms) => {
      nowMs += ms;
    },
    close: async () => {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
