import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { FieldSchema } from "../types.ts";

/** One thing that changed. A line of the log is a list of these: a whole change or nothing of it. */
export type Operation =
  | { op: "row"; type: string; id: number; retired: boolean; fields: Record<string, unknown> }
  | { op: "set"; type: string; id: number; fields: Record<string, unknown> }
  | { op: "retired"; type: string; id: number; retired: boolean }
  | { op: "field"; type: string; field: FieldSchema }
  | { op: "setting"; key: string; value: unknown }
  | { op: "next"; type: string; id: number };

const SNAPSHOT = "records.jsonl";
const COMPACT_ABOVE_BYTES = 32 * 1024 * 1024;

function logName(generation: number): string {
  return `changes.${generation}.jsonl`;
}

function writeAll(fd: number, text: string): number {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  return bytes.length;
}

/**
 * The folder's memory: a snapshot (`records.jsonl`, first line its generation) and the changes since
 * (`changes.<generation>.jsonl`). The snapshot appears whole by rename and names the log that belongs to it, so a
 * process killed at any byte leaves a folder that opens; a torn last line of the log is dropped.
 */
export class Journal {
  readonly #dir: string;
  #generation = 0;
  #fd = -1;
  #logBytes = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Applies the snapshot and every whole line of the log, cuts off a torn tail, and opens the log to append. */
  open(apply: (operation: Operation) => void): void {
    const snapshot = join(this.#dir, SNAPSHOT);
    if (existsSync(snapshot)) {
      const [head = "{}", ...lines] = readFileSync(snapshot, "utf8").split("\n");
      this.#generation = (JSON.parse(head) as { generation: number }).generation;
      for (const line of lines) if (line !== "") apply(JSON.parse(line) as Operation);
    }
    const log = join(this.#dir, logName(this.#generation));
    if (existsSync(log)) {
      const bytes = readFileSync(log);
      const whole = bytes.lastIndexOf(0x0a) + 1;
      for (const line of bytes.subarray(0, whole).toString("utf8").split("\n")) {
        if (line !== "") for (const operation of JSON.parse(line) as Operation[]) apply(operation);
      }
      if (whole < bytes.length) truncateSync(log, whole);
      this.#logBytes = whole;
    }
    this.#dropOtherFiles();
    this.#fd = openSync(log, "a");
  }

  /** Writes one change behind all before it. */
  append(operations: readonly Operation[]): void {
    this.#logBytes += writeAll(this.#fd, `${JSON.stringify(operations)}\n`);
  }

  get wantsSnapshot(): boolean {
    return this.#logBytes > COMPACT_ABOVE_BYTES;
  }

  /** Replaces snapshot and log by a snapshot of `everything` and an empty log. */
  compact(everything: Iterable<Operation>): void {
    const generation = this.#generation + 1;
    const temporary = join(this.#dir, `${SNAPSHOT}.tmp`);
    const fd = openSync(temporary, "w");
    try {
      let chunk = `${JSON.stringify({ generation })}\n`;
      for (const operation of everything) {
        chunk += `${JSON.stringify(operation)}\n`;
        if (chunk.length > 1 << 20) {
          writeAll(fd, chunk);
          chunk = "";
        }
      }
      writeAll(fd, chunk);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, join(this.#dir, SNAPSHOT));
    closeSync(this.#fd);
    this.#generation = generation;
    this.#logBytes = 0;
    this.#fd = openSync(join(this.#dir, logName(generation)), "a");
    this.#dropOtherFiles();
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #dropOtherFiles(): void {
    for (const name of readdirSync(this.#dir)) {
      const stale = /^changes\.\d+\.jsonl$/.test(name) && name !== logName(this.#generation);
      if (stale || name === `${SNAPSHOT}.tmp`) rmSync(join(this.#dir, name), { force: true });
    }
  }
}
