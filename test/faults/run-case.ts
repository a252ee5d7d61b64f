import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Outcome, Site } from "../e2e/harness.ts";
import { Inspector, type LoggedRequest } from "./inspector.ts";
import { type Sizes, STALL_TIMEOUT_SECONDS } from "./kinds.ts";
import type { Step } from "./steps.ts";

const MIB = 1024 * 1024;
const WHOLE_BYTES = 100_000;
const PARTS_BYTES = 12 * MIB;
export const MOVIE = "movie.mov";

export interface Case {
  readonly rule: object;
  readonly lasts: Lasts;
  readonly stallSeconds?: number | undefined;
}

/** `once`: the first request that fits; `lasting`: every one while the first run lasts. */
export type Lasts = "once" | "lasting";

/** What one transfer under a fault came to. */
export interface CaseResult {
  readonly first: Outcome;
  /** How often the command was run until it said that it is done; 0: it never did. */
  readonly runs: number;
  readonly last: Outcome;
  /** How often the fault acted. */
  readonly hits: number;
  /** Requests of the step in the first run that an undisturbed run does not make. */
  readonly retries: number;
  /** Bytes of the file that went over the line beyond the file's own size, all runs together. */
  readonly bytesBeyond: number;
  readonly attachments: number;
  readonly openMultiparts: number;
  /** The bytes on the site (upload) or under the final name (download) are those that were meant. */
  readonly identical: boolean;
  /** Of a download: the file that was there before was whole after every run that failed. */
  readonly oldKept: boolean;
  /** What lies about afterwards: partial files, journals, locks. */
  readonly leftovers: readonly string[];
  /** Places where a secret, a bearer or a signature was found. */
  readonly leaks: readonly string[];
  /** Requests that the fault was meant for, as the sandbox saw them. */
  readonly faulted: readonly LoggedRequest[];
}

/** What a step's requests are like when nothing is wrong: how many, and how long. */
export interface Undisturbed extends Sizes {
  readonly requests: number;
}

const MOST_RUNS = 3;

/** One sandbox in which one case runs at a time: every request in its log is that case's. */
export class FaultBench {
  readonly site: Site;
  readonly inspector: Inspector;
  #number = 0;

  constructor(site: Site) {
    this.site = site;
    this.inspector = new Inspector(site);
  }

  /** A run without a fault, to know what the step is like. Throws when even that goes wrong. */
  async undisturbed(step: Step): Promise<Undisturbed> {
    const work = await this.#prepare(step);
    const outcome = await work.run([]);
    if (outcome.code !== 0) throw new Error(`${step.id} without a fault: ${outcome.code}\n${outcome.stderr}`);
    const requests = requestsOf(step, await this.inspector.logSince(work.startedAtMs));
    const first = requests[step.requests.skip ?? 0];
    if (!first) throw new Error(`${step.id} is no step of the transfer`);
    await rm(work.folder, { recursive: true, force: true });
    return { requests: requests.length, receivedBytes: first.bytesIn, sentBytes: first.bytesOut };
  }

