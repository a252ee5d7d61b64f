/**
 * What a real S3 answers to presigned requests, row by row: the sandbox's own storage must answer so, since the transfer
 * engine is proved against it.
 */
import { createHash, randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawPeer } from "../sandbox/kernel/raw-peer.ts";
import { composite, FIVE_MIB, md5, StorageBench } from "../sandbox/storage/storage-bench.ts";

let bench: StorageBench;
beforeAll(async () => {
  bench = await StorageBench.start();
});
afterAll(() => bench.stop());

const bytes = randomBytes(300_000);
const wrongMd5 = { "content-md5": Buffer.alloc(16).toString("base64") };

describe("putting an object", () => {
  it("by a presigned PUT, its ETag is the MD5", async () => {
    const put = await bench.send("PUT", bench.storage.signPut("a/b c+d.mov"), bytes, {
      "content-md5": createHash("md5").update(bytes).digest("base64"),
      "content-type": "video/quicktime",
    });
    expect([put.status, put.headers["etag"], put.bytes.length]).toEqual([200, `"${md5(bytes)}"`, 0]);
    const got = await bench.send("GET", bench.storage.signGet("a/b c+d.mov"));
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(got.headers).toMatchObject({
      etag: `"${md5(bytes)}"`,
      "content-type": "video/quicktime",
      "accept-ranges": "bytes",
      "last-modified": new Date(bench.nowMs).toUTCString(),
      date: expect.any(String),
      server: "AmazonS3",
      "x-amz-request-id": expect.stringMatching(/^[0-9A-F]{16}$/),
    });
  });

  it("with a wrong Content-MD5: 400 BadDigest, object and part alike, and nothing is stored", async () => {
    const put = await bench.send("PUT", bench.storage.signPut("bad"), bytes, wrongMd5);
    expect([put.status, put.code]).toEqual([400, "BadDigest"]);
    expect(await bench.storage.stat("bad")).toBeNull();
    const uploadId = await bench.storage.createMultipart("bad");
    const part = await bench.send("PUT", bench.storage.signPart("bad", uploadId, 1), bytes, wrongMd5);
    expect([part.status, part.code]).toEqual([400, "BadDigest"]);
    expect((await bench.complete("bad", uploadId, [md5(bytes)])).code).toBe("InvalidPart");
    await bench.storage.abortMultipart("bad", uploadId);
  });

  it.each(["sha256", "crc32c"])("with an unsigned x-amz-checksum-%s: refused", async (name) => {
    const put = await bench.send("PUT", bench.storage.signPut("unsigned"), bytes, {
      [`x-amz-checksum-${name}`]: Buffer.alloc(name === "sha256" ? 32 : 4).toString("base64"),
    });
    expect([put.status, put.code]).toEqual([403, "AccessDenied"]);
    expect(put.bytes.toString()).toContain("headers present in the request which were not signed");
    expect(await bench.storage.stat("unsigned")).toBeNull();
  });

  it("that ends before its length: nothing is stored", async () => {
    const peer = new RawPeer(bench.origin);
    peer.ask("PUT", bench.storage.signPut("short"), ["Content-Length: 1000"]);
    peer.send("x".repeat(400));
    peer.hangUp();
    const short = () => bench.kernel.log.entries().find((entry) => entry.path.endsWith("/short"));
    await expect.poll(short).toMatchObject({ aborted: true, status: 0, bytesIn: 400 });
    expect(await bench.storage.stat("short")).toBeNull();
    const kept = await bench.storage.localFile("a/b c+d.mov");
    await expect.poll(() => readdir(join(bench.dir, "bytes"))).toEqual([basename(kept.path)]);
    await kept.release();
  });

  it("that is refused is read to its end first, so that the sender gets the answer", async () => {
    const large = randomBytes(20_000_000);
    bench.kernel.log.clear();
    const put = await bench.send("PUT", `${bench.origin}/sg-media/x`, large);
    expect([put.status, put.code]).toEqual([403, "AccessDenied"]);
    await expect.poll(() => bench.kernel.log.entries()[0]).toMatchObject({ bytesIn: large.length });
  });

  it("without a length, in chunks: 411", async () => {
    const peer = new RawPeer(bench.origin);
    peer.ask("PUT", bench.storage.signPut("chunked"), ["Transfer-Encoding: chunked", "Connection: close"]);
    peer.send("3\r\nabc\r\n0\r\n\r\n");
    expect(await peer.ended).toBe("end");
    expect(peer.head).toMatch(/^HTTP\/1.1 411 /);
    expect(peer.body.toString()).toContain("<Code>MissingContentLength</Code>");
    expect(await bench.storage.stat("chunked")).toBeNull();
  });
});

