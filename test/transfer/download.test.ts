import { writeFileSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemCode } from "../../src/shared/errors.ts";
import { Bench, MIB, randomBytes, stoppable } from "./bench.ts";
import { composite, type Fault, md5, sha256 } from "./fake-storage.ts";

let bench: Bench;
let target: string;
beforeEach(async () => {
  bench = await Bench.start();
  target = join(bench.dir, "out", "shot.mov");
  await mkdir(join(bench.dir, "out"));
});
afterEach(() => bench.stop());

/** What lies in the target's folder, hidden files too. */
const outFiles = (): Promise<string[]> => readdir(join(bench.dir, "out"));

describe("a download that fails leaves what was there", () => {
  const hopeless: [string, string, Fault][] = [
    ["what is not stored", "E_MEDIA_MISSING", { status: 404 }],
    ["a denial", "E_STORAGE_REFUSED", { status: 403 }],
    ["a storage that fails for good", "E_STORAGE", { status: 500 }],
    ["a body that always ends early", "E_NETWORK", { resetAfter: 0 }],
    ["a body that is too long", "E_STORAGE", { extraBytes: 10 }],
    ["another range than was asked for", "E_STORAGE", { shiftRange: 1 }],
    ["bytes that are not those of the ETag", "E_MISMATCH", { corruptAt: 5 }],
    ["silence", "E_STALLED", { stallAfter: 0 }],
  ];
  for (const [name, code, fault] of hopeless) {
    it(`${name}: ${code}`, async () => {
      await writeFile(target, "the old file");
      bench.storage.put("k", randomBytes(1000));
      bench.storage.faults.push({ method: "GET", ...fault });
      const engine = bench.engine({ retries: 2, stallTimeoutMs: 100 });
      await expect(engine.download(bench.download("k", target))).rejects.toMatchObject({ code });
      expect(await readFile(target, "utf8")).toBe("the old file");
      expect(await outFiles()).toEqual(["shot.mov"]);
      expect(await bench.journals()).toEqual([]);
    });
  }

  it("what is there and may not be replaced, before a byte is asked for", async () => {
    await writeFile(target, "the old file");
    bench.storage.put("k", randomBytes(1000));
    const job = bench.download("k", target, { target: { kind: "file", path: target, replace: false } });
    await expect(bench.engine().download(job)).rejects.toMatchObject({ code: "E_EXISTS", exit: 11 });
    expect(bench.storage.log).toEqual([]);
  });

  it("what came to be there in the meantime", async () => {
    bench.storage.put("k", randomBytes(1000));
    bench.storage.onOut = () => writeFileSync(target, "somebody else's");
    const job = bench.download("k", target, { target: { kind: "file", path: target, replace: false } });
    await expect(bench.engine().download(job)).rejects.toMatchObject({ code: "E_EXISTS" });
    expect(await readFile(target, "utf8")).toBe("somebody else's");
    expect(await outFiles()).toEqual(["shot.mov"]);
  });

  it("another size or sha256 than was expected", async () => {
    bench.storage.put("k", randomBytes(1000));
    const engine = bench.engine();
    await expect(
      engine.download(bench.download("k", target, { expect: { sizeBytes: 999 } })),
    ).rejects.toMatchObject({ code: "E_MISMATCH" });
    await expect(
      engine.download(bench.download("k", target, { expect: { sha256: "0".repeat(64) } })),
    ).rejects.toMatchObject({ code: "E_MISMATCH" });
    expect(await outFiles()).toEqual([]);
  });

  it("a folder in its place, and a folder that is not there", async () => {
    bench.storage.put("k", randomBytes(1000));
    const engine = bench.engine();
    await expect(engine.download(bench.download("k", join(bench.dir, "out")))).rejects.toMatchObject({
      code: "E_DISK",
    });
    await expect(
      engine.download(bench.download("k", join(bench.dir, "none", "a.mov"))),
    ).rejects.toMatchObject({ code: "E_DISK", exit: 12 });
  });

  it("bytes of a multipart object that went wrong on the way", async () => {
    bench.storage.put("k", randomBytes(12 * MIB), 5 * MIB);
    bench.storage.faults.push({ method: "GET", corruptAt: 6 * MIB, times: 1 });
    await expect(bench.engine().download(bench.download("k", target))).rejects.toMatchObject({
      code: "E_MISMATCH",
    });
    expect(await outFiles()).toEqual([]);
  });
});

