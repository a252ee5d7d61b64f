import { utimes, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench, MIB, randomBytes, stoppable } from "./bench.ts";
import { composite, md5, sha256 } from "./fake-storage.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

const PARTS = { partSizeBytes: 5 * MIB };

describe("what an upload refuses", () => {
  it("an empty file, a folder, a missing file", async () => {
    const engine = bench.engine();
    const empty = await bench.file("empty.mov", Buffer.alloc(0));
    await expect(engine.upload(bench.upload(empty))).rejects.toMatchObject({ code: "E_INPUT_EMPTY" });
    await expect(engine.upload(bench.upload(bench.dir))).rejects.toMatchObject({ code: "E_INPUT_NOT_FILE" });
    await expect(engine.upload(bench.upload(`${bench.dir}/none`))).rejects.toMatchObject({
      code: "E_INPUT_MISSING",
    });
    expect(bench.site.calls).toEqual([]);
  });

  it("a part size that the storage would refuse at the end", async () => {
    const path = await bench.file("a.mov", randomBytes(6 * MIB));
    const engine = bench.engine({ partSizeBytes: MIB });
    await expect(engine.upload(bench.upload(path))).rejects.toMatchObject({ code: "E_USAGE" });
    expect(bench.site.calls).toEqual([]);
  });

  it("ends at once on a 4xx that will not change, says why in the storage's words, and closes the multipart", async () => {
    const path = await bench.file("a.mov", randomBytes(11 * MIB));
    bench.storage.faults.push({
      method: "PUT",
      part: 2,
      status: 400,
      body: "<Error><Code>InvalidThing</Code><Message>no way</Message></Error>",
    });
    const error = await bench
      .engine(PARTS)
      .upload(bench.upload(path))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "E_STORAGE_REFUSED", exit: 7 });
    expect(error.why).toContain('400 InvalidThing "no way"');
    expect(bench.storage.log.filter((each) => each.part === 2)).toHaveLength(1);
    expect(bench.storage.multiparts.size).toBe(0);
    expect(await bench.journals()).toEqual([]);
    expect(bench.site.attachments).toEqual([]);
  });

  it("takes a wrong checksum for what it is: sends again, then gives up without completing", async () => {
    const path = await bench.file("a.mov", randomBytes(2 * MIB));
    bench.storage.faults.push({ method: "PUT", etag: "0".repeat(32) });
    const error = await bench
      .engine()
      .upload(bench.upload(path))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "E_MISMATCH", exit: 8 });
    expect(bench.storage.count("PUT")).toBe(3);
    expect(bench.site.count("complete")).toBe(0);
  });

  it("gives up after its retries when nothing is ever accepted, and keeps what can be gone on with", async () => {
    const path = await bench.file("a.mov", randomBytes(11 * MIB));
    bench.storage.faults.push({ method: "PUT", status: 500 });
    const error = await bench
      .engine({ ...PARTS, retries: 2 })
      .upload(bench.upload(path))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "E_STORAGE" });
    for (const part of [1, 2, 3])
      expect(bench.storage.log.filter((each) => each.part === part).length).toBeLessThanOrEqual(3);
    expect(await bench.journals()).toHaveLength(1);
    expect(bench.storage.multiparts.size).toBe(1);
  });

  it("says that nothing answers where nothing answers", async () => {
    const path = await bench.file("a.mov", randomBytes(1000));
    await bench.storage.stop();
    const error = await bench
      .engine({ retries: 1 })
      .upload(bench.upload(path))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "E_NETWORK" });
    expect(error.message).toContain("nothing answers there");
  });

  it("takes two denials for a mistake when nothing was ever accepted", async () => {
    const path = await bench.file("a.mov", randomBytes(1000));
    bench.storage.faults.push({ method: "PUT", status: 403 });
    const error = await bench
      .engine({ retries: 9 })
      .upload(bench.upload(path))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "E_STORAGE_REFUSED" });
    expect(bench.storage.count("PUT")).toBe(2);
    expect(bench.site.count("issuePart")).toBe(2);
  });
});

