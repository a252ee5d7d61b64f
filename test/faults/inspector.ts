import type { Site } from "../e2e/harness.ts";

/** One request as the sandbox's log has it, as far as these tests look. */
export interface LoggedRequest {
  readonly atMs: number;
  readonly surface: "site" | "rpc" | "storage";
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly partNumber: number | null;
  readonly range: string | null;
  readonly faultId: number | null;
  readonly aborted: boolean;
}

/** Looks at a running sandbox from outside, by plain requests that share nothing with the program under test. */
export class Inspector {
  readonly #site: Site;
  #bearer = "";
  #mintedAtMs = 0;

  constructor(site: Site) {
    this.#site = site;
  }

  get origin(): string {
    return this.#site.ready.site;
  }

  async newVersion(code: string): Promise<number> {
    const made = await this.#ask("POST", "/api/v1/entity/versions", {
      body: JSON.stringify({ code, project: this.#site.ready.project }),
      type: "application/json",
    });
    return made.data.id as number;
  }

  /** Puts bytes on a Version's movie field, by the three steps of one PUT. */
  async store(versionId: number, name: string, bytes: Uint8Array): Promise<void> {
    const query = new URLSearchParams({ filename: name });
    const path = `/api/v1/entity/versions/${versionId}/sg_uploaded_movie/_upload?${query}`;
    const { data, links } = await this.#ask("GET", path);
    const put = await fetch(links.upload, { method: "PUT", body: bytes });
    if (!put.ok) throw new Error(`PUT: ${put.status} ${await put.text()}`);
    await put.arrayBuffer();
    const body = JSON.stringify({ upload_info: data, upload_data: {} });
    await this.#ask("POST", links.complete_upload, { body, type: "application/json" });
  }

  /** The bytes that the Version's movie field holds now; null for an empty field or an object that is not there. */
  async bytesOf(versionId: number): Promise<Buffer | null> {
    const url = `${this.origin}/api/v1/entity/versions/${versionId}/sg_uploaded_movie?alt=original`;
    const reply = await fetch(url, { headers: { Authorization: `Bearer ${await this.#token()}` } });
    const bytes = Buffer.from(await reply.arrayBuffer());
    return reply.ok ? bytes : null;
  }

  /** Ids of the Attachments that are newer than this one, oldest first. */
  async attachmentsAfter(id: number): Promise<number[]> {
    const found = await this.#ask("POST", "/api/v1/entity/attachments/_search?sort=id", {
      body: JSON.stringify({ filters: [["id", "greater_than", id]], fields: ["id"] }),
      type: "application/vnd+shotgun.api3_array+json",
    });
    return (found.data as { id: number }[]).map((each) => each.id);
  }

  async openMultiparts(): Promise<{ key: string; uploadId: string; parts: number }[]> {
    const reply = await fetch(`${this.origin}/_sandbox/multiparts`);
    return (await reply.json()) as { key: string; uploadId: string; parts: number }[];
  }

  async setFault(rule: object): Promise<void> {
    await this.#site.setFaults([rule]);
  }

  /** Of the one rule that is set: how many requests fitted, and on how many of them it acted. */
  async fault(): Promise<{ seen: number; hits: number }> {
    const reply = await fetch(`${this.origin}/_sandbox/faults`);
    const [rule] = (await reply.json()) as { seen: number; hits: number }[];
    if (!rule) throw new Error("no rule is set");
    return { seen: rule.seen, hits: rule.hits };
  }

  clearFaults(): Promise<void> {
    return this.#site.clearFaults();
  }

  /** Requests that came since then. One that was held up is logged when it ends, and may belong to an earlier case. */
  async logSince(atMs: number): Promise<LoggedRequest[]> {
    const log: LoggedRequest[] = await this.#site.log();
    return log.filter((each) => each.atMs >= atMs);
  }

  async clearLog(): Promise<void> {
    await fetch(`${this.origin}/_sandbox/log`, { method: "DELETE" });
  }

  // biome-ignore lint/suspicious/noExplicitAny: a document of the wire, looked into right here
  async #ask(method: string, path: string, sent?: { body: string; type: string }): Promise<any> {
    const ask = async (): Promise<Response> =>
      fetch(`${this.origin}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${await this.#token()}`,
          Accept: "application/json",
          ...(sent ? { "Content-Type": sent.type } : {}),
        },
        ...(sent ? { body: sent.body } : {}),
      });
    let reply = await ask();
    if (reply.status === 401) {
      this.#bearer = "";
      reply = await ask();
    }
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text.trim() === "" ? undefined : JSON.parse(text);
  }

  async #token(): Promise<string> {
    if (this.#bearer === "" || this.#mintedAtMs + 300_000 < Date.now()) {
      const { scriptName, scriptKey } = this.#site.ready;
      const form = { grant_type: "client_credentials", client_id: scriptName, client_secret: scriptKey };
      const reply = await fetch(`${this.origin}/api/v1/auth/access_token`, {
        method: "POST",
        body: new URLSearchParams(form),
      });
      this.#bearer = ((await reply.json()) as { access_token: string }).access_token;
      this.#mintedAtMs = Date.now();
    }
    return this.#bearer;
  }
}