describe("a download that goes through", () => {
  it("a small file in one request, proven by its MD5", async () => {
    const bytes = randomBytes(94_714);
    bench.storage.put("k", bytes);
    const outcome = await bench.engine().download(bench.download("k", target));
    expect(outcome).toEqual({
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      etag: md5(bytes),
      checkedBy: "md5",
      contentType: "video/quicktime",
      ranges: { count: 1, resumed: 0 },
    });
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect(await outFiles()).toEqual(["shot.mov"]);
    expect(await bench.journals()).toEqual([]);
  });

  it("a large file in ranges, each pinned to the first answer", async () => {
    const bytes = randomBytes(70 * MIB + 5);
    const { etag } = bench.storage.put("k", bytes, 16 * MIB);
    const outcome = await bench.engine().download(bench.download("k", target));
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect(outcome).toMatchObject({ checkedBy: "composite", etag, ranges: { count: 4, resumed: 0 } });
    const [first, ...others] = bench.storage.log;
    expect(first?.headers["if-match"]).toBeUndefined();
    expect(others).toHaveLength(3);
    for (const each of others) expect(each.headers["if-match"]).toBe(`"${etag}"`);
  });

  for (const partSize of [20_000_000, 5 * MIB, 8 * MIB, 17 * MIB]) {
    it(`parts of ${partSize} bytes are found out`, async () => {
      bench.storage.put("k", randomBytes(45 * MIB), partSize);
      const outcome = await bench.engine().download(bench.download("k", target));
      expect(outcome.checkedBy).toBe("composite");
    });
  }

  it("parts of an odd size: read twice, proven by size alone", async () => {
    const bytes = randomBytes(12 * MIB);
    bench.storage.put("k", bytes, 5 * MIB + 4321);
    const outcome = await bench.engine().download(bench.download("k", target));
    expect(outcome.checkedBy).toBe("size");
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect(bench.notes().join()).toContain("second time");
  });

  it("nothing at all", async () => {
    bench.storage.put("k", Buffer.alloc(0));
    const outcome = await bench.engine().download(bench.download("k", target));
    expect(outcome).toMatchObject({ sizeBytes: 0, checkedBy: "md5", sha256: sha256(Buffer.alloc(0)) });
    expect((await readFile(target)).length).toBe(0);
  });

  it("a server without ranges", async () => {
    const bytes = randomBytes(40 * MIB);
    bench.storage.put("k", bytes);
    bench.storage.rangesSupported = false;
    const outcome = await bench.engine().download(bench.download("k", target));
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect(outcome.ranges.count).toBe(1);
    expect(bench.storage.count("GET")).toBe(1);
  });

  it("a server without ranges whose body breaks off: what came is not fetched into the file twice", async () => {
    const bytes = randomBytes(8 * MIB);
    bench.storage.put("k", bytes);
    bench.storage.rangesSupported = false;
    bench.storage.faults.push({ method: "GET", times: 1, resetAfter: 3 * MIB });
    await bench.engine().download(bench.download("k", target));
    expect((await readFile(target)).equals(bytes)).toBe(true);
  });

  it("replaces a link instead of writing through it", async () => {
    const elsewhere = join(bench.dir, "elsewhere.mov");
    await writeFile(elsewhere, "precious");
    await symlink(elsewhere, target);
    const bytes = randomBytes(1000);
    bench.storage.put("k", bytes);
    await bench.engine().download(bench.download("k", target));
    expect((await lstat(target)).isSymbolicLink()).toBe(false);
    expect(await readFile(elsewhere, "utf8")).toBe("precious");
  });

  it("a name as long as names can be", async () => {
    const long = join(bench.dir, "out", `${"ü".repeat(125)}.mov`);
    bench.storage.put("k", randomBytes(1000));
    await bench.engine().download(bench.download("k", long));
    expect((await readFile(long)).length).toBe(1000);
  });

  it("a redirect; headers meant for one origin stay there", async () => {
    const bytes = randomBytes(1000);
    bench.storage.put("k", bytes);
    const far = bench.storage.sign("k").replace("127.0.0.1", "localhost");
    bench.storage.put("near", Buffer.alloc(1));
    bench.storage.faults.push({ method: "GET", times: 1, status: 302, headers: { location: far } });
    const port = {
      locate: async () => ({
        url: bench.storage.sign("near"),
        headers: { authorization: "Bearer abcdefgh" },
      }),
    };
    await bench.engine().download(bench.download("k", target, { port }));
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect(bench.storage.log.map((each) => each.headers.authorization)).toEqual([
      "Bearer abcdefgh",
      undefined,
    ]);
  });
});

