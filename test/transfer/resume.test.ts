import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { appendFile, mkdir, readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench, MIB, randomBytes, stoppable } from "./bench.ts";
import { sha256 } from "./fake-storage.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(() => bench.stop());

const PARTS = { partSizeBytes: 5 * MIB };

/** Interrupts an upload when so many parts are accepted. */
async function interruptAfter(parts: number, path: string, partJobs = 1): Promise<void> {
  const { signal, stop } = stoppable();
  const engine = bench.engine({ ...PARTS, partJobs });
  const job = bench.upload(path, {
    signal,
    onEvent: (event) => {
      if (event.kind === "accepted" && event.acceptedBytes >= parts * 5 * MIB) stop();
    },
  });
  await expect(engine.upload(job)).rejects.toMatchObject({ code: "E_INTERRUPTED", exit: 130 });
}

describe("an upload that was interrupted", () => {
  it("goes on with the parts that are missing, in the part size it began with", async () => {
    const bytes = randomBytes(33 * MIB);
    const path = await bench.file("a.mov", bytes);
    await interruptAfter(3, path);
    const before = bench.storage.count("PUT");
    const outcome = await bench.engine({ partSizeBytes: 8 * MIB }).upload(bench.upload(path));
    expect(outcome.parts.count).toBe(7);
    expect(outcome.parts.resumed).toBeGreaterThanOrEqual(3);
    expect(outcome.parts.sent).toBe(7 - outcome.parts.resumed);
    expect(bench.storage.count("PUT") - before).toBe(outcome.parts.sent);
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
    expect(outcome.sha256).toBe(sha256(bytes));
    expect(bench.site.count("open")).toBe(1);
    expect(await bench.journals()).toEqual([]);
    expect(bench.events.some((event) => event.kind === "resumed")).toBe(true);
  });

  it("is listed with what it is and how far it came, and can be given up", async () => {
    const path = await bench.file("a.mov", randomBytes(33 * MIB));
    await interruptAfter(2, path);
    const engine = bench.engine();
    const [listed, ...others] = await engine.unfinished();
    expect(others).toEqual([]);
    expect(listed).toMatchObject({
      direction: "upload",
      key: { path, record: "Version:1" },
      intent: { command: "upload" },
      sizeBytes: 33 * MIB,
      heldByPid: null,
      damaged: null,
    });
    expect(listed?.acceptedBytes).toBeGreaterThanOrEqual(10 * MIB);
    const { signal } = new AbortController();
    await engine.abandon(listed?.id ?? "", bench.site.uploadPort(), signal);
    expect(bench.storage.multiparts.size).toBe(0);
    expect(await bench.journals()).toEqual([]);
    await expect(engine.abandon(listed?.id ?? "", null, signal)).rejects.toMatchObject({
      code: "E_TRANSFER_UNKNOWN",
    });
    await expect(engine.abandon("../../etc", null, signal)).rejects.toMatchObject({
      code: "E_TRANSFER_UNKNOWN",
    });
  });

  it("--restart closes the old one and begins anew", async () => {
    const bytes = randomBytes(33 * MIB);
    const path = await bench.file("a.mov", bytes);
    await interruptAfter(2, path);
    const outcome = await bench.engine(PARTS).upload(bench.upload(path, { restart: true }));
    expect(outcome.parts).toEqual({ count: 7, sent: 7, resumed: 0 });
    expect(bench.site.calls.filter((each) => each === "abort" || each === "open")).toEqual([
      "open",
      "abort",
      "open",
    ]);
    expect(bench.storage.multiparts.size).toBe(0);
  });

  it("a multipart that the storage forgot in the meantime is begun again", async () => {
    const bytes = randomBytes(33 * MIB);
    const path = await bench.file("a.mov", bytes);
    await interruptAfter(2, path);
    bench.storage.multiparts.clear();
    await bench.engine(PARTS).upload(bench.upload(path));
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
  });

  const changes: [string, (path: string) => Promise<void>][] = [
    ["another time", async (path) => utimes(path, new Date(1000), new Date(1000))],
    ["another size", async (path) => appendFile(path, "more")],
    [
      "another file of the same size and time",
      async (path) => {
        const { atime, mtime } = await stat(path);
        await writeFile(`${path}.new`, randomBytes(33 * MIB));
        await utimes(`${path}.new`, atime, mtime);
        await rename(`${path}.new`, path);
      },
    ],
  ];
  for (const [name, change] of changes) {
    it(`a file with ${name} is never gone on with`, async () => {
      const path = await bench.file("a.mov", randomBytes(33 * MIB));
      await interruptAfter(2, path);
      await change(path);
      const outcome = await bench.engine(PARTS).upload(bench.upload(path));
      expect(outcome.parts.resumed).toBe(0);
      expect(bench.site.onlyBytes.equals(await readFile(path))).toBe(true);
      expect(bench.notes().join()).toContain("changed since");
      expect(bench.storage.multiparts.size).toBe(0);
    });
  }

  it("a file whose sent parts read differently now, though nothing else tells, is begun again", async () => {
    const path = await bench.file("a.mov", randomBytes(33 * MIB));
    const { atime, mtime } = { atime: new Date(1_700_000_000_000), mtime: new Date(1_700_000_000_000) };
    await utimes(path, atime, mtime);
    await interruptAfter(2, path);
    const bytes = await readFile(path);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    await writeFile(path, bytes, { flag: "r+" });
    await utimes(path, atime, mtime);
    const outcome = await bench.engine(PARTS).upload(bench.upload(path));
    expect(outcome.parts.resumed).toBe(0);
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
  });

  it("a damaged journal is an error, not a new beginning; --restart begins anew and closes what it still can", async () => {
    const path = await bench.file("a.mov", randomBytes(33 * MIB));
    await interruptAfter(2, path);
    const journal = join(bench.journalDir, (await bench.journals())[0] ?? "");
    const text = await readFile(journal, "utf8");
    const lines = text.split("\n");
    await writeFile(
      journal,
      [...lines.slice(0, 2), (lines[2] ?? "").replace('"number":1', '"number":2'), ...lines.slice(3)].join(
        "\n",
      ),
    );
    const engine = bench.engine(PARTS);
    await expect(engine.upload(bench.upload(path))).rejects.toMatchObject({ code: "E_JOURNAL" });
    expect(bench.site.attachments).toEqual([]);
    const [listed] = await engine.unfinished();
    expect(listed).toMatchObject({ damaged: expect.stringContaining("line 3"), key: { path } });
    await engine.upload(bench.upload(path, { restart: true }));
    expect(bench.storage.multiparts.size).toBe(0);
    expect(await bench.journals()).toEqual([]);
  });
});

