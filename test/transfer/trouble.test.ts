import { readdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SgmediaError } from "../../src/shared/errors.ts";
import { LostReply } from "../../src/transfer/ports.ts";
import { Bench, MIB, randomBytes } from "./bench.ts";

let bench: Bench;
const servers: { close: () => void }[] = [];
beforeEach(async () => {
  bench = await Bench.start();
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await bench.stop();
});

const PARTS = { partSizeBytes: 5 * MIB };
const network = () => new SgmediaError("E_NETWORK", "the site is away");

describe("a port that fails", () => {
  it("at the beginning: its error is passed on, for it has tried by itself", async () => {
    const path = await bench.file("a.mov", randomBytes(1000));
    bench.site.failures.set("open", [network()]);
    await expect(bench.engine().upload(bench.upload(path))).rejects.toMatchObject({
      code: "E_NETWORK",
      message: "the site is away",
    });
    bench.site.failures.set("open", [new LostReply("cut")]);
    await expect(bench.engine().upload(bench.upload(path))).rejects.toMatchObject({ code: "E_NETWORK" });
    expect(bench.site.count("open")).toBe(2);
  });

  it("after parts were accepted: it is asked again", async () => {
    const bytes = randomBytes(21 * MIB);
    bench.site.failures.set("issuePart", [null, null, null, network()]);
    await bench.engine({ ...PARTS, partJobs: 1 }).upload(bench.upload(await bench.file("a.mov", bytes)));
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
  });

  it("for good: its reason, and the multipart is closed", async () => {
    bench.site.failures.set("issuePart", [null, new SgmediaError("E_FORBIDDEN", "not you")]);
    const path = await bench.file("a.mov", randomBytes(21 * MIB));
    await expect(bench.engine({ ...PARTS, partJobs: 1 }).upload(bench.upload(path))).rejects.toMatchObject({
      code: "E_FORBIDDEN",
    });
    expect(bench.storage.multiparts.size).toBe(0);
  });

  it("to close the multipart: it stays remembered", async () => {
    bench.site.failures.set("issuePart", [null, new SgmediaError("E_FORBIDDEN", "not you")]);
    bench.site.failures.set("abort", [network()]);
    const path = await bench.file("a.mov", randomBytes(21 * MIB));
    const engine = bench.engine({ ...PARTS, partJobs: 1 });
    await expect(engine.upload(bench.upload(path))).rejects.toMatchObject({ code: "E_FORBIDDEN" });
    expect(await engine.unfinished()).toHaveLength(1);
  });

  it("to say whether it is done: nothing is repeated on not knowing", async () => {
    bench.site.loseCompletions = 1;
    bench.site.failures.set("findCompleted", Array.from({ length: 9 }, network));
    const path = await bench.file("a.mov", randomBytes(1000));
    await expect(bench.engine().upload(bench.upload(path))).rejects.toMatchObject({ code: "E_NETWORK" });
    expect(bench.site.count("complete")).toBe(1);
    bench.site.failures.clear();
    await bench.engine().upload(bench.upload(path));
    expect(bench.site.attachments).toHaveLength(1);
    expect(bench.site.count("complete")).toBe(1);
  });

  it("to complete, with a reason that will not change: closed and forgotten", async () => {
    bench.site.failures.set("complete", [new SgmediaError("E_SITE_REFUSED", "no")]);
    const path = await bench.file("a.mov", randomBytes(11 * MIB));
    await expect(bench.engine(PARTS).upload(bench.upload(path))).rejects.toMatchObject({
      code: "E_SITE_REFUSED",
    });
    expect(bench.storage.multiparts.size).toBe(0);
    expect(await bench.journals()).toEqual([]);
  });
});

