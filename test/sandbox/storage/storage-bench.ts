import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { createKernel, type Kernel } from "../../../src/sandbox/kernel/kernel.ts";
import { createLocalStorage, type LocalStorageOptions } from "../../../src/sandbox/storage/local-storage.ts";
import { presign, type SigningKey } from "../../../src/sandbox/storage/sigv4.ts";

export const FIVE_MIB = 5 * 1024 * 1024;
export const BUCKET = "sg-media";

export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** What S3 makes of a multipart's ETags: the MD5 of the parts' MD5s, and how many they are. */
export function composite(parts: readonly Uint8Array[]): string {
  const digests = parts.map((part) => createHash("md5").update(part).digest());
  return `${md5(Buffer.concat(digests))}-${parts.length}`;
}

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly bytes: Buffer;
  /** The XML error's code. */
  readonly code: string | undefined;
}

type Method = "PUT" | "GET" | "POST" | "HEAD" | "DELETE";
type Storage = Awaited<ReturnType<typeof createLocalStorage>>;

/** The built-in storage on a real port, over a folder that goes at the end, with a clock of the test's own. */
export class StorageBench {
  readonly dir: string;
  readonly kernel: Kernel;
  readonly #more: Partial<LocalStorageOptions>;
  readonly #agent = new Agent();
  #storage: Storage | undefined;
  origin = "";
  nowMs = Date.UTC(2026, 5, 1);

  private constructor(dir: string, more: Partial<LocalStorageOptions>) {
    this.dir = dir;
    this.#more = more;
    this.kernel = createKernel({ host: "127.0.0.1", nowMs: () => this.nowMs });
  }

  static async start(more: Partial<LocalStorageOptions> = {}): Promise<StorageBench> {
    const bench = new StorageBench(await mkdtemp(join(tmpdir(), "sgmedia-storage-")), more);
    await bench.reopen();
    const { origin } = await bench.kernel.listen("storage", 0, [
      (req, res, exchange) => bench.storage.surface(req, res, exchange),
    ]);
    bench.origin = origin;
    return bench;
  }

  get storage(): Storage {
    if (!this.#storage) throw new Error("The storage is not open.");
    return this.#storage;
  }

  /** Opens the folder anew, as after a kill: the one before is told nothing. */
  async reopen(): Promise<void> {
    const options = { dir: this.dir, origin: () => this.origin, nowMs: () => this.nowMs };
    this.#storage = await createLocalStorage({ ...options, ...this.#more });
  }

  async stop(): Promise<void> {
    await this.#agent.close();
    await this.kernel.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Signs what the storage itself signs for nobody. */
  async sign(
    method: Method,
    key: string,
    more: { query?: Record<string, string>; headers?: Record<string, string>; region?: string } = {},
  ): Promise<string> {
    const own = JSON.parse(await readFile(join(this.dir, "signing-key.json"), "utf8")) as SigningKey;
    return presign(more.region === undefined ? own : { ...own, region: more.region }, {
      method,
      origin: this.origin,
      path: `/${BUCKET}/${key}`,
      query: more.query ?? {},
      headers: more.headers ?? {},
      expiresSeconds: 900,
      nowMs: this.nowMs,
    });
  }

  async send(
    method: Method,
    url: string,
    body: Uint8Array | string | null = null,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const sent = typeof body === "string" ? body : body && Buffer.from(body);
    const reply = await request(url, { method, headers, body: sent, dispatcher: this.#agent });
    const bytes = Buffer.from(await reply.body.arrayBuffer());
    const code = /<Code>([^<]*)/.exec(bytes.toString("latin1"))?.[1];
    return { status: reply.statusCode, headers: reply.headers, bytes, code };
  }

  /** Opens a multipart and puts the parts, all at once; ETags without quotes. */
  async putParts(key: string, parts: readonly Uint8Array[]): Promise<{ uploadId: string; etags: string[] }> {
    const uploadId = await this.storage.createMultipart(key);
    const etags = await Promise.all(
      parts.map(async (part, index) => {
        const reply = await this.send("PUT", this.storage.signPart(key, uploadId, index + 1), part);
        return String(reply.headers["etag"]).replaceAll('"', "");
      }),
    );
    return { uploadId, etags };
  }

  /** Completes over the wire, as the site does at a real S3. */
  async complete(key: string, uploadId: string, etags: readonly string[], first = 1): Promise<Reply> {
    const parts = etags.map(
      (etag, index) => `<Part><PartNumber>${first + index}</PartNumber><ETag>"${etag}"</ETag></Part>`,
    );
    const xml = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    return this.send("POST", await this.sign("POST", key, { query: { uploadId } }), xml);
  }
}
