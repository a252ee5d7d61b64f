import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRemoteStorage } from "../../../src/sandbox/storage/remote-storage.ts";
import type { SigningKey } from "../../../src/sandbox/storage/sigv4.ts";
import type { ObjectStorage } from "../../../src/sandbox/types.ts";
import { BUCKET, composite, FIVE_MIB, md5, StorageBench } from "./storage-bench.ts";

/** The built-in storage stands in for the real S3: it refuses what is not rightly signed. */
let bench: StorageBench;
let remote: ObjectStorage;
beforeAll(async () => {
  bench = await StorageBench.start();
  const key = JSON.parse(await readFile(join(bench.dir, "signing-key.json"), "utf8")) as SigningKey;
  remote = createRemoteStorage({ ...key, endpoint: bench.origin, bucket: BUCKET, nowMs: () => bench.nowMs });
});
afterAll(() => bench.stop());

describe("a storage elsewhere", () => {
  const bytes = randomBytes(3_000_000);

  it("signs URLs that it takes: put, get with name and type", async () => {
    expect((await bench.send("PUT", remote.signPut("a/ü.mov"), bytes)).status).toBe(200);
    const got = await bench.send(
      "GET",
      remote.signGet("a/ü.mov", { name: "ü.mov", contentType: "video/mp4" }),
    );
    expect([got.headers["content-type"], got.bytes.equals(bytes)]).toEqual(["video/mp4", true]);
  });

  it.each([
    ["bytes", bytes],
    ["a stream", Readable.from([bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)])],
  ])("keeps %s that the sandbox made, under their type", async (_what, body) => {
    const written = { sizeBytes: bytes.length, etag: md5(bytes) };
    expect(await remote.write("made", body, "image/jpeg")).toEqual(written);
    expect(await remote.stat("made")).toEqual(written);
    expect(md5(await buffer(await remote.read("made")))).toBe(written.etag);
    expect((await bench.send("GET", remote.signGet("made"))).headers["content-type"]).toBe("image/jpeg");
    const local = await remote.localFile("made");
    expect(md5(await readFile(local.path))).toBe(written.etag);
    await local.release();
    await expect(stat(local.path)).rejects.toThrow(/ENOENT/);
  });

  it("knows the empty and the missing", async () => {
    await remote.write("empty", new Uint8Array(), "text/plain");
    expect(await remote.stat("empty")).toMatchObject({ sizeBytes: 0 });
    expect(await remote.stat("missing")).toBeNull();
    await expect(remote.read("missing")).rejects.toThrow("GET answered 404 NoSuchKey");
  });

  it("opens, completes and aborts multiparts", async () => {
    const parts = [randomBytes(FIVE_MIB), randomBytes(9)];
    const uploadId = await remote.createMultipart("movie");
    for (const [index, part] of parts.entries())
      await bench.send("PUT", remote.signPart("movie", uploadId, index + 1), part);
    await expect(remote.completeMultipart("movie", uploadId, ["0".repeat(32)])).rejects.toThrow(
      "InvalidPart",
    );
    await remote.completeMultipart("movie", uploadId, parts.map(md5));
    expect(await remote.stat("movie")).toEqual({ sizeBytes: FIVE_MIB + 9, etag: composite(parts) });
    await remote.abortMultipart("other", await remote.createMultipart("other"));
    await expect(remote.abortMultipart("movie", uploadId)).rejects.toThrow(
      "DELETE answered 404 NoSuchUpload",
    );
  });

  it("says what was refused, with the storage's code", async () => {
    const own = { accessKeyId: "AKIAOTHER", secretAccessKey: "s", region: "us-east-1", bucket: BUCKET };
    const stranger = createRemoteStorage({ ...own, endpoint: bench.origin, nowMs: () => bench.nowMs });
    await expect(stranger.write("x", bytes, "image/png")).rejects.toThrow(
      "PUT answered 403 InvalidAccessKeyId",
    );
    await expect(stranger.stat("x")).rejects.toThrow("403");
  });
});

describe("answers that S3 gives and the built-in storage does not", () => {
  const serving = async (answer: (url: URL) => string, test: (storage: ObjectStorage) => Promise<void>) => {
    const server = createServer((req, res) => res.end(answer(new URL(req.url ?? "/", "http://x"))));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const key = { accessKeyId: "A", secretAccessKey: "S", region: "r", bucket: "b" };
    await test(createRemoteStorage({ ...key, endpoint, nowMs: () => 0 }));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };

  it("a refusal before the body was sent, and the end of the connection", async () => {
    const server = createServer((_req, res) => {
      res.writeHead(403, { connection: "close" });
      res.end("<Error><Code>AccessDenied</Code><Message></Message></Error>");
      res.once("finish", () => res.socket?.destroySoon());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const key = { accessKeyId: "A", secretAccessKey: "S", region: "r", bucket: "b" };
    const storage = createRemoteStorage({ ...key, endpoint, nowMs: () => 0 });
    await expect(storage.write("k", Buffer.alloc(20_000_000), "image/png")).rejects.toThrow(
      /^PUT answered 403 AccessDenied$/,
    );
    await new Promise((resolve) => server.close(resolve));
  });

  it("an empty object whose refused range names no ETag", async () => {
    const server = createServer((req, res) => {
      if (req.headers.range === undefined) res.writeHead(200, { etag: `"${md5(Buffer.alloc(0))}"` });
      else res.writeHead(416);
      res.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const key = { accessKeyId: "A", secretAccessKey: "S", region: "r", bucket: "b" };
    const storage = createRemoteStorage({ ...key, endpoint, nowMs: () => 0 });
    expect(await storage.stat("k")).toEqual({ sizeBytes: 0, etag: md5(Buffer.alloc(0)) });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    // And nobody there any more.
    const unreachable = { name: "StorageError", message: expect.stringMatching(/^It cannot be reached: ./) };
    await expect(storage.stat("k")).rejects.toMatchObject(unreachable);
    await expect(storage.write("k", Buffer.from("x"), "t/t")).rejects.toMatchObject(unreachable);
  });

  it("an error inside a completion's 200", () =>
    serving(
      () => "<Error><Code>InternalError</Code><Message>We failed</Message></Error>",
      async (storage) => {
        await expect(storage.completeMultipart("k", "u", ["e"])).rejects.toThrow(
          "Completing answered 200 InternalError We failed",
        );
      },
    ));

  it("a list of open multiparts in pages, keys with entities, parts in pages", () =>
    serving(
      ({ pathname, searchParams }) => {
        if (pathname === "/b" && !searchParams.has("key-marker"))
          return "<L><IsTruncated>true</IsTruncated><NextKeyMarker>a&amp;b</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker><Upload><Key>a&amp;b</Key><UploadId>1</UploadId></Upload></L>";
        if (pathname === "/b")
          return `<L><IsTruncated>false</IsTruncated><Upload><Key>after ${searchParams.get("key-marker")?.replace("&", "&#38;")}</Key><UploadId>2</UploadId></Upload></L>`;
        if (searchParams.get("uploadId") === "1" && !searchParams.has("part-number-marker"))
          return "<P><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker><Part><PartNumber>1</PartNumber></Part><Part><PartNumber>2</PartNumber></Part></P>";
        return searchParams.get("uploadId") === "1"
          ? "<P><Part><PartNumber>3</PartNumber></Part></P>"
          : "<P></P>";
      },
      async (storage) =>
        expect(await storage.openMultiparts()).toEqual([
          { key: "a&b", uploadId: "1", parts: 3 },
          { key: "after a&b", uploadId: "2", parts: 0 },
        ]),
    ));
});
