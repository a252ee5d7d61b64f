/** Runs the built program as its users do: a real process, against a real sandbox process. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa, type ResultPromise } from "execa";

export const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "sgmedia.js");
export const ASSETS = join(import.meta.dirname, "..", "assets");

export interface Ready {
  site: string;
  storage: string;
  scriptName: string;
  scriptKey: string;
  person: { login: string; password: string; name: string };
  twoFactorPerson: { login: string; password: string; secret: string };
  project: { type: string; id: number; name: string };
  dir: string;
  pid: number;
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  /** The JSON document, when `--json` was among the arguments. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into a document whose shape they are there to check
  json: any;
}

export interface Launch {
  /** Of `sgmedia sandbox`. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it says is not shown: that random bytes are no movie, mostly. */
  readonly silent?: boolean;
}

interface Started {
  readonly ready: Ready;
  readonly process: ResultPromise;
}

async function startProcess(
  folder: string,
  { options = [], env = {}, silent = false }: Launch,
  more: readonly string[],
): Promise<Started> {
  const child = execa(process.execPath, [PROGRAM, "sandbox", "--json", ...options, ...more], {
    cwd: folder,
    env: { ...cleanEnv(), ...env },
    extendEnv: false,
    stderr: silent ? "ignore" : "inherit",
    buffer: false,
    reject: false,
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    return { ready: JSON.parse(line) as Ready, process: child as unknown as ResultPromise };
  }
  throw new Error("the sandbox did not start");
}

/** A sandbox of its own with a folder for files and one for the program's state. */
export class Site {
  readonly folder: string;
  ready: Ready;
  readonly #launch: Launch;
  #process: ResultPromise;

  private constructor(folder: string, launch: Launch, started: Started) {
    this.folder = folder;
    this.#launch = launch;
    this.ready = started.ready;
    this.#process = started.process;
  }

  static start(...options: string[]): Promise<Site> {
    return Site.launch({ options });
  }

  /** With an environment of its own for the sandbox: another ffmpeg, say. */
  static startWith(env: Readonly<Record<string, string>>, ...options: string[]): Promise<Site> {
    return Site.launch({ env, options });
  }

  static async launch(launch: Launch): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), "sgmedia-e2e-"));
    return new Site(folder, launch, await startProcess(folder, launch, []));
  }

  /** SIGKILL, then the same site again: the same folder and the same port. Only for a site that was started with `--dir`. */
  async crashAndRestart(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process;
    const { port } = new URL(this.ready.site);
    const started = await startProcess(this.folder, this.#launch, ["--port", port]);
    this.ready = started.ready;
    this.#process = started.process;
  }

  get env(): Record<string, string> {
    return {
      ...cleanEnv(),
      SGMEDIA_SITE: this.ready.site,
      SGMEDIA_SCRIPT_NAME: this.ready.scriptName,
      SGMEDIA_SCRIPT_KEY: this.ready.scriptKey,
      SGMEDIA_STATE_DIR: join(this.folder, "state"),
      SGMEDIA_CONFIG_DIR: join(this.folder, "config"),
      SGMEDIA_CACHE_DIR: join(this.folder, "cache"),
    };
  }

  /** Runs sgmedia and gives what it printed; never throws for an exit code. */
  async run(
    args: readonly string[],
    options: { env?: Record<string, string>; input?: string | Uint8Array; cwd?: string } = {},
  ): Promise<Outcome> {
    const result = await execa(process.execPath, [PROGRAM, ...args], {
      cwd: options.cwd ?? this.folder,
      env: { ...this.env, ...options.env },
      extendEnv: false,
      reject: false,
      stripFinalNewline: false,
      ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    });
    const stdout = String(result.stdout ?? "");
    return {
      code: result.exitCode ?? -1,
      stdout,
      stderr: String(result.stderr ?? ""),
      json: args.includes("--json") ? JSON.parse(stdout) : undefined,
    };
  }

  async setFaults(rules: readonly object[]): Promise<void> {
    const reply = await fetch(`${this.ready.site}/_sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(rules),
    });
    if (!reply.ok) throw new Error(`faults refused: ${await reply.text()}`);
  }

  /** All records of a type (`tags`), read over REST. */
  async find(type: string, fields: readonly string[]): Promise<Record<string, unknown>[]> {
    const form = {
      grant_type: "client_credentials",
      client_id: this.ready.scriptName,
      client_secret: this.ready.scriptKey,
    };
    const signIn = await fetch(`${this.ready.site}/api/v1/auth/access_token`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    const { access_token: token } = (await signIn.json()) as { access_token: string };
    const reply = await fetch(`${this.ready.site}/api/v1/entity/${type}?fields=${fields.join(",")}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return ((await reply.json()) as { data: { attributes: Record<string, unknown> }[] }).data.map(
      (row) => row.attributes,
    );
  }

  async clearFaults(): Promise<void> {
    await fetch(`${this.ready.site}/_sandbox/faults`, { method: "DELETE" });
  }

  // biome-ignore lint/suspicious/noExplicitAny: a log line as the sandbox wrote it
  async log(): Promise<any[]> {
    const text = await (await fetch(`${this.ready.site}/_sandbox/log`)).text();
    return text.trim() === ""
      ? []
      : text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
  }

  async file(name: string, bytes: Uint8Array | number): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, typeof bytes === "number" ? randomBytes(bytes) : bytes);
    return path;
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** This process's environment without any setting of sgmedia's own. */
export function cleanEnv(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(SGMEDIA|SHOTGRID|SHOTGUN|VITEST|NODE_ENV)/.test(name),
  );
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
