import { randomBytes } from "node:crypto";
import { presign } from "../../src/sandbox/storage/sigv4.ts";

/** The server that the suite runs against, as scripts/s3.mjs hands it on. */
export interface Server {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export function serverFromEnv(): Server {
  const need = (name: string): string => {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set: run npm run test:s3.`);
    return value;
  };
  return {
    endpoint: need("SGMEDIA_S3_ENDPOINT"),
    region: process.env["AWS_REGION"] || "us-east-1",
    accessKeyId: need("AWS_ACCESS_KEY_ID"),
    secretAccessKey: need("AWS_SECRET_ACCESS_KEY"),
  };
}

/** A bucket of its own on the server, looked at by plain signed requests. */
export class Bucket {
  readonly server: Server;
  readonly name: string;

  private constructor(server: Server, name: string) {
    this.server = server;
    this.name = name;
  }

  static async make(): Promise<Bucket> {
    const bucket = new Bucket(serverFromEnv(), `sgmedia-test-${randomBytes(6).toString("hex")}`);
    await bucket.ask("PUT", "");
    return bucket;
  }

  /** Options of `sgmedia sandbox`, and the variables that go with them. */
  get launch(): { options: string[]; env: Record<string, string> } {
    const { endpoint, region, accessKeyId, secretAccessKey } = this.server;
    return {
      options: ["--storage-endpoint", endpoint, "--storage-bucket", this.name],
      env: {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: region,
      },
    };
  }

  /** Keys of all objects, in the server's order. */
  async keys(): Promise<string[]> {
    const found: string[] = [];
    for (let after = ""; ; after = found.at(-1) ?? "") {
      const xml = await this.#text({ "list-type": "2", "start-after": after });
      found.push(...Array.from(xml.matchAll(/<Key>([^<]*)<\/Key>/g), (match) => plain(match[1] ?? "")));
      if (!xml.includes("<IsTruncated>true</IsTruncated>")) return found;
    }
  }

  /** The one key of an object whose file has that name. */
  async keyOf(name: string): Promise<string> {
    const [key, ...others] = (await this.keys()).filter((each) => each.endsWith(`/${name}`));
    if (key === undefined || others.length > 0) throw new Error(`${name} is stored ${others.length} times`);
    return key;
  }

  /** Open multiparts, as the server lists them. */
  async uploads(): Promise<{ key: string; uploadId: string }[]> {
    const xml = await this.#text({ uploads: "" });
    return Array.from(xml.matchAll(/<Upload>(.*?)<\/Upload>/gs), ([, upload = ""]) => ({
      key: plain(/<Key>(.*?)<\/Key>/s.exec(upload)?.[1] ?? ""),
      uploadId: /<UploadId>(.*?)<\/UploadId>/s.exec(upload)?.[1] ?? "",
    }));
  }

  async abort({ key, uploadId }: { key: string; uploadId: string }): Promise<void> {
    await this.ask("DELETE", key, { uploadId });
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.ask("PUT", key, {}, bytes);
  }

  async get(key: string): Promise<{ bytes: Buffer; etag: string }> {
    const reply = await this.ask("GET", key);
    const etag = (reply.headers.get("etag") ?? "").replaceAll('"', "");
    return { bytes: Buffer.from(await reply.arrayBuffer()), etag };
  }

  async delete(key: string): Promise<void> {
    await this.ask("DELETE", key);
  }

  /** The bucket goes, with everything in it. */
  async remove(): Promise<void> {
    for (const upload of await this.uploads()) await this.abort(upload);
    for (const key of await this.keys()) await this.delete(key);
    await this.ask("DELETE", "");
  }

  async ask(
    method: string,
    key: string,
    query: Record<string, string> = {},
    body?: Uint8Array,
  ): Promise<Response> {
    const url = presign(this.server, {
      method,
      origin: new URL(this.server.endpoint).origin,
      path: key === "" ? `/${this.name}` : `/${this.name}/${key}`,
      query,
      expiresSeconds: 60,
      nowMs: Date.now(),
    });
    const reply = await fetch(url, { method, ...(body ? { body } : {}) });
    if (!reply.ok) throw new Error(`${method} ${key}: ${reply.status} ${await reply.text()}`);
    return reply;
  }

  async #text(query: Record<string, string>): Promise<string> {
    return (await this.ask("GET", "", query)).text();
  }
}

const NAMED: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function plain(xml: string): string {
  return xml.replace(/&(?:#(\d+)|(\w+));/g, (_, code: string | undefined, name: string) =>
    code === undefined ? (NAMED[name] ?? "") : String.fromCodePoint(Number(code)),
  );
}
