import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKernel, type Kernel } from "../../../src/sandbox/kernel/kernel.ts";
import type { Surface } from "../../../src/sandbox/types.ts";
import { RawPeer } from "./raw-peer.ts";

let kernel: Kernel;
beforeEach(() => {
  kernel = createKernel({ host: "127.0.0.1", nowMs: () => 1234 });
});
afterEach(() => kernel.close());

const answering =
  (path: string, text: string): Surface =>
  async (_req, res, { url }) => {
    if (url.pathname !== path) return false;
    res.end(text);
    return true;
  };

describe("a request", () => {
  it("is asked of one surface after another; what none knows is 404", async () => {
    const { origin, port } = await kernel.listen("site", 0, [answering("/a", "1"), answering("/b", "2")]);
    expect(origin).toBe(`http://127.0.0.1:${port}`);
    const reply = async (path: string) => {
      const got = await fetch(`${origin}${path}`);
      return [got.status, await got.text()];
    };
    expect([await reply("/a"), await reply("/b"), await reply("/c")]).toEqual([
      [200, "1"],
      [200, "2"],
      [404, "Not Found\n"],
    ]);
  });

  it("knows its surface: rpc is a part of the site", async () => {
    const telling: Surface = async (_req, res, { surface }) => {
      res.end(surface);
      return true;
    };
    const site = (await kernel.listen("site", 0, [telling])).origin;
    const storage = (await kernel.listen("storage", 0, [telling])).origin;
    const urls = [`${site}/api/v1/`, `${site}/api3/json`, `${site}/upload/x`, `${storage}/upload/x`];
    const told = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
    expect(told).toEqual(["site", "rpc", "rpc", "storage"]);
  });

  it("gives its body whole, and 413 above the limit", async () => {
    const echo: Surface = async (_req, res, exchange) => {
      res.end(await exchange.body(1000));
      return true;
    };
    const { origin } = await kernel.listen("site", 0, [echo]);
    const body = randomBytes(1000);
    const whole = await fetch(origin, { method: "POST", body });
    expect(Buffer.from(await whole.arrayBuffer()).equals(body)).toBe(true);
    const peer = new RawPeer(origin);
    // More is to come: the answer does not wait for it.
    peer.ask("POST", `${origin}/`, ["Content-Length: 500000"]);
    peer.send(randomBytes(1001));
    await peer.ended;
    expect(peer.head).toMatch(/^HTTP\/1.1 413 /);
  });

  it("that breaks a surface is 500, also after its body was read; the next is answered", async () => {
    const failing: Surface = async (_req, _res, exchange) => {
      await exchange.body();
      throw new Error("no such shot");
    };
    const { origin } = await kernel.listen("site", 0, [answering("/fine", "1"), failing]);
    const reply = await fetch(origin, { method: "POST", body: "x" });
    expect([reply.status, await reply.text()]).toEqual([500, expect.stringContaining("no such shot")]);
    expect((await fetch(`${origin}/fine`)).status).toBe(200);
  });

  it("for two slashes is no other host's; for no path at all it is 400", async () => {
    const { origin } = await kernel.listen("site", 0, [answering("//other/x", "1")]);
    expect((await fetch(`${origin}//other/x`)).status).toBe(200);
    const peer = new RawPeer(origin);
    peer.send("GET http:// HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    await peer.ended;
    expect(peer.head).toMatch(/^HTTP\/1.1 400 /);
  });

  it("with Expect: 100-continue is told to go on", async () => {
    const echo: Surface = async (_req, res, exchange) => {
      res.end(await exchange.body());
      return true;
    };
    const { origin } = await kernel.listen("site", 0, [echo]);
    const peer = new RawPeer(origin);
    peer.ask("PUT", `${origin}/`, ["Content-Length: 3", "Expect: 100-continue", "Connection: close"]);
    await peer.until(({ received }) => received.includes("HTTP/1.1 100 Continue\r\n\r\n"));
    peer.send("abc");
    await peer.ended;
    expect(peer.received.toString()).toMatch(/200 OK[\s\S]*abc$/);
  });
});

describe("closing", () => {
  it("ends connections that are kept alive and those in the middle of something, at once", async () => {
    const never: Surface = () => new Promise(() => undefined);
    const { origin } = await kernel.listen("site", 0, [answering("/a", "1"), never]);
    await (await fetch(`${origin}/a`)).text();
    const idle = new RawPeer(origin);
    idle.ask("GET", `${origin}/a`);
    await idle.until(({ body }) => body.length > 0);
    const waiting = new RawPeer(origin);
    waiting.ask("GET", `${origin}/never`);
    await expect.poll(() => kernel.log.entries().length).toBe(2);
    const started = performance.now();
    await kernel.close();
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await Promise.all([idle.ended, waiting.ended])).toHaveLength(2);
    await expect(fetch(origin)).rejects.toThrow();
  });

  it("does not wait for a fault that holds something up", async () => {
    kernel.faults.add({ latencyMs: 3_600_000 });
    const { origin } = await kernel.listen("site", 0, [answering("/", "1")]);
    const peer = new RawPeer(origin);
    peer.ask("GET", `${origin}/`);
    await expect.poll(() => kernel.faults.list()[0]?.hits).toBe(1);
    await kernel.close();
    await peer.ended;
  });

  it("a port that is taken is an error", async () => {
    const { port } = await kernel.listen("site", 0, []);
    await expect(kernel.listen("storage", port, [])).rejects.toThrow(/EADDRINUSE/);
  });
});
