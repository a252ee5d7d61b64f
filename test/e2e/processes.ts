/** Processes of sgmedia that are held up half-way, killed and started again, each test at a desk of its own. */
import { randomFillSync } from "node:crypto";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { Inspector, type LoggedRequest } from "../faults/inspector.ts";
import { type Remembered, readRemembered } from "../soak/remembered.ts";
import { type Outcome, PROGRAM, type Site } from "./harness.ts";

export const PART_BYTES = 5 * 1024 * 1024;
/** Five parts, the last of them small. */
export const FILE_BYTES = 4 * PART_BYTES + 3_500_000;
const LONGEST_WAIT_MS = 20_000;
/** Longer than any test: whoever meets it hangs until it is killed. */
const HANGS_MS = 600_000;

/** Waits for a condition, never for a time. */
export async function until(what: string, met: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  while (!(await met())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function randomBytesOf(size: number): Buffer {
  return randomFillSync(Buffer.allocUnsafe(size));
}

/** A process that runs. `stderr` is what it said so far. */
export interface Running {
  readonly pid: number;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
}

/** What was there before the test. */
interface Before {
  readonly attachment: number;
  readonly multiparts: ReadonlySet<string>;
}

/** One test's own folder, state and Version, so that no test sees what another left. */
export class Desk {
  readonly site: Site;
  readonly folder: string;
  readonly inspector: Inspector;
  readonly versionId: number;
  readonly #before: Before;
  readonly #running = new Set<Running>();

  private constructor(site: Site, folder: string, versionId: number, before: Before) {
    this.site = site;
    this.folder = folder;
    this.inspector = new Inspector(site);
    this.versionId = versionId;
    this.#before = before;
  }

  static async open(site: Site, name: string): Promise<Desk> {
    const folder = join(site.folder, name);
    const inspector = new Inspector(site);
    await mkdir(folder);
    // The size of the ranges of a download is a setting without an option.
    await writeFile(join(folder, ".sgrc.json"), JSON.stringify({ partSize: PART_BYTES }));
    const versionId = await inspector.newVersion(name);
    const attachment = (await inspector.attachmentsAfter(0)).at(-1) ?? 0;
    const multiparts = new Set((await inspector.openMultiparts()).map((each) => each.uploadId));
    return new Desk(site, folder, versionId, { attachment, multiparts });
  }

  /** Nothing that was started lives on, and no fault waits for the next test. */
  async close(): Promise<void> {
    for (const each of this.#running) each.kill("SIGKILL");
    await Promise.all([...this.#running].map((each) => each.ended));
    await this.site.clearFaults();
  }

  get env(): Record<string, string> {
    return { ...this.site.env, SGMEDIA_STATE_DIR: join(this.folder, "state") };
  }

  async file(name: string, bytes: Buffer = randomBytesOf(FILE_BYTES)): Promise<Buffer> {
    await writeFile(join(this.folder, name), bytes);
    return bytes;
  }

  read(name: string): Promise<Buffer | null> {
    return readFile(join(this.folder, name)).catch(() => null);
  }

  get upload(): string[] {
    return ["upload", "movie.mov", "--version", String(this.versionId), "--part-size", "5MiB"];
  }

  get download(): string[] {
    return ["download", "--version", String(this.versionId), "-o", "movie.mov"];
  }

  get toStdout(): string[] {
    return ["download", "--version", String(this.versionId), "-o", "-"];
  }

  start(
    args: readonly string[],
    stdin: "ignore" | "pipe" = "ignore",
  ): Running & { feed: NodeJS.WritableStream | null } {
    return this.#launch(process.execPath, [PROGRAM, ...args], this.env, stdin);
  }

  run(args: readonly string[]): Promise<Outcome> {
    return this.site.run(args, { cwd: this.folder, env: this.env });
  }

  /** Types a line into a shell that finds `sgmedia`, as a person would who read it. */
  async type(line: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const bin = join(this.folder, "bin");
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, "sgmedia"), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
    await chmod(join(bin, "sgmedia"), 0o755);
    const env = { ...this.env, PATH: `${bin}:${this.env["PATH"] ?? ""}` };
    return this.#launch("sh", ["-c", line], env, "ignore").ended;
  }

  #launch(
    program: string,
    args: readonly string[],
    env: Record<string, string>,
    stdin: "ignore" | "pipe",
  ): Running & { feed: NodeJS.WritableStream | null } {
    const child = execa(program, args, { cwd: this.folder, env, extendEnv: false, reject: false, stdin });
    let stderr = "";
    child.stderr?.on("data", (chunk) => {
      stderr += String(chunk);
    });
    const running = {
      pid: child.pid ?? 0,
      stderr: () => stderr,
      kill: (signal: NodeJS.Signals) => void child.kill(signal),
      feed: child.stdin,
      ended: child.then((result) => ({
        code: result.exitCode ?? null,
        signal: result.signal ?? null,
        stdout: String(result.stdout ?? ""),
        stderr: String(result.stderr ?? ""),
      })),
    };
    this.#running.add(running);
    void running.ended.then(() => this.#running.delete(running));
    return running;
  }

  remembered(): Promise<Remembered> {
    return readRemembered(join(this.folder, "state"));
  }

  /** Names of journals, locks and what else is kept for transfers. */
  kept(): Promise<string[]> {
    return readdir(join(this.folder, "state", "transfers")).catch(() => []);
  }

  async journal(): Promise<string> {
    const names = (await this.kept()).filter((name) => name.endsWith(".jsonl"));
    if (names.length !== 1) throw new Error(`${names.length} journals`);
    return join(this.folder, "state", "transfers", names[0] ?? "");
  }

  async partials(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => name.endsWith(".part"));
  }

  async newAttachments(): Promise<number> {
    return (await this.inspector.attachmentsAfter(this.#before.attachment)).length;
  }

  async openMultiparts(): Promise<string[]> {
    const open = (await this.inspector.openMultiparts()).map((each) => each.uploadId);
    return open.filter((each) => !this.#before.multiparts.has(each));
  }

  /** What went to the storage for bytes since then: one byte is asked for to see what is stored. */
  async moved(sinceMs: number): Promise<{ put: LoggedRequest[]; got: LoggedRequest[] }> {
    const log = (await this.inspector.logSince(sinceMs)).filter((each) => each.surface === "storage");
    return {
      put: log.filter((each) => each.method === "PUT"),
      got: log.filter((each) => each.method === "GET" && each.range !== "bytes=0-0"),
    };
  }

  /** Parts from this number on hang before their first byte is taken in. */
  async hangAtPart(number: number): Promise<void> {
    const rules = Array.from({ length: 6 - number }, (_, index) => ({
      ...{ surface: "storage", method: "PUT", part: number + index, stallMs: HANGS_MS, times: "always" },
    }));
    await this.site.setFaults(rules);
  }

  /** Ranges after so many hang before their first byte. */
  async hangAfterRanges(count: number): Promise<void> {
    const rule = { surface: "storage", method: "GET", skip: count, latencyMs: HANGS_MS, times: "always" };
    await this.site.setFaults([rule]);
  }

  /** An upload that hangs with three parts in its journal, and lives. */
  async hungUpload(args: readonly string[] = this.upload): Promise<Running> {
    await this.hangAtPart(4);
    const running = this.start(args);
    await until("three parts in the journal", async () => (await this.remembered()).parts.length === 3);
    return running;
  }

  /** A download that hangs with three ranges of five in its journal, and lives. */
  async hungDownload(args: readonly string[] = this.download): Promise<Running> {
    await this.hangAfterRanges(3);
    const running = this.start(args);
    await until("three ranges in the journal", async () => {
      const { ranges } = await this.remembered();
      return ranges.reduce((sum, each) => sum + each.bytes, 0) === 3 * PART_BYTES;
    });
    return running;
  }

  /** SIGKILL, and the site works as before. */
  async end(running: Running): Promise<void> {
    running.kill("SIGKILL");
    await running.ended;
    await this.site.clearFaults();
  }
}

/** Everything that must hold when an upload came to its end, however it came there. */
export async function expectUploaded(desk: Desk, bytes: Buffer): Promise<void> {
  expect((await desk.inspector.bytesOf(desk.versionId))?.equals(bytes)).toBe(true);
  expect(await desk.newAttachments()).toBe(1);
  expect(await desk.openMultiparts()).toEqual([]);
  expect(await desk.kept()).toEqual([]);
}