it("a damaged journal can be given up, with a port that closes what can be read, or without", async () => {
  const { signal } = new AbortController();
  for (const port of [bench.site.uploadPort(), null]) {
    const path = await bench.file("a.mov", randomBytes(33 * MIB));
    await interruptAfter(2, path);
    const [name = ""] = await bench.journals();
    await appendFile(join(bench.journalDir, name), "nonsense\n");
    const open = bench.storage.multiparts.size;
    await bench.engine().abandon(name.slice(0, 16), port, signal);
    expect(await bench.journals()).toEqual([]);
    expect(bench.storage.multiparts.size).toBe(port ? open - 1 : open);
  }
});

describe("a journal", () => {
  it("is for this user alone, and holds no signature", async () => {
    const path = await bench.file("a.mov", randomBytes(33 * MIB));
    await interruptAfter(2, path);
    const journal = join(bench.journalDir, (await bench.journals())[0] ?? "");
    expect((await stat(journal)).mode & 0o777).toBe(0o600);
    expect((await stat(bench.journalDir)).mode & 0o777).toBe(0o700);
    expect(await readFile(journal, "utf8")).not.toMatch(/Signature|http:/);
  });

  it("refuses a signed URL that a port puts into its ticket", async () => {
    const path = await bench.file("a.mov", randomBytes(11 * MIB));
    const port = bench.site.uploadPort();
    const leaky = {
      ...port,
      open: async (...args: Parameters<typeof port.open>) => {
        const opened = await port.open(...args);
        return { ...opened, ticket: { ...opened.ticket, url: bench.storage.sign("k") } };
      },
    };
    await expect(bench.engine(PARTS).upload(bench.upload(path, { port: leaky }))).rejects.toThrow(
      "holds a secret",
    );
  });
});