describe("an upload that goes through", () => {
  for (const [name, size] of [
    ["a small file, hashed here", 94_714],
    ["a file hashed in a thread", 3 * MIB + 17],
  ] as const) {
    it(`${name}: one PUT`, async () => {
      const bytes = randomBytes(size);
      const outcome = await bench.engine().upload(bench.upload(await bench.file("a.mov", bytes)));
      expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
      expect(outcome).toEqual({
        done: bench.site.attachments[0],
        sizeBytes: size,
        sha256: sha256(bytes),
        etag: md5(bytes),
        partSizeBytes: size,
        parts: { count: 1, sent: 1, resumed: 0 },
      });
      expect(bench.storage.log[0]?.headers["content-length"]).toBe(String(size));
      expect(bench.storage.log[0]?.headers["transfer-encoding"]).toBeUndefined();
      expect(await bench.journals()).toEqual([]);
    });
  }

  it("a large file: parts of 16 MiB, composite checksum, sha256 of the whole", async () => {
    const bytes = randomBytes(40 * MIB + 3);
    const outcome = await bench.engine().upload(bench.upload(await bench.file("a.mov", bytes)));
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
    expect(outcome.parts).toEqual({ count: 3, sent: 3, resumed: 0 });
    expect(outcome.etag).toBe(composite(bytes, 16 * MIB));
    expect(outcome.etag).toBe(bench.storage.objects.get("upload-1")?.etag);
    expect(outcome.sha256).toBe(sha256(bytes));
    const accepted = bench.events.flatMap((event) =>
      event.kind === "accepted" ? [event.acceptedBytes] : [],
    );
    expect(accepted.at(-1)).toBe(bytes.length);
  });

  it("without hashing: the storage's own word is all there is", async () => {
    const bytes = randomBytes(11 * MIB);
    const outcome = await bench
      .engine({ ...PARTS, hash: false })
      .upload(bench.upload(await bench.file("a.mov", bytes)));
    expect(outcome.sha256).toBeNull();
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
  });

  it("to the site itself: its reply completes the ticket", async () => {
    bench.site.mode = "site";
    const bytes = randomBytes(20 * MIB);
    const outcome = await bench.engine().upload(bench.upload(await bench.file("a.mov", bytes)));
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
    expect(outcome.parts.count).toBe(1);
  });

  it("says so when ETags are no MD5", async () => {
    bench.storage.plainEtags = false;
    const outcome = await bench.engine().upload(bench.upload(await bench.file("a.mov", randomBytes(1000))));
    expect(outcome.etag).toBeNull();
    expect(bench.notes().join()).toContain("not MD5");
  });

  it("and when they only look like one (SSE-KMS)", async () => {
    bench.storage.faults.push({
      method: "PUT",
      etag: "a".repeat(32),
      replyHeaders: { "x-amz-server-side-encryption": "aws:kms" },
    });
    const outcome = await bench.engine().upload(bench.upload(await bench.file("a.mov", randomBytes(1000))));
    expect(outcome.etag).toBeNull();
  });

  it("keeps its connections from one file to the next", async () => {
    const engine = bench.engine();
    for (let index = 0; index < 10; index += 1) {
      await engine.upload(bench.upload(await bench.file(`${index}.mov`, randomBytes(1000))));
    }
    expect(bench.storage.connections).toBe(1);
  });
});

describe("a part that meets trouble is sent again, with the same bytes", () => {
  const troubles = [
    ["500", { status: 500 }],
    ["502", { status: 502 }],
    ["503 with Retry-After", { status: 503, headers: { "retry-after": "7" } }],
    ["504", { status: 504 }],
    ["429", { status: 429 }],
    ["408", { status: 408 }],
    ["a reset in the middle", { resetAfter: 2 * MIB }],
    ["a lost reply", { loseReply: true }],
    ["a wrong ETag once", { etag: "f".repeat(32) }],
    ["an expired URL", { status: 403 }],
    ["S3's RequestTimeout", { status: 400, body: "<Error><Code>RequestTimeout</Code></Error>" }],
  ] as const;
  for (const [name, fault] of troubles) {
    it(name, async () => {
      const bytes = randomBytes(16 * MIB);
      bench.storage.faults.push({ method: "PUT", part: 2, times: 1, ...fault });
      const outcome = await bench.engine(PARTS).upload(bench.upload(await bench.file("a.mov", bytes)));
      expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
      expect(outcome.sha256).toBe(sha256(bytes));
      expect(bench.storage.log.filter((each) => each.part === 2)).toHaveLength(2);
      expect(bench.storage.log.filter((each) => each.part === 1)).toHaveLength(1);
      expect(bench.events.filter((event) => event.kind === "retry")).toHaveLength(1);
      expect(await bench.journals()).toEqual([]);
    });
  }

  it("Retry-After is obeyed", async () => {
    bench.storage.faults.push({ method: "PUT", times: 1, status: 503, headers: { "retry-after": "7" } });
    await bench.engine().upload(bench.upload(await bench.file("a.mov", randomBytes(1000))));
    expect(Math.max(...bench.slept)).toBe(7000);
  });

  it("silence ends an attempt, in the middle and after the last byte", async () => {
    const bytes = randomBytes(16 * MIB);
    bench.storage.faults.push({ method: "PUT", part: 1, times: 1, stallAfter: MIB });
    bench.storage.faults.push({ method: "PUT", part: 3, times: 1, neverAnswer: true });
    await bench
      .engine({ ...PARTS, stallTimeoutMs: 200 })
      .upload(bench.upload(await bench.file("a.mov", bytes)));
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
  });

  it("a storage that is silent for good is E_STALLED", async () => {
    bench.storage.faults.push({ method: "PUT", neverAnswer: true });
    const engine = bench.engine({ retries: 1, stallTimeoutMs: 100 });
    const error = await engine
      .upload(bench.upload(await bench.file("a.mov", randomBytes(1000))))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "E_STALLED", exit: 7 });
    expect(bench.storage.count("PUT")).toBe(2);
  });

  it("failures do not add up as long as parts are accepted in between", async () => {
    const bytes = randomBytes(40 * MIB);
    for (let part = 1; part <= 8; part += 1)
      bench.storage.faults.push({ method: "PUT", part, times: 1, status: 500 });
    await bench
      .engine({ ...PARTS, retries: 1, partJobs: 1 })
      .upload(bench.upload(await bench.file("a.mov", bytes)));
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
  });

  it("a multipart that is gone is begun again", async () => {
    const bytes = randomBytes(16 * MIB);
    let once = true;
    bench.storage.onPart = (part) => {
      if (part === 1 && once) bench.storage.multiparts.clear();
      once = false;
    };
    await bench.engine({ ...PARTS, partJobs: 1 }).upload(bench.upload(await bench.file("a.mov", bytes)));
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
    expect(bench.site.count("open")).toBe(2);
    expect(bench.notes().join()).toContain("Starting over");
  });
});

