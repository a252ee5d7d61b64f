import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RawPeer } from "../kernel/raw-peer.ts";
import { BYTES, FaultBench, SIZE } from "./fault-bench.ts";

const MIB = 1024 * 1024;
let bench: FaultBench;
beforeAll(async () => {
  bench = await FaultBench.start();
});
beforeEach(() => bench.reset());
afterAll(() => bench.kernel.close());

const put = (headers: readonly string[] = []): RawPeer => {
  const peer = new RawPeer(bench.storage);
  peer.ask("PUT", `${bench.storage}/bucket/key`, [
    `Content-Length: ${SIZE}`,
    "Connection: close",
    ...headers,
  ]);
  peer.send(BYTES);
  return peer;
};
const entry = () => bench.kernel.log.entries()[0];

describe("a body that comes in", () => {
  it.each([1, 65_536, 123_457, SIZE])("is cut by RST after exactly %i bytes", async (resetAfterBytes) => {
    bench.kernel.faults.add({ method: "PUT", resetAfterBytes });
    const peer = put();
    expect(await peer.ended).toMatch(/ECONNRESET|EPIPE/);
    expect(peer.received.length).toBe(0);
    await expect
      .poll(entry)
      .toMatchObject({ bytesIn: resetAfterBytes, aborted: true, status: 0, faultId: expect.any(Number) });
    expect(bench.bodies.every((body) => body.equals(BYTES.subarray(0, body.length)))).toBe(true);
  });

  it("is cut before its first byte, and no handler hears of it", async () => {
    bench.kernel.faults.add({ method: "PUT", resetAfterBytes: 0 });
    expect(await put().ended).toMatch(/ECONNRESET|EPIPE/);
    await expect.poll(entry).toMatchObject({ bytesIn: 0, aborted: true, status: 0 });
    expect(bench.asked).toBe(0);
  });

  it("that is shorter than the rule's count is not cut", async () => {
    bench.kernel.faults.add({ method: "PUT", resetAfterBytes: SIZE + 1 });
    expect(await put().ended).toBe("end");
    expect(bench.bodies[0]?.equals(BYTES)).toBe(true);
  });

  it.each([0, 65_536, 300_001, SIZE - 1])(
    "has its byte %i turned over, and no other",
    async (corruptAtByte) => {
      bench.kernel.faults.add({ method: "PUT", corruptAtByte });
      await put().ended;
      const wrong = Buffer.from(BYTES);
      wrong[corruptAtByte] = (wrong[corruptAtByte] ?? 0) ^ 0xff;
      expect(bench.bodies[0]?.equals(wrong)).toBe(true);
    },
  );

  it.each([0, 1, 100_000, 300_001])(
    "stands still after exactly %i bytes, then goes on",
    async (afterBytes) => {
      bench.kernel.faults.add({ method: "PUT", stallMs: 400, afterBytes });
      const started = performance.now();
      expect(await put().ended).toBe("end");
      expect(performance.now() - started).toBeGreaterThan(240);
      expect(bench.bodies[0]?.equals(BYTES)).toBe(true);
      expect(bench.silenceAt).toBe(afterBytes);
    },
  );

  it("comes at a rate", async () => {
    bench.kernel.faults.add({ method: "PUT", bytesPerSecond: 2_000_000 });
    const started = performance.now();
    expect(await put().ended).toBe("end");
    expect(performance.now() - started).toBeGreaterThan(190);
    expect(bench.bodies[0]?.equals(BYTES)).toBe(true);
  });

  it("comes at a rate and stands still: the stall is as long as it says", async () => {
    bench.kernel.faults.add({ method: "PUT", bytesPerSecond: 4_000_000, stallMs: 400, afterBytes: 200_000 });
    const started = performance.now();
    expect(await put().ended).toBe("end");
    expect(performance.now() - started).toBeGreaterThan(340);
    expect([bench.silenceAt, bench.bodies[0]?.equals(BYTES)]).toEqual([200_000, true]);
  });

  it("is corrupted, then cut", async () => {
    bench.kernel.faults.add({ method: "PUT", corruptAtByte: 3, resetAfterBytes: 10 });
    await put().ended;
    await expect.poll(entry).toMatchObject({ bytesIn: 10 });
  });

  it("that stands still holds its sender back: it does not pile up here", async () => {
    bench.kernel.faults.add({ method: "PUT", stallMs: 250 });
    const large = Buffer.alloc(64 * MIB);
    const peer = new RawPeer(bench.storage);
    const started = performance.now();
    peer.ask("PUT", `${bench.storage}/k`, [`Content-Length: ${large.length}`, "Connection: close"]);
    await peer.sendAll(large);
    expect(performance.now() - started).toBeGreaterThan(240);
    await peer.ended;
    expect(bench.bodies[0]?.length).toBe(large.length);
  });

  it("that its reader leaves lying does not pile up, and goes on when it is taken up", async () => {
    let mostBytes = 0;
    const { origin } = await bench.kernel.listen("storage", 0, [
      async (req, res) => {
        // What node keeps for a reader is full in the middle of a pause that the rate makes.
        while (req.readableLength < MIB) await immediate();
        if (req.url === "/later") await delay(150);
        mostBytes = req.readableLength;
        let sizeBytes = 0;
        for await (const chunk of req) sizeBytes += (chunk as Buffer).length;
        res.end(String(sizeBytes));
        return true;
      },
    ]);
    bench.kernel.faults.add({ method: "PUT", bytesPerSecond: 6_000_000, times: 2 });
    for (const path of ["/at-once", "/later"]) {
      const reply = await fetch(`${origin}${path}`, { method: "PUT", body: Buffer.alloc(3 * MIB) });
      expect(await reply.text()).toBe(String(3 * MIB));
      expect(mostBytes).toBeLessThan(MIB + 128 * 1024);
    }
  });

  it("is slow to be looked at", async () => {
    bench.kernel.faults.add({ method: "PUT", latencyMs: 200 });
    const started = performance.now();
    expect(await put().ended).toBe("end");
    expect(performance.now() - started).toBeGreaterThan(190);
    expect(bench.bodies[0]?.equals(BYTES)).toBe(true);
  });

  it("is asked for with 100 Continue, and cut all the same", async () => {
    bench.kernel.faults.add({ method: "PUT", resetAfterBytes: 7 });
    const peer = put(["Expect: 100-continue"]);
    // A libuv peer calls it an end when the interim answer and the reset come in one: what came is what counts.
    await peer.ended;
    expect(peer.received.toString()).toMatch(/^(?:HTTP\/1.1 100 Continue\r\n\r\n)?$/);
    await expect.poll(entry).toMatchObject({ bytesIn: 7 });
  });

  it("of a POST is meant too, of a GET only if the rule says so", async () => {
    bench.kernel.faults.add({ direction: "received", resetAfterBytes: 0 });
    const peer = new RawPeer(bench.storage);
    peer.ask("GET", `${bench.storage}/bucket/key`);
    expect(await peer.ended).toBe("ECONNRESET");
    expect(bench.asked).toBe(0);
  });
});
