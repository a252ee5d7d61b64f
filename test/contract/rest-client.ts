import { createHash } from "node:crypto";
import { startSandbox } from "../../src/sandbox/start.ts";

type Started = Awaited<ReturnType<typeof startSandbox>>;

export const ARRAY = "application/vnd+shotgun.api3_array+json";
export const HASH = "application/vnd+shotgun.api3_hash+json";

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever shape the wire has, and asserts it.
export type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; undefined when it is none. */
  json: Json;
}

interface Asking {
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
  /** false: no bearer. */
  signedIn?: boolean;
}

/** A sandbox of its own and a plain client of it: every answer as it was on the wire, redirects not followed. */
export interface Site {
  started: Started;
  origin: string;
  bearer: string;
  ask(method: string, path: string, asking?: Asking): Promise<Answer>;
  get(path: string, asking?: Asking): Promise<Answer>;
  post(path: string, body?: unknown, asking?: Asking): Promise<Answer>;
  put(path: string, body?: unknown, asking?: Asking): Promise<Answer>;
  token(form: Record<string, string>): Promise<Answer>;
  search(type: string, filters: unknown, more?: Record<string, unknown>, vendor?: string): Promise<Answer>;
  /** A new Version in the seeded project. */
  newVersion(fields?: Record<string, unknown>): Promise<number>;
  close(): Promise<void>;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

function bodyOf({ body, type }: Asking): { body?: string; headers: Record<string, string> } {
  if (body === undefined) return { headers: {} };
  const headers = { "Content-Type": type ?? "application/json" };
  return { body: typeof body === "string" ? body : JSON.stringify(body), headers };
}

export async function openSite(options: Parameters<typeof startSandbox>[0] = {}): Promise<Site> {
  const started = await startSandbox({ transcodeDelayMs: 200, ...options });
  const origin = started.ready.site;
  const token = (form: Record<string, string>) =>
    fetch(`${origin}/api/v1/auth/access_token`, { method: "POST", body: new URLSearchParams(form) }).then(
      answerOf,
    );
  const signedIn = await token({
    grant_type: "client_credentials",
    client_id: started.ready.scriptName,
    client_secret: started.ready.scriptKey,
  });
  const bearer: string = signedIn.json.access_token;

  const ask: Site["ask"] = async (method, path, asking = {}) => {
    const { body, headers } = bodyOf(asking);
    const url = path.startsWith("http") ? path : `${origin}${path.startsWith("/") ? "" : "/api/v1/"}${path}`;
    const response = await fetch(url, {
      method,
      redirect: "manual",
      headers: {
        ...(asking.signedIn === false ? {} : { Authorization: `Bearer ${bearer}` }),
        Accept: "application/json",
        ...headers,
        ...asking.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    return answerOf(response);
  };
  return {
    started,
    origin,
    bearer,
    ask,
    token,
    get: (path, asking) => ask("GET", path, asking),
    post: (path, body, asking) => ask("POST", path, { body, ...asking }),
    put: (path, body, asking) => ask("PUT", path, { body, ...asking }),
    search: (type, filters, more = {}, vendor = ARRAY) =>
      ask("POST", `entity/${type}/_search`, { body: { filters, ...more }, type: vendor }),
    newVersion: async (fields = {}) => {
      const made = await ask("POST", "entity/versions", {
        body: { project: started.ready.project, ...fields },
      });
      return made.json.data.id;
    },
    close: () => started.close(),
  };
}

export interface Ticket {
  data: Record<string, unknown>;
  upload: string;
  complete: string;
  next: string | undefined;
}

/** Step one of an upload. */
export async function initUpload(
  site: Site,
  path: string,
  filename: string,
  multipart = false,
): Promise<Ticket> {
  const query = new URLSearchParams({ filename, ...(multipart ? { multipart_upload: "true" } : {}) });
  const { status, json } = await site.get(`${path}/_upload?${query}`);
  if (status !== 200) throw new Error(`init: ${status} ${JSON.stringify(json)}`);
  const { upload, complete_upload: complete, get_next_part: next } = json.links;
  return { data: json.data, upload, complete, next };
}

/** Step two: bytes to where the ticket says, without a bearer. Gives the ETag without quotes. */
export async function putBytes(url: string, bytes: Uint8Array): Promise<string> {
  const response = await fetch(url, { method: "PUT", body: bytes });
  if (response.status !== 200) throw new Error(`PUT: ${response.status} ${await response.text()}`);
  return (response.headers.get("etag") ?? "").replaceAll('"', "");
}

/** All three steps of a single PUT. */
export async function uploadFile(
  site: Site,
  path: string,
  filename: string,
  bytes: Uint8Array,
): Promise<void> {
  const ticket = await initUpload(site, path, filename);
  await putBytes(ticket.upload, bytes);
  const done = await site.post(ticket.complete, { upload_info: ticket.data, upload_data: {} });
  if (done.status !== 201) throw new Error(`complete: ${done.status} ${done.text}`);
}

export function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** Asks again until the answer is there; fails after ten seconds. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 400; tries += 1) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("It never came.");
}
