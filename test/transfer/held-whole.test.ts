/** A download that died with all of its bytes, before they were proven and in place. */
import { readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Journal, prepareJournalDir, transferId } from "../../src/transfer/journal.ts";
import { partialPathFor } from "../../src/transfer/partial-file.ts";
import { Bench, MIB, randomBytes } from "./bench.ts";

let bench: Bench;
let target: string;
beforeEach(async () => {
  bench = await Bench.start();
  await mkdir(join(bench.dir, "out"));
  target = join(bench.dir, "out", "shot.mov");
});
afterEach(() => bench.stop());

/** What a run leaves that was killed right before it proved its file: all of the bytes, and a journal that knows of each. */
async function diedWithAll(bytes: Buffer): Promise<void> {
  const { etag } = bench.storage.put("k", bytes);
  const { key } = bench.download("k", target);
  const id = transferId("download", key);
  const partialPath = partialPathFor(target, id);
  await writeFile(partialPath, bytes);
  await prepareJournalDir(bench.journalDir);
  const journal = await Journal.create(bench.journalDir, id, [
    {
      kind: "header",
      version: 1,
      direction: "download",
      key,
      intent: {},
      startedAtMs: Date.now(),
      identity: null,
      partSizeBytes: null,
      partialPath,
    },
    {
      kind: "object",
      sizeBytes: bytes.length,
      etag: `"${etag}"`,
      lastModified: null,
      contentType: "video/quicktime",
      encrypted: false,
    },
    { kind: "range", offset: 0, bytes: bytes.length },
  ]);
  await journal.close();
}

it("is finished by asking for one byte: that it is still what is stored", async () => {
  const bytes = randomBytes(12 * MIB);
  await diedWithAll(bytes);
  const outcome = await bench.engine().download(bench.download("k", target));
  expect(outcome.checkedBy).toBe("md5");
  expect((await readFile(target)).equals(bytes)).toBe(true);
  expect(bench.storage.log.map((each) => each.range)).toEqual(["bytes=0-0"]);
});

it("is begun again where another object is stored now, of the same size", async () => {
  const bytes = randomBytes(12 * MIB);
  await diedWithAll(randomBytes(12 * MIB));
  bench.storage.put("k", bytes);
  await bench.engine().download(bench.download("k", target));
  expect((await readFile(target)).equals(bytes)).toBe(true);
  expect(readdirSync(join(bench.dir, "out"))).toEqual(["shot.mov"]);
  expect(await bench.journals()).toEqual([]);
});

it("is kept where the storage fails for a while", async () => {
  const bytes = randomBytes(12 * MIB);
  await diedWithAll(bytes);
  bench.storage.faults.push({ method: "GET", status: 503 });
  await expect(bench.engine({ retries: 1 }).download(bench.download("k", target))).rejects.toMatchObject({
    code: "E_STORAGE",
  });
  const [kept] = await bench.engine().unfinished();
  expect(kept?.acceptedBytes).toBe(bytes.length);
});
