import { randomBytes } from "node:crypto";
import { networkInterfaces } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKernel, type Kernel } from "../../../src/sandbox/kernel/kernel.ts";
import { RequestLog } from "../../../src/sandbox/kernel/request-log.ts";
import type { Surface } from "../../../src/sandbox/types.ts";
import { RawPeer } from "./raw-peer.ts";

let kernel: Kernel;
let origin: string;
const echo: Surface = async (req, res, exchange) => {
  const body = await exchange.body();
  if (req.method === "GET") res.writeHead(200, { "content-type": "text/plain" });
  res.end(body.length > 0 ? body : "hello");
  return true;
};
beforeEach(async () => {
  kernel = createKernel({ host: "127.0.0.1", nowMs: () => 1234 });
  origin = (await kernel.listen("storage", 0, [echo])).origin;
});
afterEach(() => kernel.close());

const log = async (): Promise<Record<string, unknown>[]> => {
  const text = await (await fetch(`${origin}/_sandbox/log`)).text();
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
};

describe("the rules over HTTP", () => {
  const faults = (method: string, body?: string) =>
    fetch(`${origin}/_sandbox/faults`, { method, ...(body === undefined ? {} : { body }) });

  it("are written, read with their hits, and cleared", async () => {
    const rule = { method: "PUT", status: 500, skip: 0, times: 1 };
    const written = await faults("POST", '[{"method":"PUT","status":500}]');
    const before = [written.status, await written.json()];
    expect(before).toEqual([201, [{ id: 1, ...rule, seen: 0, hits: 0 }]]);
    expect((await fetch(origin, { method: "PUT", body: "x" })).status).toBe(500);
    expect(await (await faults("GET")).json()).toEqual([{ id: 1, ...rule, seen: 1, hits: 1 }]);
    expect(await (await faults("DELETE")).json()).toEqual([]);
    expect(kernel.faults.list()).toEqual([]);
  });

  it.each(['[{"statsu":500}]', "{", "[1]"])("%s is refused with the reason", async (body) => {
    const reply = await faults("POST", body);
    expect([reply.status, await reply.json()]).toEqual([400, { message: expect.stringMatching(/.{10}/) }]);
  });

  it("do not act on these paths, and these are not in the log", async () => {
    kernel.faults.add({ status: 500, times: "always" });
    expect((await faults("GET")).status).toBe(200);
    expect((await fetch(`${origin}/_sandbox/other`)).status).toBe(404);
    expect(await log()).toEqual([]);
  });
});

describe("the log over HTTP", () => {
  it("tells of each request what a test counts, and no secret", async () => {
    const url = `${origin}/bucket/key?partNumber=7&uploadId=UPLOAD&X-Amz-Signature=SECRET`;
    const body = randomBytes(300_000);
    await (await fetch(url, { method: "PUT", body, headers: { "x-secret": "VALUE" } })).arrayBuffer();
    await (await fetch(url, { headers: { range: "bytes=0-4" } })).text();
    await fetch(url, { method: "HEAD" });
    const [put, get, head] = await log();
    expect(put).toEqual({
      atMs: 1234,
      surface: "storage",
      method: "PUT",
      path: "/bucket/key",
      status: 200,
      bytesIn: 300_000,
      bytesOut: 300_000,
      partNumber: 7,
      range: null,
      connectionId: expect.any(Number),
      headerNames: expect.arrayContaining(["x-secret", "content-length"]),
      faultId: null,
      aborted: false,
    });
    expect(get).toMatchObject({ method: "GET", range: "bytes=0-4", bytesIn: 0, aborted: false });
    expect(head).toMatchObject({ method: "HEAD", bytesOut: 0 });
    expect(JSON.stringify([put, get, head])).not.toMatch(/SECRET|UPLOAD|VALUE/);
    expect((await fetch(`${origin}/_sandbox/log`, { method: "DELETE" })).status).toBe(200);
    expect(await log()).toEqual([]);
  });

  it("numbers connections: two requests over one, one over another", async () => {
    const [one, other] = [new RawPeer(origin), new RawPeer(origin)];
    const hellos = (peer: RawPeer): number => peer.received.toString().split("hello").length - 1;
    for (const peer of [one, other, one]) {
      const before = hellos(peer);
      peer.ask("GET", `${origin}/`);
      await peer.until(() => hellos(peer) > before);
    }
    await expect.poll(() => kernel.log.entries().length).toBe(3);
    const [first, second, third] = kernel.log.entries().map((entry) => entry.connectionId);
    expect([third === first, second === first]).toEqual([true, false]);
  });

  it("forgets the oldest first", () => {
    const few = new RequestLog(20);
    const entry = {
      surface: "site",
      method: "GET",
      path: "/",
      status: 200,
      bytesIn: 0,
      bytesOut: 0,
    } as const;
    const rest = { partNumber: null, range: null, connectionId: 1, headerNames: [], faultId: null };
    for (let atMs = 0; atMs < 100; atMs += 1) few.add({ atMs, ...entry, ...rest, aborted: false });
    expect(few.entries().length).toBeLessThanOrEqual(20);
    expect(few.entries().length).toBeGreaterThanOrEqual(18);
    expect(few.entries().at(-1)?.atMs).toBe(99);
  });
});

describe("a peer that is not on loopback", () => {
  const own = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === "IPv4" && !each.internal)?.address;
  it.skipIf(own === undefined)("has no such paths", async () => {
    const open = createKernel({ host: own ?? "", nowMs: () => 0 });
    const { origin: seen } = await open.listen("site", 0, []);
    expect((await fetch(`${seen}/_sandbox/log`)).status).toBe(404);
    await open.close();
  });
});
