import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { cleanEnv, type Ready } from "../e2e/harness.ts";

// biome-ignore lint/suspicious/noExplicitAny: what a Python library answers is looked into by the test that asked
export type Answer = any;

/** The official Python client in a process of its own, signed in as the sandbox's script. */
export class OfficialClient {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor(ready: Ready) {
    const python = process.env["CROSS_PYTHON"];
    if (!python) throw new Error("CROSS_PYTHON is not set: run npm run test:cross.");
    // Its uploads obey the proxy variables and its calls do not; on loopback neither may.
    const env = Object.fromEntries(Object.entries(cleanEnv()).filter(([name]) => !/_proxy$/i.test(name)));
    this.#process = spawn(python, [join(import.meta.dirname, "official_client.py")], {
      env: {
        ...env,
        CROSS_SITE: ready.site,
        CROSS_SCRIPT_NAME: ready.scriptName,
        CROSS_SCRIPT_KEY: ready.scriptKey,
      },
    });
    this.#process.stderr.pipe(process.stderr);
    this.#reader = createInterface({ input: this.#process.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Calls a method of the client. Throws with the client's own words. */
  async call(method: string, args: unknown[], kwargs: Record<string, unknown> = {}): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify({ method, args, kwargs })}\n`);
    const { value: line, done } = await this.#lines.next();
    if (done) throw new Error(`The official client ended during ${method}.`);
    const reply = JSON.parse(line) as { ok: boolean; value: Answer; error: string };
    if (!reply.ok) throw new Error(`${method}: ${reply.error}`);
    return reply.value;
  }

  /** One record by id. */
  async read(type: string, id: number, fields: string[]): Promise<Answer> {
    const found = await this.call("find_one", [type, [["id", "is", id]], fields]);
    if (found === null) throw new Error(`${type} ${id} is not there.`);
    return found;
  }

  async create(type: string, values: Record<string, unknown>): Promise<Answer> {
    return this.call("create", [type, values]);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("close", resolve));
    this.#process.stdin.end();
    await ended;
    this.#reader.close();
  }
}