describe("the signature", () => {
  it("tampered with, or expired: 403 and 403", async () => {
    const url = bench.storage.signPut("x");
    const tampered = url.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    const refused = await bench.send("PUT", tampered, bytes);
    expect([refused.status, refused.code]).toEqual([403, "SignatureDoesNotMatch"]);
    bench.nowMs += 901_000;
    const late = await bench.send("PUT", url, bytes);
    expect([late.status, late.code]).toEqual([403, "AccessDenied"]);
    expect(late.bytes.toString()).toContain("Request has expired");
    expect(await bench.storage.stat("x")).toBeNull();
  });

  it("of a GET does not do for HEAD: 403 with no body", async () => {
    const head = await bench.send("HEAD", bench.storage.signGet("a/b c+d.mov"));
    expect([head.status, head.bytes.length]).toEqual([403, 0]);
    const own = await bench.send("HEAD", await bench.sign("HEAD", "a/b c+d.mov"));
    expect([own.status, own.headers["content-length"]]).toEqual([200, "300000"]);
  });

  it("missing: 403; beside an Authorization header: 400", async () => {
    expect((await bench.send("GET", `${bench.origin}/sg-media/x`)).code).toBe("AccessDenied");
    const both = await bench.send("PUT", bench.storage.signPut("x"), bytes, { authorization: "Bearer abc" });
    expect([both.status, both.code]).toEqual([400, "InvalidArgument"]);
    expect(both.bytes.toString()).toContain("Only one auth mechanism allowed");
  });
});

describe("a multipart", () => {
  const parts = [randomBytes(FIVE_MIB), randomBytes(FIVE_MIB), randomBytes(1234)];

  it("takes parts in parallel, a part again, and answers the composite ETag; completed again, the same", async () => {
    const { uploadId, etags } = await bench.putParts("movie", parts);
    expect(etags).toEqual(parts.map(md5));
    const other = randomBytes(FIVE_MIB);
    await bench.send("PUT", bench.storage.signPart("movie", uploadId, 2), other);
    const now = [parts[0], other, parts[2]].map((part) => part ?? Buffer.alloc(0));
    const stale = await bench.complete("movie", uploadId, etags);
    expect([stale.status, stale.code]).toEqual([400, "InvalidPart"]);
    for (const _time of ["first", "again"]) {
      const done = await bench.complete("movie", uploadId, now.map(md5));
      expect(done.status).toBe(200);
      expect(done.bytes.toString()).toContain(`<ETag>&#34;${composite(now)}&#34;</ETag>`);
    }
    const got = await bench.send("GET", bench.storage.signGet("movie"));
    expect(got.headers["etag"]).toBe(`"${composite(now)}"`);
    expect(got.bytes.equals(Buffer.concat(now))).toBe(true);
    expect(await bench.storage.openMultiparts()).toEqual([]);
  });

  it("is refused for what S3 refuses, and stays open", async () => {
    const { uploadId, etags } = await bench.putParts("refused", parts);
    const [a = "", b = "", c = ""] = etags;
    const code = async (tags: string[], first = 1) =>
      (await bench.complete("refused", uploadId, tags, first)).code;
    expect(await code([a, "0".repeat(32)])).toBe("InvalidPart");
    expect(await code([a, b, c, a])).toBe("InvalidPart");
    expect(await code([])).toBe("MalformedXML");
    const small = await bench.storage.createMultipart("small");
    await bench.send("PUT", bench.storage.signPart("small", small, 1), parts[2]);
    await bench.send("PUT", bench.storage.signPart("small", small, 2), parts[0]);
    expect((await bench.complete("small", small, [c, a])).code).toBe("EntityTooSmall");
    const order = `<CompleteMultipartUpload>${[2, 1].map((n) => `<Part><PartNumber>${n}</PartNumber><ETag>${[a, b][n - 1]}</ETag></Part>`).join("")}</CompleteMultipartUpload>`;
    const url = await bench.sign("POST", "refused", { query: { uploadId } });
    expect((await bench.send("POST", url, order)).code).toBe("InvalidPartOrder");
    const open = (await bench.storage.openMultiparts()).map(({ key, parts: count }) => [key, count]);
    expect(open).toEqual([
      ["refused", 3],
      ["small", 2],
    ]);
    const unknown = await bench.send("PUT", bench.storage.signPart("refused", "unknown", 1), bytes);
    expect([unknown.status, unknown.code]).toEqual([404, "NoSuchUpload"]);
    for (const number of [0, 10_001]) {
      const part = await bench.send("PUT", bench.storage.signPart("refused", uploadId, number), bytes);
      expect([part.status, part.code]).toEqual([400, "InvalidArgument"]);
    }
    expect((await bench.send("PUT", bench.storage.signPart("refused", uploadId, 10_000), bytes)).status).toBe(
      200,
    );
    const abort = await bench.sign("DELETE", "refused", { query: { uploadId } });
    expect((await bench.send("DELETE", abort)).status).toBe(204);
    expect((await bench.send("DELETE", abort)).code).toBe("NoSuchUpload");
  });
});
