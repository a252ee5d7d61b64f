import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJournal, type JournalRecord } from "../../src/transfer/journal-records.ts";

export interface Stretch {
  readonly offset: number;
  readonly bytes: number;
}

export interface Remembered {
  readonly bytes: number;
  /** Numbers of the parts of an upload. */
  readonly parts: readonly number[];
  /** Of a download. */
  readonly ranges: readonly Stretch[];
  /** Journals that cannot be read: why. */
  readonly damage: readonly string[];
}

/** What the journals of a state folder have. */
export async function readRemembered(stateDir: string): Promise<Remembered> {
  const dir = join(stateDir, "transfers");
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith(".jsonl"));
  const records: JournalRecord[] = [];
  const damage: string[] = [];
  for (const name of names) {
    try {
      records.push(...decodeJournal(await readFile(join(dir, name))).records);
    } catch (thrown) {
      damage.push(thrown instanceof Error ? thrown.message : "");
    }
  }
  const parts = records.filter((each) => each.kind === "part");
  const ranges = records.filter((each) => each.kind === "range");
  const bytes = [...parts, ...ranges].reduce((sum, each) => sum + each.bytes, 0);
  return { bytes, parts: parts.map((each) => each.number), ranges, damage };
}

/** Whether an answer to `Range: bytes=100-199`, so many bytes of it, brought any of these. */
export function overlaps(range: string | null, bytesOut: number, held: readonly Stretch[]): boolean {
  const from = Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
  return held.some(({ offset, bytes }) => from < offset + bytes && offset < from + bytesOut);
}
