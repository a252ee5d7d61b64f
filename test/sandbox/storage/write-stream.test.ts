import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeStream } from "../../../src/sandbox/storage/write-stream.ts";
import { md5 } from "./storage-bench.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sgmedia-write-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));
const KEEP = { hash: "md5", discard: false } as const;

it("writes what came, in whatever pieces, over several batches", async () => {
  const bytes = randomBytes(13_000_000);
  let file = 0;
  const sizes = fc.array(fc.integer({ min: 1, max: 3_000_000 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(sizes, async (pieces) => {
      const path = join(dir, String(file++));
      const chunks = function* (): Generator<Buffer> {
        let at = 0;
        for (let turn = 0; at < bytes.length; turn += 1) {
          const size = pieces[turn % pieces.length] ?? 1;
          // Pieces of a few bytes would make millions of them.
          yield bytes.subarray(at, at + Math.max(size, 10_000));
          at += Math.max(size, 10_000);
        }
      };
      const written = await writeStream(Readable.from(chunks()), path, KEEP);
      expect(written).toEqual({ sizeBytes: bytes.length, etag: md5(bytes) });
      expect(md5(await readFile(path))).toBe(written.etag);
      await rm(path);
    }),
    { numRuns: 15 },
  );
});

it("that fails leaves no file, and the stream as it is", async () => {
  const stream = Readable.from([Buffer.alloc(10), Buffer.alloc(10)]);
  const failing = writeStream(stream, join(dir, "failing"), KEEP, () => {
    throw new Error("no more");
  });
  await expect(failing).rejects.toThrow("no more");
  expect([stream.destroyed, await readdir(dir)]).toEqual([false, []]);
  stream.destroy();
});

it("never writes over a file that is there", async () => {
  const path = join(dir, "taken");
  await writeStream(Readable.from([Buffer.from("one")]), path, KEEP);
  await expect(writeStream(Readable.from([Buffer.from("two")]), path, KEEP)).rejects.toThrow(/EEXIST/);
  expect(await readFile(path, "utf8")).toBe("one");
});
