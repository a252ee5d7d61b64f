import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RawPeer } from "../kernel/raw-peer.ts";
import { BYTES, FaultBench, SIZE } from "./fault-bench.ts";

let bench: FaultBench;
beforeAll(async () => {
  bench = await FaultBench.start();
});
beforeEach(() => bench.reset());
afterAll(() => bench.kernel.close());

const get = (method = "GET"): RawPeer => {
  const peer = new RawPeer(bench.storage);
  peer.ask(method, `${bench.storage}/bucket/key`, ["Connection: close", "Content-Length: 0"]);
  return peer;
};
const entry = () => bench.kernel.log.entries()[0];
const announced = (peer: RawPeer): number => Number(/content-length: (\d+)/i.exec(peer.head)?.[1]);

describe("an answer's body", () => {
  it.each([0, 1, 70_001, SIZE - 1])("is cut by RST after exactly %i bytes", async (resetAfterBytes) => {
    bench.kernel.faults.add({ method: "GET", resetAfterBytes });
    const peer = get();
    expect(await peer.ended).toBe("ECONNRESET");
    expect(peer.body.equals(BYTES.subarray(0, resetAfterBytes))).toBe(true);
    expect(announced(peer)).toBe(SIZE);
    await expect.poll(entry).toMatchObject({ bytesOut: resetAfterBytes, aborted: true, status: 200 });
  });

  it.each([0, 100_000])("ends after %i bytes under the length of the whole", async (truncateAfterBytes) => {
    bench.kernel.faults.add({ method: "GET", truncateAfterBytes });
    const peer = get();
    expect(await peer.ended).toBe("end");
    expect(peer.body.equals(BYTES.subarray(0, truncateAfterBytes))).toBe(true);
    expect(announced(peer)).toBe(SIZE);
    await expect.poll(entry).toMatchObject({ bytesOut: truncateAfterBytes, aborted: true });
  });

  it.each([
    [0, 0],
    [100_000, 100_000],
    [SIZE + 5, SIZE],
  ])("ends after %i bytes and says that is all", async (truncateAfterBytes, length) => {
    bench.kernel.faults.add({ method: "GET", truncateAfterBytes, lie: true });
    const peer = get();
    expect(await peer.ended).toBe("end");
    expect(peer.body.equals(BYTES.subarray(0, length))).toBe(true);
    expect(announced(peer)).toBe(length);
    await expect.poll(entry).toMatchObject({ bytesOut: length, aborted: false });
  });

  it.each([0, 222_222, SIZE - 1])("has its byte %i turned over, and the handler's own stays", async (at) => {
    const before = Buffer.from(BYTES);
    bench.kernel.faults.add({ method: "GET", corruptAtByte: at });
    const peer = get();
    await peer.ended;
    const wrong = Buffer.from(BYTES);
    wrong[at] = (wrong[at] ?? 0) ^ 0xff;
    expect(peer.body.equals(wrong)).toBe(true);
    expect(BYTES.equals(before)).toBe(true);
  });

  it("stands still before anything comes, its head included", async () => {
    bench.kernel.faults.add({ method: "GET", stallMs: 250 });
    const started = performance.now();
    const peer = get();
    await peer.until(({ received }) => received.length > 0);
    expect(performance.now() - started).toBeGreaterThan(240);
    await peer.ended;
    expect(peer.body.equals(BYTES)).toBe(true);
  });

  it.each([1, 123_457])("stands still after exactly %i bytes, then goes on", async (afterBytes) => {
    bench.kernel.faults.add({ method: "GET", stallMs: 400, afterBytes });
    const peer = get();
    let [silenceAt, longestMs, lastMs, seen] = [-1, 0, performance.now(), 0];
    while (seen < SIZE) {
      await peer.until(({ body, head }) => head.length > 4 && body.length > seen);
      const silenceMs = performance.now() - lastMs;
      if (silenceMs > longestMs) [longestMs, silenceAt] = [silenceMs, seen];
      [lastMs, seen] = [performance.now(), peer.body.length];
    }
    expect([silenceAt, peer.body.equals(BYTES)]).toEqual([afterBytes, true]);
    expect(longestMs).toBeGreaterThan(240);
  });

  it("leaves at a rate", async () => {
    bench.kernel.faults.add({ method: "GET", bytesPerSecond: 2_000_000 });
    const started = performance.now();
    const peer = get();
    expect(await peer.ended).toBe("end");
    expect(performance.now() - started).toBeGreaterThan(190);
    expect(peer.body.equals(BYTES)).toBe(true);
  });

  it("to a POST is meant if the rule says so, and keeps its length", async () => {
    bench.kernel.faults.add({ method: "POST", direction: "sent", corruptAtByte: 0 });
    const peer = get("POST");
    await peer.ended;
    expect([announced(peer), peer.body.subarray(1).toString()]).toEqual([4, "ept"]);
    expect(peer.body[0]).toBe("k".charCodeAt(0) ^ 0xff);
  });
});

describe("the whole answer", () => {
  it.each(["GET", "POST"])("to a %s is lost after the work was done", async (method) => {
    bench.kernel.faults.add({ method, loseReply: true });
    const peer = get(method);
    expect(await peer.ended).toBe("ECONNRESET");
    expect([peer.received.length, bench.asked]).toEqual([0, 1]);
    await expect.poll(entry).toMatchObject({ status: 0, bytesOut: 0, aborted: true });
  });

  it("is lost with a head that was sent ahead, and with a body in pieces", async () => {
    const { origin } = await bench.kernel.listen("site", 0, [
      async (_req, res) => {
        res.writeHead(200).flushHeaders();
        await new Promise<void>((resolve) => res.write("some", () => resolve()));
        res.end("more");
        return true;
      },
    ]);
    bench.kernel.faults.add({ loseReply: true });
    const peer = new RawPeer(origin);
    peer.ask("GET", `${origin}/`);
    expect([await peer.ended, peer.received.length]).toEqual(["ECONNRESET", 0]);
  });
});