  async run(step: Step, fault: Case, undisturbed: Undisturbed): Promise<CaseResult> {
    const { inspector } = this;
    const { rule, lasts } = fault;
    const work = await this.#prepare(step, fault.stallSeconds);
    const [newest] = (await inspector.attachmentsAfter(0)).slice(-1);
    const openBefore = (await inspector.openMultiparts()).length;
    await inspector.setFault({ ...step.requests, ...rule, times: lasts === "once" ? 1 : "always" });

    const outcomes: Outcome[] = [];
    const leaks: string[] = [];
    let oldKept = true;
    let acted = { seen: 0, hits: 0 };
    while (outcomes.length < MOST_RUNS && outcomes.at(-1)?.code !== 0) {
      const outcome = await work.run(lasts === "lasting" && outcomes.length === 0 ? ["--retries", "1"] : []);
      outcomes.push(outcome);
      if (outcomes.length === 1) {
        acted = await inspector.fault();
        await inspector.clearFaults();
      }
      if (outcome.code !== 0) oldKept &&= await work.oldIsThere();
      leaks.push(...(await this.#leaks(work.folder, outcome)));
    }
    const [first, last] = [outcomes[0], outcomes.at(-1)];
    if (!first || !last) throw new Error("nothing ran");
    const log = await inspector.logSince(work.startedAtMs);
    const result: CaseResult = {
      first,
      last,
      runs: last.code === 0 ? outcomes.length : 0,
      hits: acted.hits,
      retries: Math.max(0, acted.seen - undisturbed.requests),
      bytesBeyond: fileBytes(step, log) - work.bytes.length * (step.verify ? 2 : 1),
      attachments: (await inspector.attachmentsAfter(newest ?? 0)).length,
      openMultiparts: (await inspector.openMultiparts()).length - openBefore,
      identical: await work.identical(),
      oldKept,
      leftovers: await work.leftovers(),
      leaks,
      faulted: log.filter((each) => each.faultId !== null),
    };
    await rm(work.folder, { recursive: true, force: true });
    return result;
  }

  async #prepare(step: Step, stallSeconds = STALL_TIMEOUT_SECONDS) {
    const { inspector, site } = this;
    const folder = join(site.folder, `case-${this.#number++}`);
    await mkdir(join(folder, "out"), { recursive: true });
    const bytes = randomBytes(step.size === "whole" ? WHOLE_BYTES : PARTS_BYTES);
    const source = join(folder, MOVIE);
    const target = join(folder, "out", MOVIE);
    const old = randomBytes(1000);
    const versionId = await inspector.newVersion(`case_${this.#number}`);
    // What the ranges of a download are like is a setting without an option.
    await writeFile(join(folder, ".sgrc.json"), JSON.stringify({ partSize: "5MiB" }));
    if (step.way === "up") await writeFile(source, bytes);
    else {
      await inspector.store(versionId, MOVIE, bytes);
      await writeFile(target, old);
    }
    await inspector.clearLog();
    const startedAtMs = Date.now();
    const args = [
      ...(step.way === "up"
        ? ["upload", source, ...(step.size === "parts" ? ["--part-size", "5MiB"] : [])]
        : ["download", "-o", target, "--if-exists", "overwrite"]),
      ...(step.verify ? ["--verify"] : []),
      ...["--version", String(versionId), "--json", "-v", "--progress", "json"],
      ...["--stall-timeout", String(stallSeconds), "--connect-timeout", "5"],
    ];
    const env = { SGMEDIA_STATE_DIR: join(folder, "state") };
    return {
      folder,
      bytes,
      startedAtMs,
      run: (more: readonly string[]) => site.run([...args, ...more], { env, cwd: folder }),
      identical: async () => {
        const there = step.way === "up" ? await inspector.bytesOf(versionId) : await readFile(target);
        return there?.equals(bytes) ?? false;
      },
      oldIsThere: async () => step.way === "up" || (await readFile(target)).equals(old),
      leftovers: async () => [
        ...(await filesIn(join(folder, "state"))),
        ...(await filesIn(join(folder, "out"))).filter((path) => path !== MOVIE),
      ],
    };
  }

  /** Looks for what may stand nowhere: in what was printed, and in what a failed run keeps on the disk. */
  async #leaks(folder: string, outcome: Outcome): Promise<string[]> {
    const places: [string, string][] = [
      ["stdout", outcome.stdout],
      ["stderr", outcome.stderr],
    ];
    for (const path of await filesIn(join(folder, "state")))
      places.push([path, await readFile(join(folder, "state", path), "utf8")]);
    return places.filter(([, text]) => this.#tellsSecrets(text)).map(([place]) => place);
  }

  #tellsSecrets(text: string): boolean {
    return (
      text.includes(this.site.ready.scriptKey) ||
      /[?&]X-Amz-(?:Signature|Credential)=(?!\*\*\*)/i.test(text) ||
      /[?&]signature=(?!\*\*\*)/i.test(text) ||
      /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/.test(text) ||
      /Bearer (?!\*\*\*)[A-Za-z0-9]/i.test(text)
    );
  }
}

/** The requests that a step's rule could be about. */
function requestsOf(step: Step, log: readonly LoggedRequest[]): LoggedRequest[] {
  const { surface, method, path, part } = step.requests;
  const pattern = new RegExp(path);
  return log.filter(
    (each) =>
      each.surface === surface &&
      each.method === method &&
      pattern.test(each.path) &&
      (part === undefined || each.partNumber === part),
  );
}

/** Bytes of the file that the storage took in or gave out. Looking whether it is there already asks for one byte. */
function fileBytes(step: Step, log: readonly LoggedRequest[]): number {
  const storage = log.filter((each) => each.surface === "storage");
  const put = storage.filter((each) => each.method === "PUT").reduce((sum, each) => sum + each.bytesIn, 0);
  const got = storage
    .filter((each) => each.method === "GET" && each.status < 300 && each.range !== "bytes=0-0")
    .reduce((sum, each) => sum + each.bytesOut, 0);
  return step.way === "down" ? got : step.verify ? put + got : put;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  const files: string[] = [];
  for (const name of names) if ((await stat(join(folder, name))).isFile()) files.push(name);
  return files.sort();
}
