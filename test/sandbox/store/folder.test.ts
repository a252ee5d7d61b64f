import { appendFileSync, cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../../src/sandbox/store/store.ts";
import type { Link, Store } from "../../../src/sandbox/types.ts";

const ADA: Link = { type: "HumanUser", id: 1 };

let dir: string;
let nowMs = Date.UTC(2026, 10, 24, 2, 40, 0);
const clock = { nowMs: () => nowMs };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sandbox-store-"));
  nowMs = Date.UTC(2026, 10, 24, 2, 40, 0, 700);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function using<T>(work: (store: Store) => T): Promise<T> {
  const store = await openStore(dir, clock);
  try {
    return work(store);
  } finally {
    await store.close();
  }
}

/** A copy of the folder as a kill would leave it: without the lock of a process that lives. */
async function killed(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "sandbox-killed-"));
  cpSync(dir, copy, { recursive: true });
  await rm(join(copy, "lock"), { force: true });
  return copy;
}

describe("the folder", () => {
  it("keeps rows, settings and schema over a restart", async () => {
    await using((store) => {
      store.insert("Shot", { code: "sh010" }, ADA);
      store.retire("Shot", store.insert("Shot", { code: "gone" }, ADA).id, ADA);
      store.setSetting("colour", { is: ["red"] });
      store.changeField("Shot", "code", { label: "Shot name" });
    });
    await using((store) => {
      expect([...store.rows("Shot")].map((row) => [row.fields["code"], row.retired])).toEqual([
        ["sh010", false],
        ["gone", true],
      ]);
      expect(store.setting("colour")).toEqual({ is: ["red"] });
      expect(store.type("Shot")?.fields.get("code")?.label).toBe("Shot name");
    });
  });

  it("opens after a kill at every byte of the last records, with the changes that were whole", async () => {
    const store = await openStore(dir, clock);
    for (const code of ["a", "b"]) store.insert("Shot", { code }, null);
    const log = readdirSync(dir).find((name) => name.startsWith("changes.")) ?? "";
    const whole = readFileSync(join(dir, log)).length;
    store.transaction(() => {
      store.insert("Shot", { code: "ç" }, null);
      store.insert("Shot", { code: "d" }, null);
    });
    store.insert("Shot", { code: "e" }, null);
    const bytes = readFileSync(join(dir, log));
    const copy = await killed();
    await store.close();
    try {
      for (let length = whole; length <= bytes.length; length += 1) {
        writeFileSync(join(copy, log), bytes);
        truncateSync(join(copy, log), length);
        const opened = await openStore(copy, clock);
        const lines = bytes.subarray(whole, length).toString("utf8").split("\n").length - 1;
        const expected = [
          ["a", "b"],
          ["a", "b", "ç", "d"],
          ["a", "b", "ç", "d", "e"],
        ][lines];
        expect([...opened.rows("Shot")].map((row) => row.fields["code"])).toEqual(expected);
        opened.insert("Shot", { code: "after" }, null);
        await opened.close();
        await rm(join(copy, "records.jsonl"), { force: true });
        for (const name of readdirSync(copy)) if (name !== log) await rm(join(copy, name), { force: true });
      }
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  });

  it("goes on after a torn line: what is written next is read again", async () => {
    const store = await openStore(dir, clock);
    store.insert("Shot", { code: "a" }, null);
    const log = readdirSync(dir).find((name) => name.startsWith("changes.")) ?? "";
    const copy = await killed();
    await store.close();
    appendFileSync(join(copy, log), '[{"op":"row","ty');
    const first = await openStore(copy, clock);
    first.insert("Shot", { code: "b" }, null);
    const second = await (async () => {
      await rm(join(copy, "lock"), { force: true });
      const other = await mkdtemp(join(tmpdir(), "sandbox-again-"));
      cpSync(copy, other, { recursive: true });
      return openStore(other, clock);
    })();
    expect([...second.rows("Shot")].map((row) => row.fields["code"])).toEqual(["a", "b"]);
    await second.close();
    await first.close();
    await rm(second.dir, { recursive: true, force: true });
    await rm(copy, { recursive: true, force: true });
  });

  it("a snapshot half written beside the old one changes nothing", async () => {
    await using((store) => store.insert("Shot", { code: "a" }, null));
    writeFileSync(join(dir, "records.jsonl.tmp"), '{"generation":99}\n{"op":');
    writeFileSync(join(dir, "changes.99.jsonl"), "nonsense\n");
    const codes = await using((store) => [...store.rows("Shot")].map((row) => row.fields["code"]));
    expect(codes).toEqual(["a"]);
    expect(readdirSync(dir).sort()).toEqual(expect.not.arrayContaining(["records.jsonl.tmp"]));
  });

  it("is one process's at a time, and taken over from one that is gone", async () => {
    const store = await openStore(dir, clock);
    await expect(openStore(dir, clock)).rejects.toThrow("in use by process");
    await store.close();
    // No process has this id: the highest that Linux gives is below it.
    writeFileSync(join(dir, "lock"), "999999999\n");
    await using((again) => expect(again.dir).toBe(dir));
  });

  it("holds tens of thousands of rows at a speed nobody notices", async () => {
    const started = performance.now();
    await using((store) => {
      for (let at = 0; at < 20_000; at += 1)
        store.insert("EventLogEntry", { description: `entry ${at}` }, null);
    });
    const count = await using((store) => [...store.rows("EventLogEntry")].length);
    expect(count).toBe(20_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
