import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKernel, type Kernel } from "../../../src/sandbox/kernel/kernel.ts";
import { createLocalStorage } from "../../../src/sandbox/storage/local-storage.ts";

const FIVE_MIB = 5 * 1024 * 1024;
let dir: string;
let kernel: Kernel;
let storage: Awaited<ReturnType<typeof createLocalStorage>>;
let nowMs = Date.now();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sgmedia-s3-"));
  kernel = createKernel({ host: "127.0.0.1", nowMs: () => nowMs });
  let origin = "";
  storage = await createLocalStorage({ dir, origin: () => origin, nowMs: () => nowMs });
  origin = (await kernel.listen("storage", 0, [kernel.controlSurface, storage.surface])).origin;
});
afterAll(async () => {
  await kernel.close();
  await rm(dir, { recursive: true, force: true });
});

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

async function send(
  method: "PUT" | "GET" | "POST" | "HEAD" | "DELETE",
  url: string,
  body?: Uint8Array | string,
  headers: Record<string, string> = {},
) {
  const reply = await request(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: Buffer.from(body as string) }),
  });
  const bytes = Buffer.from(await reply.body.arrayBuffer());
  return {
    status: reply.statusCode,
    headers: reply.headers,
    bytes,
    code: /<Code>([^<]*)/.exec(bytes.toString("utf8"))?.[1],
  };
}

describe("one object", () => {
  const bytes = randomBytes(300_000);
  it("is stored by a signed PUT and has its MD5 for an ETag", async () => {
    const put = await send("PUT", storage.signPut("a/b c.mov"), bytes, {
      "content-md5": Buffer.from(md5(bytes), "hex").toString("base64"),
    });
    expect([put.status, put.headers["etag"]]).toEqual([200, `"${md5(bytes)}"`]);
    const got = await send(
      "GET",
      storage.signGet("a/b c.mov", { name: 'Noël"ご.mov', contentType: "video/quicktime" }),
    );
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(got.headers["content-type"]).toBe("video/quicktime");
    expect(got.headers["content-disposition"]).toContain("filename*=UTF-8''No%C3%ABl%22%E3%81%94.mov");
    expect(got.headers["accept-ranges"]).toBe("bytes");
  });
  it.each([
    ["bytes=0-0", 206, "bytes 0-0/300000", 1],
    ["bytes=299999-", 206, "bytes 299999-299999/300000", 1],
    ["bytes=-10", 206, "bytes 299990-299999/300000", 10],
    ["bytes=100-199", 206, "bytes 100-199/300000", 100],
    ["bytes=100-9999999", 206, "bytes 100-299999/300000", 299_900],
    ["bytes=300000-", 416, "bytes */300000", undefined],
    ["bytes=0-1,5-6", 200, undefined, 300_000],
  ])("answers the range %s with %i", async (range, status, contentRange, length) => {
    const got = await send("GET", storage.signGet("a/b c.mov"), undefined, { range });
    expect([got.status, got.headers["content-range"]]).toEqual([status, contentRange]);
    if (length !== undefined) expect(got.bytes.length).toBe(length);
  });
  it.each([
    [{ "if-match": '"other"', range: "bytes=0-1" }, 412],
    [{ "if-match": `"${md5(bytes)}"`, range: "bytes=0-1" }, 206],
    [{ "if-none-match": `"${md5(bytes)}"` }, 304],
    [{ "if-range": '"other"', range: "bytes=0-1" }, 200],
  ])("honours %o with %i", async (headers, status) => {
    expect(
      (
        await send(
          "GET",
          storage.signGet("a/b c.mov"),
          undefined,
          headers as unknown as Record<string, string>,
        )
      ).status,
    ).toBe(status);
  });
  it("answers HEAD on a GET's URL with 403 and no body", async () => {
    const head = await send("HEAD", storage.signGet("a/b c.mov"));
    expect([head.status, head.bytes.length]).toEqual([403, 0]);
  });
});