describe("a range that meets trouble goes on where it was", () => {
  const troubles: [string, Fault][] = [
    ["500", { status: 500 }],
    ["503", { status: 503 }],
    ["a cut body", { resetAfter: 3 * MIB }],
    ["a stalled body", { stallAfter: 3 * MIB }],
    ["an expired URL", { status: 403 }],
    ["a lying Content-Range", { shiftRange: 7 }],
    ["a 200 to a range", { ignoreRange: true }],
  ];
  for (const [name, fault] of troubles) {
    it(name, async () => {
      const bytes = randomBytes(60 * MIB);
      bench.storage.put("k", bytes);
      bench.storage.faults.push({ method: "GET", skip: 1, times: 1, ...fault });
      const engine = bench.engine({ stallTimeoutMs: 300 });
      const outcome = await engine.download(bench.download("k", target));
      expect((await readFile(target)).equals(bytes)).toBe(true);
      expect(outcome.checkedBy).toBe("md5");
      if (fault.resetAfter) {
        const again = bench.storage.log.map((each) => Number(/^bytes=(\d+)-/.exec(each.range ?? "")?.[1]));
        // What was on its way to the disk when the connection went is kept; what waited behind it is not.
        expect(again.filter((from) => from <= 35 * MIB && from >= 35 * MIB - 512 * 1024)).toHaveLength(1);
      }
    });
  }

  it("that falls far behind is shared out, so that it holds nobody up", async () => {
    const bytes = randomBytes(60 * MIB);
    bench.storage.put("k", bytes);
    bench.storage.faults.push({ method: "GET", skip: 1, times: 1, bytesPerSecond: 4 * MIB });
    const startedMs = performance.now();
    const outcome = await bench.engine().download(bench.download("k", target));
    // On its own it would have taken four seconds.
    expect(performance.now() - startedMs).toBeLessThan(3500);
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect(outcome.checkedBy).toBe("md5");
    const shared = bench.storage.log.map((each) => Number(/^bytes=(\d+)-/.exec(each.range ?? "")?.[1]));
    expect(shared.filter((from) => from % MIB !== 0).length).toBeGreaterThan(0);
  });

  it("URLs that expire again and again are asked for again and again", async () => {
    const bytes = randomBytes(60 * MIB);
    bench.storage.put("k", bytes);
    let served = 0;
    bench.storage.onOut = (out) => {
      served += out;
      if (served < 4 * MIB) return;
      served = 0;
      for (let number = 1; number < 100; number += 1) {
        if (number <= bench.site.count("locate")) bench.storage.expired.add(`s${number}`);
      }
    };
    await bench.engine({ partSizeBytes: 5 * MIB, partJobs: 2 }).download(bench.download("k", target));
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect(bench.site.count("locate")).toBeGreaterThan(5);
  });

  it("an object that was replaced in between is fetched anew, never mixed", async () => {
    const old = randomBytes(60 * MIB);
    const young = randomBytes(60 * MIB);
    bench.storage.put("k", old);
    let served = 0;
    bench.storage.onOut = (out) => {
      served += out;
      if (served > 34 * MIB && bench.storage.objects.get("k")?.bytes === old) bench.storage.put("k", young);
    };
    await bench.engine({ partSizeBytes: 8 * MIB, partJobs: 1 }).download(bench.download("k", target));
    expect((await readFile(target)).equals(young)).toBe(true);
    expect(bench.notes().join()).toContain("Starting over");
  });
});