describe("two at the same transfer", () => {
  it("one works, the other waits and then finds it done", async () => {
    const bytes = randomBytes(21 * MIB);
    const path = await bench.file("a.mov", bytes);
    const job = () => bench.upload(path, { settledByOther: async () => bench.site.attachments[0] });
    const engine = bench.engine(PARTS);
    const [a, b] = await Promise.all([engine.upload(job()), bench.engine(PARTS).upload(job())]);
    expect([a.parts.sent, b.parts.sent].sort()).toEqual([0, 5]);
    expect(b.sha256).toBe(a.sha256);
    expect(bench.site.attachments).toHaveLength(1);
    expect(bench.notes().join()).toContain("waiting for it");
    expect(await bench.journals()).toEqual([]);
  });

  it("who is at it cannot be given up", async () => {
    const path = await bench.file("a.mov", randomBytes(21 * MIB));
    const engine = bench.engine({ ...PARTS, limitRateBytes: 10 * MIB });
    const { signal, stop } = stoppable();
    const other = bench.engine();
    let refused: Promise<unknown> | undefined;
    const running = engine.upload(
      bench.upload(path, {
        signal,
        onEvent: (event) => {
          if (event.kind !== "sent") return;
          refused ??= other
            .unfinished()
            .then(async ([each]) => {
              expect(each?.heldByPid).toBe(process.pid);
              return other
                .abandon(each?.id ?? "", bench.site.uploadPort(), new AbortController().signal)
                .catch((thrown) => thrown);
            })
            .finally(stop);
        },
      }),
    );
    await expect(running).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    expect(await refused).toMatchObject({ code: "E_TRANSFER_BUSY" });
  });
});

