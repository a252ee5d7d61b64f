/** A completion whose answer was lost, or that others might be taken for: exactly one Attachment, and it holds what was sent. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SgmediaError } from "../../src/shared/errors.ts";
import { LostReply, type LostTo } from "../../src/transfer/ports.ts";
import type { EngineOptions, UploadJob } from "../../src/transfer/types.ts";
import { Bench, MIB, randomBytes, stoppable } from "./bench.ts";
import type { Attachment } from "./fake-site.ts";
import { md5 } from "./fake-storage.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
  bench.site.onlyName = true;
});
afterEach(() => bench.stop());

const PARTS = { partSizeBytes: 5 * MIB };

/** An engine whose time passes only while it sleeps, and what is to happen at some time of it. */
function clock(options: Partial<EngineOptions> = {}) {
  let passedMs = 0;
  const due: { atMs: number; act: () => void }[] = [];
  const startMs = Date.now();
  const engine = bench.engine({
    ...options,
    nowMs: () => startMs + passedMs,
    sleep: async (delayMs) => {
      passedMs += delayMs;
      for (const each of due.splice(0)) each.atMs <= passedMs ? each.act() : due.push(each);
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  return {
    engine,
    after: (delayMs: number, act: () => void) => due.push({ atMs: passedMs + delayMs, act }),
    passedMs: () => passedMs,
  };
}

/** A port whose first completion is lost; `lose` gets what the site would have done. */
function losing(
  path: string,
  lostTo: LostTo,
  lose: (act: () => Promise<void>) => void,
): UploadJob<Attachment> {
  const job = bench.upload(path);
  let first = true;
  const complete: typeof job.port.complete = async (...args) => {
    if (!first) return job.port.complete(...args);
    first = false;
    lose(() => job.port.complete(...args));
    throw new LostReply("the answer never came", { lostTo });
  };
  return { ...job, port: { ...job.port, complete } };
}

/** Somebody else's file of the same name, whole on the site. */
function theirs(bytes: Buffer): void {
  const key = `theirs-${bench.site.attachments.length}`;
  bench.storage.objects.set(key, { bytes, etag: md5(bytes) });
  bench.site.attachments.push({ id: 1000 + bench.site.attachments.length, key });
}

const bytesOf = ({ key }: Attachment) => bench.storage.objects.get(key)?.bytes;

describe("a completion that broke off and goes on behind a proxy", () => {
  it.each([
    ["cut", 6000],
    ["cut", 11_000],
    ["silence", 25_000],
  ] as const)("is waited for: %s, done after %i ms", async (lostTo, afterMs) => {
    const { engine, after } = clock({ stallTimeoutMs: 30_000 });
    const path = await bench.file("a.mov", randomBytes(1000));
    await engine.upload(losing(path, lostTo, (act) => after(afterMs, () => void act())));
    expect(bench.site.attachments).toHaveLength(1);
    expect(bench.site.count("complete")).toBe(1);
  });

  it.each([
    ["answer", 0, 5000],
    ["cut", 10_000, 20_000],
  ] as const)("is asked for again in the end: %s", async (lostTo, least, most) => {
    const { engine, passedMs } = clock();
    await engine.upload(losing(await bench.file("a.mov", randomBytes(1000)), lostTo, () => {}));
    expect(bench.site.attachments).toHaveLength(1);
    expect(passedMs()).toBeGreaterThanOrEqual(least);
    expect(passedMs()).toBeLessThan(most);
  });

  it("that nothing was sent of is asked for again soon", async () => {
    const { engine, passedMs } = clock();
    bench.site.failures.set("complete", [new SgmediaError("E_NETWORK", "refused")]);
    await engine.upload(bench.upload(await bench.file("a.mov", randomBytes(1000))));
    expect(bench.site.attachments).toHaveLength(1);
    expect(passedMs()).toBeLessThan(5000);
  });

  it("is waited for by the next run, too", async () => {
    const path = await bench.file("a.mov", randomBytes(1000));
    const { signal, stop } = stoppable();
    let act = async (): Promise<void> => {};
    const job = losing(path, "cut", (doIt) => {
      act = doIt;
      stop();
    });
    await expect(bench.engine().upload({ ...job, signal })).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    const { engine, after: inMs } = clock();
    inMs(6000, () => void act());
    const outcome = await engine.upload(bench.upload(path));
    expect(outcome.parts).toEqual({ count: 1, sent: 0, resumed: 1 });
    expect(bench.site.attachments).toHaveLength(1);
    expect(await bench.journals()).toEqual([]);
  });
});

describe("somebody else's file of the same name, made in the same moment", () => {
  const mine = randomBytes(11 * MIB);

  it.each([
    ["of another size", () => randomBytes(1000), {}],
    ["of the same size, in one piece", () => randomBytes(mine.length), { partSizeBytes: 16 * MIB }],
    ["of the same size, in parts", () => randomBytes(mine.length), PARTS],
  ])("%s, is not taken for ours when an answer was lost", async (_what, other, options) => {
    const path = await bench.file("a.mov", mine);
    const outcome = await bench.engine(options).upload(losing(path, "cut", () => theirs(other())));
    expect(bench.site.attachments).toHaveLength(2);
    expect(bytesOf(outcome.done)?.equals(mine)).toBe(true);
  });

  it("is not taken for ours by the next run", async () => {
    const path = await bench.file("a.mov", mine);
    const { signal, stop } = stoppable();
    const job = losing(path, "cut", () => stop());
    await expect(bench.engine(PARTS).upload({ ...job, signal })).rejects.toThrow();
    theirs(randomBytes(mine.length));
    const puts = bench.storage.count("PUT");
    const outcome = await bench.engine(PARTS).upload(bench.upload(path));
    expect(bytesOf(outcome.done)?.equals(mine)).toBe(true);
    expect(bench.storage.count("PUT")).toBe(puts);
  });

  it("is told from ours when the answer came", async () => {
    const path = await bench.file("a.mov", mine.subarray(0, 1000));
    const job = bench.upload(path);
    const complete: typeof job.port.complete = (...args) => {
      theirs(randomBytes(1000));
      return job.port.complete(...args);
    };
    const outcome = await bench.engine().upload({ ...job, port: { ...job.port, complete } });
    expect(bytesOf(outcome.done)?.equals(mine.subarray(0, 1000))).toBe(true);
  });
});

describe("what the storage joined", () => {
  const bytes = randomBytes(11 * MIB);
  const gets = () => bench.storage.log.filter(({ method }) => method === "GET").length;

  /** Uploads in parts; the storage has something else by the time the completion is answered. */
  async function uploadWhileStored(change: (object: { bytes: Buffer; etag: string }) => void) {
    const job = bench.upload(await bench.file("a.mov", bytes));
    const complete: typeof job.port.complete = async (ticket, ...rest) => {
      await job.port.complete(ticket, ...rest);
      const object = bench.storage.objects.get(String(ticket["key"]));
      if (object) change(object);
    };
    return bench.engine(PARTS).upload({ ...job, port: { ...job.port, complete } });
  }

  it("is compared once with what was sent", async () => {
    const { etag } = await uploadWhileStored(() => {});
    expect(etag).toMatch(/-3$/);
    expect(gets()).toBe(1);
    expect(bench.notes()).toEqual([]);
  });

  it.each([
    ["is shorter", (object: { bytes: Buffer }) => ({ bytes: object.bytes.subarray(1) })],
    ["has another checksum", () => ({ etag: `${"0".repeat(32)}-3` })],
  ])("%s: that is said, and nothing is gone on with", async (_what, changed) => {
    await expect(uploadWhileStored((object) => Object.assign(object, changed(object)))).rejects.toMatchObject(
      { code: "E_MISMATCH", exit: 8 },
    );
    expect(await bench.journals()).toEqual([]);
    expect(bench.site.count("complete")).toBe(1);
  });

  it("may be a copy that the storage cut otherwise", async () => {
    await uploadWhileStored((object) => {
      object.etag = md5(bytes);
    });
    await expect(
      uploadWhileStored((object) => {
        object.etag = md5(randomBytes(5));
      }),
    ).rejects.toMatchObject({ code: "E_MISMATCH" });
  });

  it("cannot always be compared: that is said, and the upload stands", async () => {
    await uploadWhileStored((object) => {
      object.etag = "opaque";
    });
    expect(bench.notes().join()).toContain("could not be compared");
  });

  it.each([
    ["does not show yet", { status: 404 }],
    ["is not given out", { status: 403 }],
    ["is scanned first", null],
  ])("%s: that is said, and the upload stands", async (_what, fault) => {
    if (fault) bench.storage.faults.push({ method: "GET", ...fault });
    else bench.site.failures.set("locate", [new SgmediaError("E_SITE_BUSY", "it is being scanned")]);
    const { done } = await uploadWhileStored(() => {});
    expect(bench.site.attachments).toEqual([done]);
    expect(bench.notes().join()).toContain("could not be compared");
    expect(await bench.journals()).toEqual([]);
  });
});