describe("what is refused", () => {
  const bytes = randomBytes(1000);
  it("a wrong Content-MD5, and nothing is stored", async () => {
    const put = await send("PUT", storage.signPut("bad"), bytes, {
      "content-md5": Buffer.alloc(16).toString("base64"),
    });
    expect([put.status, put.code]).toEqual([400, "BadDigest"]);
    expect(await storage.stat("bad")).toBeNull();
  });
  it("a tampered signature, an expired URL, an unsigned x-amz header, two ways of signing in", async () => {
    expect(
      (
        await send(
          "PUT",
          storage.signPut("x").replace(/.$/, (last) => (last === "0" ? "1" : "0")),
          bytes,
        )
      ).code,
    ).toBe("SignatureDoesNotMatch");
    expect((await send("PUT", storage.signPut("x"), bytes, { "x-amz-acl": "private" })).code).toBe(
      "AccessDenied",
    );
    expect((await send("PUT", storage.signPut("x"), bytes, { authorization: "Bearer abcdef" })).status).toBe(
      400,
    );
    const old = storage.signPut("x");
    nowMs += 901_000;
    expect((await send("PUT", old, bytes)).bytes.toString()).toContain("Request has expired");
    expect(await storage.stat("x")).toBeNull();
  });
  it("a body without a length", async () => {
    async function* chunks() {
      yield Buffer.from("abc");
    }
    const reply = await request(storage.signPut("chunked"), { method: "PUT", body: Readable.from(chunks()) });
    await reply.body.dump();
    expect([411, 501]).toContain(reply.statusCode);
    expect(await storage.stat("chunked")).toBeNull();
  });
  it("a body that ends before its length", async () => {
    const url = new URL(storage.signPut("short"));
    const socket = connect(Number(url.port), "127.0.0.1");
    socket.write(
      `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 1000\r\n\r\n${"x".repeat(400)}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await expect
      .poll(() =>
        kernel.log
          .entries()
          .some((each) => each.path.endsWith("/short") && each.aborted && each.bytesIn === 400),
      )
      .toBe(true);
    expect(await storage.stat("short")).toBeNull();
    await expect
      .poll(async () => (await readdir(join(dir, "bytes"))).filter((name) => name.endsWith(".part")))
      .toEqual([]);
  });
});

describe("a multipart", () => {
  const parts = [randomBytes(FIVE_MIB), randomBytes(FIVE_MIB), randomBytes(1234)];
  const open = async (key: string) => {
    const uploadId = await storage.createMultipart(key);
    const etags = await Promise.all(
      parts.map(async (part, index) =>
        String(
          (await send("PUT", storage.signPart(key, uploadId, index + 1), part)).headers["etag"],
        ).replaceAll('"', ""),
      ),
    );
    return { uploadId, etags };
  };
  it("is joined in order, with the composite ETag, and completing again gives the same", async () => {
    const { uploadId, etags } = await open("movie");
    expect(etags).toEqual(parts.map(md5));
    await storage.completeMultipart("movie", uploadId, etags);
    await storage.completeMultipart("movie", uploadId, etags);
    const whole = Buffer.concat(parts);
    expect(await storage.stat("movie")).toEqual({
      sizeBytes: whole.length,
      etag: `${md5(Buffer.concat(etags.map((each) => Buffer.from(each, "hex"))))}-3`,
    });
    const across = await send("GET", storage.signGet("movie"), undefined, {
      range: `bytes=${FIVE_MIB - 10}-${FIVE_MIB + 9}`,
    });
    expect(across.bytes.equals(whole.subarray(FIVE_MIB - 10, FIVE_MIB + 10))).toBe(true);
    expect(await storage.openMultiparts()).toEqual([]);
  });
  it("takes a part again, and refuses a wrong ETag, a gap, a wrong order, small parts and an unknown id", async () => {
    const { uploadId, etags } = await open("again");
    expect((await send("PUT", storage.signPart("again", uploadId, 2), parts[1])).status).toBe(200);
    await expect(
      storage.completeMultipart("again", uploadId, [etags[0] ?? "", "0".repeat(32)]),
    ).rejects.toThrow(/could not be found/);
    await expect(storage.completeMultipart("again", "nothing", etags)).rejects.toThrow(/does not exist/);
    expect((await send("PUT", storage.signPart("again", uploadId, 10_001), parts[2])).code).toBe(
      "InvalidArgument",
    );
    expect((await send("PUT", storage.signPart("again", "nothing", 1), parts[2])).code).toBe("NoSuchUpload");
    await storage.abortMultipart("again", uploadId);
    await expect(storage.abortMultipart("again", uploadId)).rejects.toThrow(/does not exist/);
    const small = await storage.createMultipart("small");
    const tags = [md5(parts[2] ?? Buffer.alloc(0)), md5(parts[0] ?? Buffer.alloc(0))];
    await send("PUT", storage.signPart("small", small, 1), parts[2]);
    await send("PUT", storage.signPart("small", small, 2), parts[0]);
    await expect(storage.completeMultipart("small", small, tags)).rejects.toThrow(/smaller than the minimum/);
  });
  it("and its objects are still there when the folder is opened again, half-done ones too", async () => {
    const { uploadId, etags } = await open("later");
    const other = await createLocalStorage({ dir, origin: () => "http://127.0.0.1:1", nowMs: () => nowMs });
    expect((await other.stat("movie"))?.sizeBytes).toBe(FIVE_MIB * 2 + 1234);
    await other.completeMultipart("later", uploadId, etags);
    expect((await other.stat("later"))?.sizeBytes).toBe(FIVE_MIB * 2 + 1234);
  });
});