describe("a download to a stream", () => {
  it("arrives in order, from several ranges at once, and is verified", async () => {
    const bytes = randomBytes(30 * MIB + 7);
    bench.storage.put("k", bytes, 16 * MIB);
    const stream = new PassThrough();
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    const outcome = await bench
      .engine()
      .download(bench.download("k", "-", { target: { kind: "stream", stream } }));
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    expect(outcome).toMatchObject({ checkedBy: "composite", sha256: sha256(bytes), sizeBytes: bytes.length });
    expect(bench.storage.connections).toBeGreaterThan(1);
  });

  it("wrong bytes end in E_MISMATCH", async () => {
    bench.storage.put("k", randomBytes(9 * MIB));
    bench.storage.faults.push({ method: "GET", corruptAt: 5 * MIB });
    const stream = new PassThrough().resume();
    await expect(
      bench.engine().download(bench.download("k", "-", { target: { kind: "stream", stream } })),
    ).rejects.toMatchObject({ code: "E_MISMATCH" });
  });

  it("a cut body is gone on with, and nothing is written twice", async () => {
    const bytes = randomBytes(9 * MIB);
    bench.storage.put("k", bytes);
    bench.storage.faults.push({ method: "GET", times: 1, resetAfter: 2 * MIB });
    const stream = new PassThrough();
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    await bench.engine().download(bench.download("k", "-", { target: { kind: "stream", stream } }));
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  it("a reader that went away is told by its system code", async () => {
    bench.storage.put("k", randomBytes(30 * MIB));
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
      },
    });
    const error = await bench
      .engine()
      .download(bench.download("k", "-", { target: { kind: "stream", stream } }))
      .catch((thrown) => thrown);
    expect(systemCode(error.cause)).toBe("EPIPE");
  });

  it("a reader that takes nothing is no silence of the line, and holds only a little in memory", async () => {
    const bytes = randomBytes(60 * MIB);
    bench.storage.put("k", bytes);
    const { signal, stop } = stoppable();
    const stream = new Writable({ highWaterMark: 1, write() {} });
    const running = bench
      .engine({ stallTimeoutMs: 100 })
      .download(bench.download("k", "-", { signal, target: { kind: "stream", stream } }));
    setTimeout(stop, 500);
    await expect(running).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    expect(bench.storage.log.reduce((sum, each) => sum + each.bytesOut, 0)).toBeLessThan(40 * MIB);
  });
});

describe("looking at what is stored", () => {
  it("facts: size, ETag and type for one byte; undefined where nothing is", async () => {
    const bytes = randomBytes(1000);
    bench.storage.put("k", bytes);
    const { signal } = new AbortController();
    const engine = bench.engine();
    expect(await engine.facts(bench.site.downloadPort("k"), signal)).toEqual({
      sizeBytes: 1000,
      etag: md5(bytes),
      contentType: "video/quicktime",
    });
    expect(bench.storage.log[0]?.bytesOut).toBe(1);
    expect(await engine.facts(bench.site.downloadPort("none"), signal)).toBeUndefined();
    bench.storage.put("empty", Buffer.alloc(0));
    expect(await engine.facts(bench.site.downloadPort("empty"), signal)).toMatchObject({ sizeBytes: 0 });
    bench.storage.rangesSupported = false;
    expect(await engine.facts(bench.site.downloadPort("k"), signal)).toMatchObject({ sizeBytes: 1000 });
  });

  it("facts: an ETag under encryption is no checksum", async () => {
    bench.storage.put("k", randomBytes(10));
    bench.storage.faults.push({ method: "GET", replyHeaders: { "x-amz-server-side-encryption": "aws:kms" } });
    const facts = await bench.engine().facts(bench.site.downloadPort("k"), new AbortController().signal);
    expect(facts?.etag).toBeNull();
  });

  it("compare: the bytes decide", async () => {
    const bytes = randomBytes(45 * MIB);
    const path = await bench.file("a.mov", bytes);
    const other = await bench.file("b.mov", randomBytes(45 * MIB));
    const { signal } = new AbortController();
    const engine = bench.engine();
    const facts = (etag: string | null, sizeBytes = bytes.length) => ({ sizeBytes, etag, contentType: null });
    for (const etag of [
      md5(bytes),
      composite(bytes, 16 * MIB),
      composite(bytes, 20_000_000),
      composite(bytes, 5 * MIB),
    ]) {
      expect(await engine.compare(path, facts(etag), signal)).toBe("same");
      expect(await engine.compare(other, facts(etag), signal)).toBe("different");
      expect(await engine.compare(path, facts(etag, 1), signal)).toBe("different");
    }
    expect(await engine.compare(path, facts(null), signal)).toBe("unknown");
    expect(await engine.compare(path, facts("opaque"), signal)).toBe("unknown");
  });

  it("verify: reads all of it back", async () => {
    const bytes = randomBytes(20 * MIB);
    bench.storage.put("k", bytes);
    const { signal } = new AbortController();
    const engine = bench.engine();
    const port = bench.site.downloadPort("k");
    await engine.verify(port, { sizeBytes: bytes.length, sha256: sha256(bytes) }, signal);
    bench.storage.put("k", Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]));
    await expect(
      engine.verify(port, { sizeBytes: bytes.length, sha256: sha256(bytes) }, signal),
    ).rejects.toMatchObject({ code: "E_MISMATCH" });
  });
});
