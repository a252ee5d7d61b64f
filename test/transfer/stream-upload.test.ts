import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench, MIB, randomBytes, stoppable } from "./bench.ts";
import { composite, md5, sha256 } from "./fake-storage.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const job = (stream: AsyncIterable<Uint8Array>, more = {}) =>
  bench.upload("-", { source: { kind: "stream", stream }, ...more });

describe("an upload of a stream", () => {
  it("refuses an empty one before anything is opened", async () => {
    const empty = bench.engine().upload(job(pieces(Buffer.alloc(0), 1)));
    await expect(empty).rejects.toMatchObject({ code: "E_INPUT_EMPTY" });
    expect(bench.site.calls).toEqual([]);
    expect(await bench.journals()).toEqual([]);
  });

  it("a short one goes up in one PUT with its length", async () => {
    const bytes = randomBytes(100_000);
    const outcome = await bench.engine().upload(job(pieces(bytes, 777)));
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
    expect(outcome).toMatchObject({ sizeBytes: 100_000, sha256: sha256(bytes), etag: md5(bytes) });
    expect(bench.storage.log[0]?.headers["content-length"]).toBe("100000");
  });

  it("exactly one part is still one PUT", async () => {
    const bytes = randomBytes(8 * MIB);
    const outcome = await bench.engine().upload(job(pieces(bytes, MIB)));
    expect(outcome.parts.count).toBe(1);
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
  });

  it("a long one goes up as multipart; trouble on the way sends the same bytes again", async () => {
    const bytes = randomBytes(35 * MIB + 11);
    bench.storage.faults.push({ method: "PUT", part: 2, times: 1, resetAfter: 3 * MIB });
    bench.storage.faults.push({ method: "PUT", part: 4, times: 1, status: 500 });
    const outcome = await bench.engine().upload(job(pieces(bytes, 65_536)));
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
    expect(outcome).toMatchObject({
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      etag: composite(bytes, 8 * MIB),
    });
    expect(await bench.journals()).toEqual([]);
  });

  it("a failure for good closes the multipart: nobody could go on with it", async () => {
    bench.storage.faults.push({ method: "PUT", part: 2, status: 500 });
    const failing = bench.engine({ retries: 1 }).upload(job(pieces(randomBytes(35 * MIB), MIB)));
    await expect(failing).rejects.toMatchObject({ code: "E_STORAGE" });
    expect(bench.storage.multiparts.size).toBe(0);
    expect(await bench.journals()).toEqual([]);
  });

  it("a source that breaks off is no end: nothing is completed", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield randomBytes(20 * MIB);
      throw new Error("the program before broke off");
    }
    await expect(bench.engine().upload(job(broken()))).rejects.toThrow("broke off");
    expect(bench.site.attachments).toEqual([]);
    expect(bench.storage.multiparts.size).toBe(0);
  });

  it("holds a few parts in memory and no more, however fast the source is", async () => {
    let read = 0;
    let accepted = 0;
    let most = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      const piece = randomBytes(MIB);
      for (let index = 0; index < 120; index += 1) {
        read += piece.length;
        most = Math.max(most, read - accepted);
        yield piece;
      }
    }
    bench.storage.onPart = () => {
      accepted += 8 * MIB;
    };
    await bench.engine().upload(job(source()));
    // Three on the way, one being read, and the piece in hand.
    expect(most).toBeLessThanOrEqual(4 * 8 * MIB + 2 * MIB);
  });

  it("a source that says nothing can be interrupted; what was opened can be closed later", async () => {
    const { signal, stop } = stoppable();
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield randomBytes(20 * MIB);
      setTimeout(stop, 50);
      await new Promise(() => {});
    }
    await expect(bench.engine().upload(job(silent(), { signal }))).rejects.toMatchObject({
      code: "E_INTERRUPTED",
    });
    expect(await bench.journals()).toHaveLength(1);
    const bytes = randomBytes(1000);
    await bench.engine().upload(job(pieces(bytes, 100)));
    expect(bench.storage.multiparts.size).toBe(0);
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
  });
});