describe("an answer before the body was sent", () => {
  it("is taken for what it says", async () => {
    const server: Server = createServer((_req, res) => {
      res.writeHead(400, { "content-length": 37 }).end("<Error><Code>EntityTooBad</Code></Err>");
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/k`;
    const port = { ...bench.site.uploadPort(), issuePart: async () => ({ url, headers: {} }) };
    const path = await bench.file("a.mov", randomBytes(12 * MIB));
    const error = await bench
      .engine({ limitRateBytes: 40 * MIB })
      .upload(bench.upload(path, { port }))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "E_STORAGE_REFUSED" });
  });
});

describe("a machine that slept", () => {
  it("wakes to new connections and loses nothing", async () => {
    const bytes = randomBytes(16 * MIB);
    bench.storage.faults.push({ method: "PUT", part: 2, times: 1, neverAnswer: true });
    // An hour passes while the storage owes its answer to part 2.
    const slept = (): boolean =>
      bench.storage.log.some((each) => each.part === 2 && each.bytesIn === 5 * MIB);
    const nowMs = (): number => Date.now() + (slept() ? 3_600_000 : 0);
    const engine = bench.engine({ ...PARTS, partJobs: 1, retries: 0, stallTimeoutMs: 8000, nowMs });
    const running = engine.upload(bench.upload(await bench.file("a.mov", bytes)));
    await running;
    expect(bench.site.onlyBytes.equals(bytes)).toBe(true);
    expect(bench.storage.connections).toBeGreaterThan(1);
  });
});

describe("the rate limit", () => {
  it("is one for all files together", async () => {
    const limitRateBytes = 8 * MIB;
    const engine = bench.engine({ limitRateBytes });
    const paths = await Promise.all([0, 1].map((index) => bench.file(`${index}.mov`, randomBytes(4 * MIB))));
    const startedMs = performance.now();
    await Promise.all(paths.map((path) => engine.upload(bench.upload(path))));
    const tookMs = performance.now() - startedMs;
    // Never faster; how much slower is this machine's affair.
    expect(tookMs).toBeGreaterThan(850);
    expect(tookMs).toBeLessThan(3000);
  });

  it("holds for downloads too", async () => {
    bench.storage.put("k", randomBytes(4 * MIB));
    const startedMs = performance.now();
    await bench.engine({ limitRateBytes: 8 * MIB }).download(bench.download("k", join(bench.dir, "a.mov")));
    expect(performance.now() - startedMs).toBeGreaterThan(400);
  });
});

describe("a proxy from the environment", () => {
  it("is used for storage, never for loopback", async () => {
    const asked: string[] = [];
    const storagePort = Number(new URL(bench.storage.origin).port);
    const proxy = createServer().on("connect", (req, socket) => {
      asked.push(req.url ?? "");
      const far = connect(storagePort, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        far.pipe(socket).pipe(far);
      });
      far.on("error", () => socket.destroy());
      socket.on("error", () => far.destroy());
    });
    servers.push(proxy);
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const env = { HTTP_PROXY: `127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    const bytes = randomBytes(1000);
    const engine = bench.engine({ env });
    await engine.upload(bench.upload(await bench.file("a.mov", bytes)));
    expect(asked).toEqual([]);
    const issued = bench.site.uploadPort();
    const port: typeof issued = {
      ...issued,
      issuePart: async (...args) => {
        const signed = await issued.issuePart(...args);
        return { ...signed, url: signed.url.replace(/127\.0\.0\.1:\d+/, "storage.example") };
      },
    };
    await engine.upload(bench.upload(await bench.file("b.mov", bytes), { port }));
    expect(asked).toEqual(["storage.example:80"]);
    await engine.close();
  });
});

describe("a disk that is too small", () => {
  it("is noticed before the bytes come", async () => {
    bench.storage.put("k", randomBytes(1000));
    bench.storage.faults.push({ method: "GET", replyHeaders: { "content-range": `bytes 0-999/${2 ** 52}` } });
    const error = await bench
      .engine()
      .download(bench.download("k", join(bench.dir, "a.mov")))
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "E_DISK_FULL", exit: 12 });
    expect((await readdir(bench.dir)).filter((name) => name.includes("part"))).toEqual([]);
  });
});

describe("a storage that takes connections and says nothing", () => {
  it("is not waited for longer than silence may last", async () => {
    const server = createTcpServer(() => {});
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/k`;
    const engine = bench.engine({ retries: 0, stallTimeoutMs: 100 });
    const job = bench.download("k", join(bench.dir, "a.mov"), {
      port: { locate: async () => ({ url, headers: {} }) },
    });
    await expect(engine.download(job)).rejects.toMatchObject({ code: "E_STALLED" });
  });
});
