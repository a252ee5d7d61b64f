import { randomFillSync } from "node:crypto";
import { statSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { PROGRAM, type Site } from "../e2e/harness.ts";
import { Inspector } from "../faults/inspector.ts";
import { HELD_MS, type Kill, mostInFlight, type RoundPlan } from "./kill-plan.ts";
import { overlaps, type Remembered, readRemembered, type Stretch } from "./remembered.ts";

const MOST_RUNS_AFTER_KILLS = 3;
const WATCH_EVERY_MS = 4;
const MOVIE = "movie.mov";

export interface RoundResult {
  readonly plan: RoundPlan;
  readonly programKills: number;
  readonly sandboxKills: number;
  /** Runs to the end, those that were killed included. */
  readonly runs: number;
  /** Bytes of the file that went over the line beyond its size; null where the log that counts them died with the sandbox. */
  readonly resentBytes: number | null;
  /** Everything that must not be. */
  readonly problems: readonly string[];
}

interface Run {
  readonly code: number | null;
  readonly killed: boolean;
  readonly stderr: string;
}

/** One file up or down, killed on the way as the plan says, then run to its end and held against what was promised. */
export async function runKillRound(site: Site, plan: RoundPlan): Promise<RoundResult> {
  const round = new KillRound(site, plan);
  try {
    await round.prepare();
    return await round.run();
  } finally {
    await round.remove();
  }
}

class KillRound {
  readonly #site: Site;
  readonly #plan: RoundPlan;
  readonly #inspector: Inspector;
  readonly #folder: string;
  readonly #bytes: Buffer;
  readonly #old = Buffer.from("what was here before");
  readonly #problems: string[] = [];
  #versionId = 0;
  #newestAttachment = 0;
  #startedAtMs = 0;
  #openedAndKilled = 0;

  constructor(site: Site, plan: RoundPlan) {
    this.#site = site;
    this.#plan = plan;
    this.#inspector = new Inspector(site);
    this.#folder = join(site.folder, `round-${plan.seed}`);
    this.#bytes = randomFillSync(Buffer.allocUnsafe(plan.sizeBytes));
  }

  get #target(): string {
    return join(this.#folder, "out", MOVIE);
  }

  get #state(): string {
    return join(this.#folder, "state");
  }

  async prepare(): Promise<void> {
    const { way, seed, old, shape } = this.#plan;
    await mkdir(join(this.#folder, "out"), { recursive: true });
    // What the ranges of a download are like is a setting without an option.
    await writeFile(join(this.#folder, ".sgrc.json"), JSON.stringify({ partSize: shape.partBytes }));
    this.#versionId = await this.#inspector.newVersion(`round_${seed}`);
    if (way === "up") await writeFile(join(this.#folder, MOVIE), this.#bytes);
    else await this.#inspector.store(this.#versionId, MOVIE, this.#bytes);
    if (old) await writeFile(this.#target, this.#old);
    this.#newestAttachment = (await this.#inspector.attachmentsAfter(0)).at(-1) ?? 0;
    this.#startedAtMs = Date.now();
  }

  async run(): Promise<RoundResult> {
    const { kills } = this.#plan;
    let runs = 0;
    let last: Run | null = null;
    for (const kill of kills) {
      last = await this.#oneRun(kill);
      runs += 1;
      if (last.killed) await this.#afterKill();
      else if (last.code === 0) break;
    }
    for (let again = 0; again < MOST_RUNS_AFTER_KILLS && last?.code !== 0; again += 1) {
      last = await this.#oneRun(null);
      runs += 1;
    }
    if (last?.code !== 0) this.#problem(`it did not come to its end: exit ${last?.code}\n${last?.stderr}`);
    return {
      plan: this.#plan,
      programKills: this.#kills.program,
      sandboxKills: this.#kills.sandbox,
      runs,
      resentBytes: await this.#atTheEnd(),
      problems: this.#problems,
    };
  }

  async remove(): Promise<void> {
    await this.#inspector.clearFaults();
    await rm(this.#folder, { recursive: true, force: true });
  }

  readonly #kills = { program: 0, sandbox: 0 };

  /** One process from start to end, or to its kill. */
  async #oneRun(kill: Kill | null): Promise<Run> {
    const missing = this.#plan.sizeBytes - (await this.#remembered()).bytes;
    if (kill && kill.moment.at !== "byte") await this.#holdRequest(kill.moment.at);
    const child = execa(process.execPath, [PROGRAM, ...this.#args()], {
      cwd: this.#folder,
      env: { ...this.#site.env, SGMEDIA_STATE_DIR: this.#state },
      extendEnv: false,
      reject: false,
      buffer: false,
      stdin: "ignore",
      stdout: "ignore",
    });
    const ended = new AbortController();
    const watching = setInterval(() => this.#watchTarget(), WATCH_EVERY_MS);
    let killed = false;
    let stderr = "";
    let crash: Promise<void> | null = null;
    let timer: NodeJS.Timeout | undefined;
    const strike = (): void => {
      if (!kill || child.exitCode !== null) return;
      if (kill.victim === "program") {
        killed = child.kill("SIGKILL");
      } else crash ??= this.#crashSandbox();
    };
    if (kill && kill.moment.at !== "byte") {
      const { afterMs } = kill.moment;
      void this.#untilHeld(ended.signal).then((held) => {
        if (held) timer = setTimeout(strike, afterMs);
      });
    }
    for await (const line of createInterface({ input: child.stderr })) {
      stderr += `${line}\n`;
      // The rate is limited: so much of the time that the rest takes is so much of the rest.
      if (kill?.moment.at === "byte" && line.startsWith('{"event":"opened"')) {
        const { bytesPerSecond } = this.#plan.shape;
        timer ??= setTimeout(strike, (kill.moment.share * missing * 1000) / bytesPerSecond);
      }
    }
    const { exitCode } = await child;
    ended.abort();
    clearTimeout(timer);
    clearInterval(watching);
    this.#watchTarget();
    await crash;
    await this.#inspector.clearFaults();
    if (killed) {
      this.#kills.program += 1;
      if (kill?.moment.at === "opening") this.#openedAndKilled += 1;
    }
    return { code: exitCode ?? null, killed, stderr };
  }

  #args(): string[] {
    const { way, shape } = this.#plan;
    return [
      ...(way === "up"
        ? ["upload", join(this.#folder, MOVIE), "--part-size", String(shape.partBytes)]
        : ["download", "-o", this.#target, "--if-exists", "overwrite"]),
      ...["--version", String(this.#versionId), "--progress", "json", "--json"],
      ...[
        "--part-jobs",
        String(shape.partJobs),
        "--limit-rate",
        String(shape.bytesPerSecond),
        "--retries",
        "8",
      ],
    ];
  }

  async #crashSandbox(): Promise<void> {
    this.#kills.sandbox += 1;
    await this.#site.crashAndRestart();
  }

  #holdRequest(what: "opening" | "completing"): Promise<void> {
    const method = what === "opening" ? "GET" : "POST";
    return this.#inspector.setFault({ surface: "site", method, path: "/_upload$", latencyMs: HELD_MS });
  }

  async #untilHeld(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if ((await this.#inspector.fault().catch(() => ({ seen: 0 }))).seen > 0) return true;
      await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY_MS));
    }
    return false;
  }

  /** At every moment there is the old file, or none, or the whole new one. */
  #watchTarget(): void {
    if (this.#plan.way !== "down") return;
    const size = statSync(this.#target, { throwIfNoEntry: false })?.size;
    const allowed = [this.#plan.old ? this.#old.length : undefined, this.#plan.sizeBytes];
    if (!allowed.includes(size)) this.#problem(`a file of ${size} bytes stood under the final name`);
  }

  /** What the journal has counts: it must be readable after any kill. */
  async #remembered(): Promise<Remembered> {
    const found = await readRemembered(this.#state);
    for (const why of found.damage) this.#problem(`the journal cannot be read: ${why}`);
    return { ...found, bytes: Math.min(found.bytes, this.#plan.sizeBytes) };
  }

  async #afterKill(): Promise<void> {
    const { parts, ranges } = await this.#remembered();
    const had = { parts, ranges, atMs: Date.now() };
    if (this.#plan.way === "down") {
      const there = await readFile(this.#target).catch(() => null);
      const whole = there?.equals(this.#bytes) ?? false;
      const untouched = there === null ? !this.#plan.old : there.equals(this.#old);
      if (!whole && !untouched)
        this.#problem("after a kill, what is under the final name is neither the old file nor the new");
      // In place it is had, whether or not a journal still says so.
      if (whole) had.ranges = [{ offset: 0, bytes: this.#plan.sizeBytes }];
    }
    this.#hadAtKill.push(had);
  }

  readonly #hadAtKill: { parts: readonly number[]; ranges: readonly Stretch[]; atMs: number }[] = [];

  /** Returns the bytes that went over the line twice. */
  async #atTheEnd(): Promise<number | null> {
    const { way } = this.#plan;
    const inspector = this.#inspector;
    const stored =
      way === "up"
        ? await inspector.bytesOf(this.#versionId)
        : await readFile(this.#target).catch(() => null);
    if (!stored?.equals(this.#bytes)) this.#problem("the bytes are not those that were meant");
    const attachments = (await inspector.attachmentsAfter(this.#newestAttachment)).length;
    if (attachments !== (way === "up" ? 1 : 0)) this.#problem(`${attachments} new Attachments`);
    const left = await readdir(join(this.#state, "transfers")).catch(() => []);
    if (left.length > 0) this.#problem(`left in the state folder: ${left.join(", ")}`);
    const beside = (await readdir(join(this.#folder, "out"))).filter((name) => name !== MOVIE);
    if (beside.length > 0) this.#problem(`left beside the file: ${beside.join(", ")}`);
    // Killed while the site opened a multipart, nobody ever learned its id.
    const open = (await inspector.openMultiparts()).filter(({ key }) => !this.#openBefore.has(key));
    if (open.length > this.#openedAndKilled) this.#problem(`${open.length} multiparts left open`);
    for (const { key } of open) this.#openBefore.add(key);
    return this.#kills.sandbox > 0 ? null : this.#resent();
  }

  get #openBefore(): Set<string> {
    const known = KNOWN_OPEN.get(this.#site) ?? new Set<string>();
    KNOWN_OPEN.set(this.#site, known);
    return known;
  }

  async #resent(): Promise<number> {
    const { way, sizeBytes } = this.#plan;
    const log = (await this.#inspector.logSince(this.#startedAtMs)).filter(
      (each) => each.surface === "storage",
    );
    const put = log.filter((each) => each.method === "PUT");
    // One byte is asked for to see what is stored.
    const got = log.filter((each) => each.method === "GET" && each.range !== "bytes=0-0");
    for (const { parts, ranges, atMs } of this.#hadAtKill) {
      const sent = put.filter((each) => each.atMs > atMs && parts.includes(each.partNumber ?? 0));
      if (sent.length > 0)
        this.#problem(`parts that the journal had were sent again: ${sent.map((each) => each.partNumber)}`);
      const fetched = got.filter((each) => each.atMs > atMs && overlaps(each.range, each.bytesOut, ranges));
      if (fetched.length > 0)
        this.#problem(`bytes that were here were fetched again: ${fetched.map((each) => each.range)}`);
    }
    const moved = way === "up" ? put.map((each) => each.bytesIn) : got.map((each) => each.bytesOut);
    const resent = moved.reduce((sum, each) => sum + each, 0) - sizeBytes;
    const mostBytes = this.#kills.program * mostInFlight(this.#plan.shape).bytes;
    if (resent > mostBytes) this.#problem(`${resent} bytes went twice, at most ${mostBytes} may`);
    return resent;
  }

  #problem(text: string): void {
    if (!this.#problems.includes(text)) this.#problems.push(text);
  }
}

/** Multiparts that were found open after an earlier round of the same sandbox. */
const KNOWN_OPEN = new WeakMap<Site, Set<string>>();