describe("a download that was interrupted", () => {
  it("goes on with what is missing", async () => {
    const bytes = randomBytes(60 * MIB);
    bench.storage.put("k", bytes, 16 * MIB);
    const target = join(bench.dir, "shot.mov");
    const { signal, stop } = stoppable();
    const job = bench.download("k", target, {
      signal,
      onEvent: (event) => {
        if (event.kind === "accepted" && event.acceptedBytes >= 20 * MIB) stop();
      },
    });
    const engine = bench.engine({ partSizeBytes: 8 * MIB, partJobs: 2 });
    await expect(engine.download(job)).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    expect(existsSync(target)).toBe(false);
    const [listed] = await engine.unfinished();
    expect(listed).toMatchObject({ direction: "download", sizeBytes: bytes.length });
    expect(listed?.acceptedBytes).toBeGreaterThanOrEqual(19 * MIB);
    const before = bench.storage.log.length;
    const outcome = await bench.engine().download(bench.download("k", target));
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect(outcome.ranges.resumed).toBeGreaterThan(0);
    expect(outcome.checkedBy).toBe("composite");
    const again = bench.storage.log.slice(before).reduce((sum, each) => sum + each.bytesOut, 0);
    expect(again).toBeLessThanOrEqual(bytes.length - (listed?.acceptedBytes ?? 0) + MIB);
    expect(readdirSync(bench.dir).filter((name) => name.endsWith(".part"))).toEqual([]);
    expect(await bench.journals()).toEqual([]);
  });

  it("starts over when the object is another one now", async () => {
    const bytes = randomBytes(60 * MIB);
    bench.storage.put("k", randomBytes(60 * MIB));
    const target = join(bench.dir, "shot.mov");
    const { signal, stop } = stoppable();
    const onEvent = (event: { kind: string; acceptedBytes?: number }): void => {
      if (event.kind === "accepted" && (event.acceptedBytes ?? 0) >= 20 * MIB) stop();
    };
    const engine = bench.engine({ partSizeBytes: 8 * MIB, partJobs: 2 });
    await expect(engine.download(bench.download("k", target, { signal, onEvent }))).rejects.toMatchObject({
      code: "E_INTERRUPTED",
    });
    bench.storage.put("k", bytes);
    await engine.download(bench.download("k", target));
    expect((await readFile(target)).equals(bytes)).toBe(true);
  });

  it("given up: file and memory go together", async () => {
    bench.storage.put("k", randomBytes(60 * MIB));
    const target = join(bench.dir, "shot.mov");
    const { signal, stop } = stoppable();
    const onEvent = (event: { kind: string; acceptedBytes?: number }): void => {
      if (event.kind === "accepted" && (event.acceptedBytes ?? 0) >= 20 * MIB) stop();
    };
    const engine = bench.engine({ partJobs: 2 });
    await engine.download(bench.download("k", target, { signal, onEvent })).catch(() => {});
    const [listed] = await engine.unfinished();
    await engine.abandon(listed?.id ?? "", null, new AbortController().signal);
    expect(await bench.journals()).toEqual([]);
    expect(readdirSync(bench.dir).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

/** What the disk holds at one moment: as after a kill, when nothing can be put in order any more. */
function snapshot(names: readonly string[]): void {
  rmSync(join(bench.dir, "snapshot"), { recursive: true, force: true });
  mkdirSync(join(bench.dir, "snapshot"));
  for (const name of names) {
    if (existsSync(join(bench.dir, name)))
      cpSync(join(bench.dir, name), join(bench.dir, "snapshot", name), { recursive: true });
  }
}

function restore(names: readonly string[]): void {
  for (const name of names) {
    rmSync(join(bench.dir, name), { recursive: true, force: true });
    const kept = join(bench.dir, "snapshot", name);
    if (existsSync(kept)) cpSync(kept, join(bench.dir, name), { recursive: true });
  }
}

describe("a process that dies at any moment", () => {
  it("uploads: the next run ends with the right bytes, one attachment, nothing left open", async () => {
    for (let round = 0; round < 12; round += 1) {
      const bytes = randomBytes(26 * MIB);
      const path = await bench.file(`${round}.mov`, bytes);
      const { signal, stop } = stoppable();
      let left = Math.floor(Math.random() * 70);
      const job = bench.upload(path, {
        signal,
        onEvent: () => {
          left -= 1;
          if (left !== 0) return;
          snapshot(["journals"]);
          stop();
        },
      });
      const died = await bench
        .engine({ ...PARTS, partJobs: 3 })
        .upload(job)
        .then(
          () => false,
          () => true,
        );
      if (left <= 0 && died) restore(["journals"]);
      if (died) await bench.engine(PARTS).upload(bench.upload(path));
      expect(bench.site.attachments).toHaveLength(1);
      expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
      expect(await bench.journals()).toEqual([]);
      expect(bench.storage.multiparts.size).toBeLessThanOrEqual(1);
      bench.site.attachments.length = 0;
      bench.storage.multiparts.clear();
    }
  });

  it("downloads: the target is whole or not there", async () => {
    await mkdir(join(bench.dir, "out"));
    const target = join(bench.dir, "out", "shot.mov");
    for (let round = 0; round < 12; round += 1) {
      const bytes = randomBytes(26 * MIB);
      bench.storage.put("k", bytes);
      rmSync(target, { force: true });
      const { signal, stop } = stoppable();
      let left = Math.floor(Math.random() * 12);
      const job = bench.download("k", target, {
        signal,
        onEvent: () => {
          left -= 1;
          if (left !== 0) return;
          snapshot(["journals", "out"]);
          stop();
        },
      });
      const died = await bench
        .engine({ ...PARTS, partJobs: 3 })
        .download(job)
        .then(
          () => false,
          () => true,
        );
      if (left <= 0 && died) restore(["journals", "out"]);
      if (died) {
        expect(existsSync(target)).toBe(false);
        await bench.engine(PARTS).download(bench.download("k", target));
      }
      expect((await readFile(target)).equals(bytes)).toBe(true);
      expect(readdirSync(join(bench.dir, "out"))).toEqual(["shot.mov"]);
      expect(await bench.journals()).toEqual([]);
    }
  });
});
