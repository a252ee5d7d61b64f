import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createKernel, type Kernel } from "../../../src/sandbox/kernel/kernel.ts";
import { createLocalStorage } from "../../../src/sandbox/storage/local-storage.ts";

const SIZE = 400_000;
const bytes = randomBytes(SIZE);
const md5 = (body: Uint8Array): string => createHash("md5").update(body).digest("hex");
let dir: string;
let kernel: Kernel;
let origin = "";
let storage: Awaited<ReturnType<typeof createLocalStorage>>;
const agent = new Agent({ keepAliveTimeout: 1000 });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sgmedia-faults-"));
  kernel = createKernel({ host: "127.0.0.1", nowMs: Date.now });
  storage = await createLocalStorage({ dir, origin: () => origin, nowMs: Date.now });
  origin = (await kernel.listen("storage", 0, [kernel.controlSurface, storage.surface])).origin;
  await storage.write("object", bytes, "application/octet-stream");
});
beforeEach(() => {
  kernel.faults.clear();
  kernel.log.clear();
});
afterAll(async () => {
  await agent.close();
  await kernel.close();
  await rm(dir, { recursive: true, force: true });
});

const put = (key: string) => request(storage.signPut(key), { method: "PUT", body: bytes, dispatcher: agent });
async function get(): Promise<{
  status: number;
  length: number;
  announced: number;
  body: Buffer;
  error: string | null;
}> {
  const reply = await request(storage.signGet("object"), { dispatcher: agent });
  const chunks: Buffer[] = [];
  let error: string | null = null;
  try {
    for await (const chunk of reply.body) chunks.push(chunk as Buffer);
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown);
  }
  const body = Buffer.concat(chunks);
  return {
    status: reply.statusCode,
    length: body.length,
    announced: Number(reply.headers["content-length"]),
    body,
    error,
  };
}

describe("faults on what is sent up", () => {
  it.each([0, 1, 123_457])("a reset after exactly %i bytes, nothing stored", async (resetAfterBytes) => {
    kernel.faults.add([{ method: "PUT", resetAfterBytes }]);
    const key = `reset-${resetAfterBytes}`;
    await expect(put(key)).rejects.toThrow();
    await expect.poll(() => kernel.log.entries().length).toBe(1);
    expect(kernel.log.entries()[0]?.aborted).toBe(true);
    expect(await storage.stat(key)).toBeNull();
    expect((await put(key)).statusCode).toBe(200);
  });
  it("a byte turned over: what is stored has another MD5", async () => {
    kernel.faults.add([{ method: "PUT", corruptAtByte: 300_001 }]);
    const reply = await put("corrupt");
    const wrong = Buffer.from(bytes);
    wrong[300_001] = (wrong[300_001] ?? 0) ^ 0xff;
    expect(reply.headers["etag"]).toBe(`"${md5(wrong)}"`);
  });
  it("a status in place of the answer, with headers, and only as often as it says", async () => {
    kernel.faults.add([
      {
        method: "PUT",
        status: 503,
        headers: { "retry-after": "1" },
        body: "<Error><Code>SlowDown</Code></Error>",
        skip: 1,
        times: 2,
      },
    ]);
    const statuses: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const reply = await put("busy");
      await reply.body.dump();
      statuses.push(reply.statusCode);
    }
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect(kernel.faults.list()[0]).toMatchObject({ seen: 4, hits: 2 });
  });
  it("an answer that is lost after the bytes were stored", async () => {
    kernel.faults.add([{ method: "PUT", loseReply: true }]);
    await expect(put("lost")).rejects.toThrow();
    await expect.poll(() => storage.stat("lost")).toMatchObject({ sizeBytes: SIZE });
  });
  it("a right ETag for bytes that are gone", async () => {
    kernel.faults.add([{ method: "PUT", storeNothing: true }]);
    expect((await put("gone")).headers["etag"]).toBe(`"${md5(bytes)}"`);
    expect(await storage.stat("gone")).toBeNull();
  });
  it("an expired URL", async () => {
    kernel.faults.add([{ method: "PUT", expireUrl: true }]);
    const reply = await put("expired");
    expect([reply.statusCode, await reply.body.text()]).toEqual([
      403,
      expect.stringContaining("Request has expired"),
    ]);
  });
  it("a slow line: the bytes take the time that the rate says", async () => {
    kernel.faults.add([{ method: "PUT", bytesPerSecond: 1_000_000 }]);
    const started = Date.now();
    expect((await put("slow")).statusCode).toBe(200);
    expect(Date.now() - started).toBeGreaterThan(300);
    expect((await storage.stat("slow"))?.etag).toBe(md5(bytes));
  });
  it("a stall in the middle: silence, then it goes on", async () => {
    kernel.faults.add([{ method: "PUT", stallMs: 300, afterBytes: 100_000 }]);
    const started = Date.now();
    expect((await put("stall")).statusCode).toBe(200);
    expect(Date.now() - started).toBeGreaterThan(280);
    expect((await storage.stat("stall"))?.etag).toBe(md5(bytes));
  });
});