describe("completing happens once", () => {
  it("a lost answer is settled by reading", async () => {
    bench.site.loseCompletions = 1;
    const outcome = await bench.engine().upload(bench.upload(await bench.file("a.mov", randomBytes(1000))));
    expect(outcome.done).toEqual(bench.site.attachments[0]);
    expect(bench.site.attachments).toHaveLength(1);
    expect(bench.site.count("complete")).toBe(1);
  });

  it("an answer that shows late is waited for", async () => {
    bench.site.hideFor = 5;
    await bench.engine().upload(bench.upload(await bench.file("a.mov", randomBytes(1000))));
    expect(bench.site.count("complete")).toBe(1);
  });

  it("one that never got through is sent again after looking", async () => {
    const { LostReply } = await import("../../src/transfer/ports.ts");
    bench.site.failures.set("complete", [new LostReply("cut")]);
    await bench.engine().upload(bench.upload(await bench.file("a.mov", randomBytes(1000))));
    expect(bench.site.attachments).toHaveLength(1);
    expect(bench.site.calls.filter((each) => /complete|findCompleted/.test(each))[1]).toBe("findCompleted");
  });

  it("a process that dies while it completes leaves a journal; the next one looks before it does anything", async () => {
    const path = await bench.file("a.mov", randomBytes(11 * MIB));
    bench.site.loseCompletions = 9;
    bench.site.hideFor = 99;
    const { signal, stop } = stoppable();
    const job = bench.upload(path, { signal });
    const port = { ...job.port, findCompleted: async () => void stop() as undefined };
    await expect(bench.engine(PARTS).upload({ ...job, port })).rejects.toMatchObject({
      code: "E_INTERRUPTED",
    });
    expect(await bench.journals()).toHaveLength(1);
    bench.site.hideFor = 0;
    bench.site.loseCompletions = 0;
    const puts = bench.storage.count("PUT");
    const outcome = await bench.engine(PARTS).upload(bench.upload(path));
    expect(outcome.parts).toEqual({ count: 3, sent: 0, resumed: 3 });
    expect(bench.storage.count("PUT")).toBe(puts);
    expect(bench.site.attachments).toHaveLength(1);
    expect(await bench.journals()).toEqual([]);
  });
});

describe("a file that changes is never completed", () => {
  it("between its parts", async () => {
    const path = await bench.file("a.mov", randomBytes(21 * MIB));
    bench.storage.onPart = () => {
      bench.storage.onPart = () => {};
      void writeFile(path, randomBytes(21 * MIB));
    };
    const error = await bench
      .engine({ ...PARTS, partJobs: 1 })
      .upload(bench.upload(path))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "E_SOURCE_CHANGED", exit: 8 });
    expect(bench.site.attachments).toEqual([]);
    expect(bench.storage.multiparts.size).toBe(0);
    expect(await bench.journals()).toEqual([]);
  });

  it("even when it keeps its size and only its time differs", async () => {
    const path = await bench.file("a.mov", randomBytes(11 * MIB));
    let touched: Promise<void> | undefined;
    bench.storage.onPart = () => {
      touched ??= utimes(path, new Date(0), new Date(0));
    };
    await expect(bench.engine({ ...PARTS, partJobs: 1 }).upload(bench.upload(path))).rejects.toMatchObject({
      code: "E_SOURCE_CHANGED",
    });
    await touched;
  });

  it("a file that shrinks under a PUT", async () => {
    const path = await bench.file("a.mov", randomBytes(16 * MIB));
    const engine = bench.engine({ limitRateBytes: 20 * MIB });
    const running = engine.upload(
      bench.upload(path, {
        onEvent: (event) => {
          if (event.kind === "sent" && event.sentBytes > 0) void writeFile(path, "short");
        },
      }),
    );
    await expect(running).rejects.toMatchObject({ code: "E_SOURCE_CHANGED" });
    expect(bench.site.attachments).toEqual([]);
  });
});
