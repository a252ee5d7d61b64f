import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRemoteStorage } from "../../src/sandbox/storage/remote-storage.ts";
import type { ObjectStorage } from "../../src/sandbox/types.ts";
import { Bucket } from "./bucket.ts";
import { composite, md5 } from "./program.ts";

const FIVE_MIB = 5 * 1024 * 1024;

let bucket: Bucket;
let storage: ObjectStorage;
beforeAll(async () => {
  bucket = await Bucket.make();
  storage = createRemoteStorage({ ...bucket.server, bucket: bucket.name, nowMs: Date.now });
});
afterAll(() => bucket?.remove());

const put = (url: string, body: Uint8Array) => fetch(url, { method: "PUT", body });

describe("the sandbox's own errands on a real S3", () => {
  it("knows the whole, the empty and the missing", async () => {
    const bytes = randomBytes(100_000);
    const written = { sizeBytes: bytes.length, etag: md5(bytes) };
    expect(await storage.write("a/whole", bytes, "image/jpeg")).toEqual(written);
    expect(await storage.stat("a/whole")).toEqual(written);
    expect((await buffer(await storage.read("a/whole"))).equals(bytes)).toBe(true);
    const nothing = { sizeBytes: 0, etag: md5(Buffer.alloc(0)) };
    expect(await storage.write("a/empty", new Uint8Array(), "text/plain")).toEqual(nothing);
    expect(await storage.stat("a/empty")).toEqual(nothing);
    expect(await storage.stat("a/missing")).toBeNull();
    await expect(storage.read("a/missing")).rejects.toThrow("GET answered 404 NoSuchKey");
  });

  it.each(["ü \"'&<>%25?#+.mov", "tilde~*()!.mov", "back\\slash", "//twice"])(
    "signs for the key %s, and for its name and type",
    async (key) => {
      await storage.write(key, Buffer.from("hi"), "text/plain");
      expect(await bucket.keys()).toContain(key);
      const got = await fetch(storage.signGet(key, { name: key, contentType: "video/mp4" }));
      expect([got.status, got.headers.get("content-type"), await got.text()]).toEqual([
        200,
        "video/mp4",
        "hi",
      ]);
    },
  );

  it("opens, lists, completes and aborts multiparts", async () => {
    const bytes = randomBytes(FIVE_MIB + 9);
    const uploadId = await storage.createMultipart("m/ü&.mov");
    const parts = [bytes.subarray(0, FIVE_MIB), bytes.subarray(FIVE_MIB)];
    for (const [index, part] of parts.entries()) {
      const reply = await put(storage.signPart("m/ü&.mov", uploadId, index + 1), part);
      expect(reply.headers.get("etag")).toBe(`"${md5(part)}"`);
    }
    expect(await storage.openMultiparts()).toEqual([{ key: "m/ü&.mov", uploadId, parts: 2 }]);
    const wrong = storage.completeMultipart("m/ü&.mov", uploadId, ["0".repeat(32), "1".repeat(32)]);
    await expect(wrong).rejects.toThrow("POST answered 400 InvalidPart");
    await storage.completeMultipart("m/ü&.mov", uploadId, parts.map(md5));
    const etag = composite(bytes, FIVE_MIB);
    expect(await storage.stat("m/ü&.mov")).toEqual({ sizeBytes: bytes.length, etag });

    const other = await storage.createMultipart("m/other");
    await storage.abortMultipart("m/other", other);
    await expect(storage.abortMultipart("m/other", other)).rejects.toThrow("404 NoSuchUpload");
    expect((await put(storage.signPart("m/other", other, 1), Buffer.from("late"))).status).toBe(404);
    expect(await storage.openMultiparts()).toEqual([]);
  });

  it("is refused by the server where the time, the method or a byte of the URL is another", async () => {
    const late = createRemoteStorage({
      ...bucket.server,
      bucket: bucket.name,
      nowMs: () => Date.now() - 1_000_000,
    });
    expect((await fetch(late.signGet("a/whole"))).status).toBe(403);
    expect((await put(storage.signGet("a/whole"), Buffer.from("x"))).status).toBe(403);
    expect((await fetch(storage.signGet("a/whole").replace("/a/whole", "/a/empty"))).status).toBe(403);
  });
});