describe("faults on what comes down", () => {
  it.each([0, 1, 70_001])("a reset after exactly %i bytes", async (resetAfterBytes) => {
    kernel.faults.add([{ method: "GET", resetAfterBytes }]);
    const got = await get();
    expect([got.length, got.announced]).toEqual([resetAfterBytes, SIZE]);
    expect(got.error).not.toBeNull();
  });
  it("an end before its time under the whole length", async () => {
    kernel.faults.add([{ method: "GET", truncateAfterBytes: 100_000 }]);
    const got = await get();
    expect([got.length, got.announced]).toEqual([100_000, SIZE]);
    expect(got.error).not.toBeNull();
  });
  it("an end before its time that calls itself whole", async () => {
    kernel.faults.add([{ method: "GET", truncateAfterBytes: 100_000, lie: true }]);
    const got = await get();
    expect([got.length, got.announced, got.error]).toEqual([100_000, 100_000, null]);
  });
  it("a byte turned over", async () => {
    kernel.faults.add([{ method: "GET", corruptAtByte: 222_222 }]);
    const got = await get();
    expect(got.length).toBe(SIZE);
    expect(got.body.findIndex((byte, index) => byte !== bytes[index])).toBe(222_222);
  });
  it("a stall and a slow line", async () => {
    kernel.faults.add([{ method: "GET", stallMs: 300, afterBytes: 10 }]);
    const started = Date.now();
    expect((await get()).body.equals(bytes)).toBe(true);
    expect(Date.now() - started).toBeGreaterThan(280);
  });
});

describe("the rules over HTTP", () => {
  it("are written, read with their hits, refused with the reason, and cleared", async () => {
    const post = (body: unknown) =>
      fetch(`${origin}/_sandbox/faults`, { method: "POST", body: JSON.stringify(body) });
    expect((await post([{ method: "PUT", status: 500 }])).status).toBe(201);
    await (await put("counted")).body.dump();
    const listed = (await (await fetch(`${origin}/_sandbox/faults`)).json()) as { hits: number }[];
    expect(listed.map((each) => each.hits)).toEqual([1]);
    const bad = await post([{ method: "PUT", statsu: 500 }]);
    expect([bad.status, await bad.text()]).toEqual([400, expect.stringContaining("statsu")]);
    await fetch(`${origin}/_sandbox/faults`, { method: "DELETE" });
    expect(kernel.faults.list()).toEqual([]);
  });
  it("and the log names every request without its signature", async () => {
    await (await put("logged")).body.dump();
    const text = await (await fetch(`${origin}/_sandbox/log`)).text();
    const entries = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      surface: "storage",
      method: "PUT",
      path: "/sg-media/logged",
      status: 200,
      bytesIn: SIZE,
      aborted: false,
    });
    expect(text).not.toContain("Signature");
  });
});
