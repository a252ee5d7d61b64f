import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replayDownload } from "../../src/transfer/download-state.ts";
import { Journal, journalPath, readJournal, transferId } from "../../src/transfer/journal.ts";
import {
  decodeJournal,
  encodeRecord,
  JournalDamaged,
  type JournalHeader,
  type JournalRecord,
} from "../../src/transfer/journal-records.ts";
import { replayUpload } from "../../src/transfer/upload-state.ts";

const header: JournalHeader = {
  kind: "header",
  version: 1,
  direction: "upload",
  key: {
    site: "https://studio.example",
    record: "Version:1",
    field: "sg_uploaded_movie",
    path: '/x/ü,"crc".mov',
  },
  intent: { name: "a\nb" },
  startedAtMs: 1,
  identity: { sizeBytes: 100, mtimeNs: "1", inode: "1:2" },
  partSizeBytes: 10,
  partialPath: null,
};
const upload: JournalRecord[] = [
  header,
  { kind: "opened", mode: "multipart", ticket: { upload_id: "u" } },
  ...Array.from(
    { length: 8 },
    (_, index): JournalRecord => ({ kind: "part", number: index + 1, etag: "e", md5: "m", bytes: 10 }),
  ),
  { kind: "completing", ticket: { upload_id: "u" } },
];
const download: JournalRecord[] = [
  { ...header, direction: "download", identity: null, partSizeBytes: null, partialPath: "/x/.part" },
  { kind: "object", sizeBytes: 100, etag: '"e"', lastModified: null, contentType: null, encrypted: false },
  ...Array.from(
    { length: 10 },
    (_, index): JournalRecord => ({ kind: "range", offset: index * 10, bytes: 10 }),
  ),
];
const bytesOf = (records: readonly JournalRecord[]): Buffer =>
  Buffer.from(records.map(encodeRecord).join(""));

describe("a journal cut off anywhere", () => {
  for (const [name, records] of [
    ["upload", upload],
    ["download", download],
  ] as const) {
    it(`${name}: is the records whose lines are whole, and nothing else`, () => {
      const bytes = bytesOf(records);
      const firstLine = bytes.indexOf(0x0a) + 1;
      fc.assert(
        fc.property(fc.integer({ min: 0, max: bytes.length }), (length) => {
          const prefix = bytes.subarray(0, length);
          if (length < firstLine) {
            // Journals come into being whole: a beginning that is not there is damage, never "empty".
            expect(() => decodeJournal(prefix)).toThrow(JournalDamaged);
            return;
          }
          const whole = prefix.toString("latin1").split("\n").length - 1;
          const read = decodeJournal(prefix);
          expect(read.records).toEqual(records.slice(0, whole));
          if (name === "upload") {
            const state = replayUpload(read.records);
            expect(state.parts.size).toBe(Math.max(0, Math.min(8, whole - 2)));
            expect(state.opened !== null).toBe(whole >= 2);
            expect(state.completing !== null).toBe(whole >= 11);
          } else expect(replayDownload(read.records).held.totalBytes).toBe(Math.max(0, whole - 2) * 10);
        }),
        { numRuns: 300 },
      );
    });
  }

  it("a byte changed in any whole line is damage; zeros after a power cut are a torn line", () => {
    const bytes = bytesOf(upload.slice(0, 6));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: bytes.length - 2 }),
        fc.integer({ min: 1, max: 255 }),
        (at, change) => {
          const broken = Buffer.from(bytes);
          broken[at] = (broken[at] ?? 0) ^ change;
          expect(() => decodeJournal(broken)).toThrow(JournalDamaged);
        },
      ),
    );
    expect(decodeJournal(Buffer.concat([bytes, Buffer.alloc(50)])).records).toHaveLength(6);
  });

  it("lines in an order that nobody wrote are damage", () => {
    for (const records of [
      [upload[1], upload[0]],
      [upload[0], upload[2]],
      [upload[0], upload[0]],
      [upload[0], upload[1], download[1], upload[2]],
    ] as JournalRecord[][]) {
      expect(() => replayUpload(decodeJournal(bytesOf(records)).records)).toThrow(JournalDamaged);
    }
  });
});

describe("a journal on the disk", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "sgmedia-journal-"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it("keeps what is appended, many at once, in their order", async () => {
    const journal = await Journal.create(dir, "a".repeat(16), [header]);
    await journal.append(upload[1] as JournalRecord);
    await Promise.all(upload.slice(2, 10).map((record) => journal.append(record)));
    await journal.close();
    expect((await readJournal(dir, "a".repeat(16)))?.records).toEqual(upload.slice(0, 10));
    expect((await stat(journalPath(dir, "a".repeat(16)))).mode & 0o777).toBe(0o600);
  });

  it("goes on behind a torn line", async () => {
    const id = "b".repeat(16);
    const journal = await Journal.create(dir, id, [header, ...upload.slice(1, 4)]);
    await journal.close();
    await truncate(journalPath(dir, id), bytesOf(upload.slice(0, 4)).length - 5);
    const read = await readJournal(dir, id);
    expect(read?.records).toHaveLength(3);
    const again = await Journal.reopen(dir, id, read ?? { records: [], wholeBytes: 0 });
    await again.append(upload[3] as JournalRecord);
    await again.close();
    expect((await readFile(journalPath(dir, id))).equals(bytesOf(upload.slice(0, 4)))).toBe(true);
  });

  it("that is not there is none; that is empty, or a folder, is an error", async () => {
    expect(await readJournal(dir, "c".repeat(16))).toBeUndefined();
    await writeFile(journalPath(dir, "d".repeat(16)), "");
    await expect(readJournal(dir, "d".repeat(16))).rejects.toThrow(JournalDamaged);
    await expect(readJournal(join(dir, `${"d".repeat(16)}.jsonl`), "x")).rejects.toMatchObject({
      code: "E_JOURNAL",
    });
  });

  it("after a write that failed, announces nothing more", async () => {
    const journal = await Journal.create(dir, "e".repeat(16), [header]);
    await journal.close();
    await expect(journal.append(upload[1] as JournalRecord)).rejects.toMatchObject({ code: "E_JOURNAL" });
    await expect(journal.append(upload[2] as JournalRecord)).rejects.toMatchObject({ code: "E_JOURNAL" });
  });

  it("refuses secrets", () => {
    const urls = ["https://s3.example/k?X-Amz-Signature=abc", "https://s3.example/k?a=b&Signature=abc"];
    for (const url of urls)
      expect(() => encodeRecord({ kind: "opened", mode: "single", ticket: { url } })).toThrow("secret");
    expect(() =>
      encodeRecord({ kind: "opened", mode: "single", ticket: { a: "Bearer abcdefghij" } }),
    ).toThrow("secret");
  });
});

describe("the name of a transfer", () => {
  it("is the same for the same transfer and another for any other", () => {
    const key = { site: "s", record: "Version:1", field: "f", path: "/p" };
    const ids = [
      transferId("upload", key),
      transferId("download", key),
      transferId("upload", { ...key, field: null }),
      transferId("upload", { ...key, path: "/q" }),
      transferId("upload", { ...key, record: "Version:2" }),
      transferId("upload", { ...key, site: "t" }),
      transferId("upload", { ...key, detail: "d" }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(transferId("upload", { ...key })).toBe(ids[0]);
    expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
  });
});
