import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Site, SiteOptions } from "../../src/site/types.ts";
import { LostReply } from "../../src/transfer/ports.ts";
import { AUTHORITY_PEM, SERVER_CERT_PEM, SERVER_KEY_PEM } from "./certificates.ts";
import { errorOf, testSite } from "./mock-site.ts";

const VERSION = { type: "Version", id: 23404 };
const RECORD = JSON.stringify({ data: { type: "Version", id: 23404, attributes: {} } });
const TOKEN = JSON.stringify({ access_token: "bearer-of-loopback", expires_in: 600 });

let folder: string;
let closers: (() => Promise<unknown>)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sgmedia-site-"));
  closers = [];
});
afterEach(async () => {
  await Promise.all(closers.map((close) => close()));
  rmSync(folder, { recursive: true });
});

type Handle = (req: IncomingMessage, res: ServerResponse) => void;

function answerWell(req: IncomingMessage, res: ServerResponse): void {
  req.resume();
  res.setHeader("content-type", "application/json");
  res.end(req.url?.endsWith("access_token") ? TOKEN : RECORD);
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** A server that mints tokens and leaves the rest to `handle`. */
async function serve(handle: Handle = answerWell): Promise<string> {
  const server = createServer((req, res) =>
    req.url?.endsWith("access_token") ? answerWell(req, res) : handle(req, res),
  );
  return `http://127.0.0.1:${await listen(server)}`;
}

function site(options: Partial<SiteOptions>): Site {
  const opened = testSite({ retries: 0, ...options }).site;
  closers.push(() => opened.close());
  return opened;
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("a connection that fails", () => {
  test("nothing listens: told as such, and even a create may be tried again", async () => {
    const { site: closed, waits } = testSite({ site: `http://127.0.0.1:${await freePort()}`, retries: 2 });
    closers.push(() => closed.close());
    const error = await errorOf(closed.create("Version", {}));
    expect(error).toMatchObject({
      code: "E_NETWORK",
      message: expect.stringContaining("Nothing answers at 127.0.0.1:"),
    });
    expect(error.why).toContain("ECONNREFUSED");
    expect(waits).toEqual([500, 1000]);
  });

  test("a create that found nobody is repeated, since nothing was sent", async () => {
    const server = createServer(answerWell);
    const port = await listen(server);
    const { site: opened, waits } = testSite({ site: `http://127.0.0.1:${port}`, retries: 2 });
    closers.push(() => opened.close());
    await opened.whoami();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect((await errorOf(opened.create("Version", {}))).why).toContain("ECONNREFUSED");
    expect(waits).toEqual([500, 1000]);
  });

  test("silence before the answer", async () => {
    const origin = await serve(() => {});
    const error = await errorOf(site({ site: origin, stallTimeoutMs: 300 }).read(VERSION, []));
    expect(error).toMatchObject({ code: "E_NETWORK", why: "Not a byte of an answer for 0.3 s." });
  });

  test("silence within the answer", async () => {
    const origin = await serve((_req, res) => {
      res.writeHead(200, { "content-length": RECORD.length });
      res.write(RECORD.slice(0, 5));
    });
    expect(await errorOf(site({ site: origin, stallTimeoutMs: 300 }).read(VERSION, []))).toMatchObject({
      code: "E_NETWORK",
      message: expect.stringContaining("fell silent"),
    });
  });

  test("slowness is no silence", async () => {
    const origin = await serve((_req, res) => {
      res.writeHead(200, { "content-length": RECORD.length });
      const pieces = [...RECORD];
      const timer = setInterval(() => {
        const piece = pieces.splice(0, 8).join("");
        if (piece) res.write(piece);
        else {
          clearInterval(timer);
          res.end();
        }
      }, 150);
    });
    expect((await site({ site: origin, stallTimeoutMs: 1_000 }).read(VERSION, []))?.id).toBe(23404);
  });

  test("an answer cut short is no answer", async () => {
    const origin = await serve((_req, res) => {
      res.writeHead(200, { "content-length": RECORD.length });
      res.write(RECORD.slice(0, 20), () => res.destroy());
    });
    expect((await errorOf(site({ site: origin }).read(VERSION, []))).code).toBe("E_NETWORK");
  });

  test("a create cut off after it was sent is lost, not repeated", async () => {
    let creates = 0;
    const origin = await serve((req, res) => {
      creates += 1;
      req.resume().on("end", () => res.destroy());
    });
    await expect(site({ site: origin, retries: 3 }).create("Version", {})).rejects.toBeInstanceOf(LostReply);
    expect(creates).toBe(1);
  });

  test("giving up ends a call that waits", async () => {
    const giveUp = new AbortController();
    const origin = await serve(() => giveUp.abort());
    expect((await errorOf(site({ site: origin }).read(VERSION, [], giveUp.signal))).code).toBe(
      "E_INTERRUPTED",
    );
  });

  test("connections are kept, eight at most", async () => {
    const sockets = new Set<Socket>();
    const origin = await serve((req, res) => {
      sockets.add(req.socket);
      setImmediate(() => answerWell(req, res));
    });
    const opened = site({ site: origin });
    for (let round = 0; round < 3; round += 1)
      await Promise.all(Array.from({ length: 16 }, () => opened.read(VERSION, [])));
    expect(sockets.size).toBeLessThanOrEqual(8);
  });
});

describe("TLS", () => {
  async function serveTls(): Promise<number> {
    return listen(createTlsServer({ key: SERVER_KEY_PEM, cert: SERVER_CERT_PEM }, answerWell));
  }
  function pem(name: string, text = AUTHORITY_PEM): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  test("a certificate nobody vouches for ends it at once, with the way out", async () => {
    const { site: opened, waits } = testSite({ site: `https://localhost:${await serveTls()}`, retries: 3 });
    closers.push(() => opened.close());
    const error = await errorOf(opened.read(VERSION, []));
    expect(error).toMatchObject({
      code: "E_NETWORK",
      message: expect.stringMatching(/certificate of localhost:\d+ is not trusted/),
    });
    expect(error.fix).toContain("SSL_CERT_FILE=");
    expect(waits).toEqual([]);
  });

  test.each(["caFile", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"])(
    "a studio's own authority by %s",
    async (way) => {
      const path = pem("ca.pem");
      const origin = `https://localhost:${await serveTls()}`;
      const settings: Partial<SiteOptions> =
        way === "caFile"
          ? { caFile: path }
          : way === "SSL_CERT_FILE"
            ? { env: { SSL_CERT_FILE: path } }
            : // Node reads it by itself at start; beside another bundle it must not get lost.
              {
                env: { SSL_CERT_FILE: pem("empty.pem", "no certificate here\n"), NODE_EXTRA_CA_CERTS: path },
              };
      expect((await site({ site: origin, ...settings }).read(VERSION, []))?.id).toBe(23404);
    },
  );

  test("a bundle that is none is a setting's fault", async () => {
    const origin = `https://localhost:${await serveTls()}`;
    for (const caFile of [join(folder, "missing.pem"), pem("junk.pem", "hello")]) {
      expect((await errorOf(site({ site: origin, caFile }).read(VERSION, []))).code).toBe("E_CONFIG");
    }
  });

  test("https asked of a port that speaks http", async () => {
    const plain = await serve();
    const error = await errorOf(site({ site: plain.replace("http:", "https:") }).read(VERSION, []));
    expect(error.code).toBe("E_NETWORK");
    expect(error.message).toMatch(/does not speak TLS/);
  });
});

describe("a proxy", () => {
  /** Tunnels whatever it is asked for to `target`, and notes what it was asked for. */
  async function proxyTo(target: number, status = 200): Promise<{ port: number; asked: string[] }> {
    const asked: string[] = [];
    const proxy = createServer((_req, res) => res.writeHead(400).end());
    proxy.on("connect", (req: IncomingMessage, socket: Socket) => {
      asked.push(`${req.url} ${req.headers["proxy-authorization"] ?? "-"}`);
      if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      const upstream = connect(target, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy());
      return undefined;
    });
    return { port: await listen(proxy), asked };
  }

  test("that refuses is told apart from the site", async () => {
    const { port } = await proxyTo(0, 407);
    const error = await errorOf(
      site({ site: "http://studio.test", env: { HTTP_PROXY: `http://127.0.0.1:${port}` } }).read(VERSION, []),
    );
    expect(error).toMatchObject({ code: "E_NETWORK", message: expect.stringContaining("proxy") });
  });

  test("address that cannot be read is a setting's fault", async () => {
    const error = await errorOf(
      site({ site: "https://studio.test", env: { HTTPS_PROXY: "http://:::" } }).read(VERSION, []),
    );
    expect(error.code).toBe("E_CONFIG");
  });

  test.each(["http://127.0.0.1:PORT", "127.0.0.1:PORT", "http://ada:pw%40x@127.0.0.1:PORT"])(
    "named as %s carries TLS to the site",
    async (address) => {
      const target = await listen(
        createTlsServer({ key: SERVER_KEY_PEM, cert: SERVER_CERT_PEM }, answerWell),
      );
      const { port, asked } = await proxyTo(target);
      const caFile = join(folder, "ca.pem");
      writeFileSync(caFile, AUTHORITY_PEM);
      const env = { HTTPS_PROXY: address.replace("PORT", String(port)) };
      expect((await site({ site: "https://studio.test", caFile, env }).read(VERSION, []))?.id).toBe(23404);
      const credentials = address.includes("@") ? `Basic ${Buffer.from("ada:pw@x").toString("base64")}` : "-";
      expect(asked[0]).toBe(`studio.test:443 ${credentials}`);
    },
  );

  test("is passed by for loopback", async () => {
    const origin = await serve();
    const { port, asked } = await proxyTo(0);
    const proxy = `http://127.0.0.1:${port}`;
    expect((await site({ site: origin, env: { HTTP_PROXY: proxy } }).read(VERSION, []))?.id).toBe(23404);
    expect(asked).toEqual([]);
  });

  // 0.0.0.0 reaches this machine without counting as loopback; Windows does not connect to it.
  test.skipIf(process.platform === "win32")(
    "is passed by for what NO_PROXY names, and only for that",
    async () => {
      const origin = (await serve()).replace("127.0.0.1", "0.0.0.0");
      const { port, asked } = await proxyTo(0, 403);
      const env = { HTTP_PROXY: `http://127.0.0.1:${port}` };
      expect((await errorOf(site({ site: origin, env }).read(VERSION, []))).message).toContain("proxy");
      expect(asked).toHaveLength(1);
      const passedBy = site({ site: origin, env: { ...env, NO_PROXY: "studio.test,0.0.0.0" } });
      expect((await passedBy.read(VERSION, []))?.id).toBe(23404);
      expect(asked).toHaveLength(1);
    },
  );

  test("does not vouch for a site: a certificate for another name is refused", async () => {
    const target = await listen(createTlsServer({ key: SERVER_KEY_PEM, cert: SERVER_CERT_PEM }, answerWell));
    const { port } = await proxyTo(target);
    const caFile = join(folder, "ca.pem");
    writeFileSync(caFile, AUTHORITY_PEM);
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const error = await errorOf(site({ site: "https://other.test", caFile, env }).read(VERSION, []));
    expect(error).toMatchObject({
      code: "E_NETWORK",
      message: "The certificate of other.test is not trusted.",
    });
  });
});
