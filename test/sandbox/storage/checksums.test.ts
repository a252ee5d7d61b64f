import { createHash, randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crc32c } from "../../../src/sandbox/storage/crc32c.ts";
import { StorageBench } from "./storage-bench.ts";

let bench: StorageBench;
beforeAll(async () => {
  bench = await StorageBench.start();
});
afterAll(() => bench.stop());

describe("crc32c", () => {
  it("gives the check value and the vectors of RFC 3720", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))).toBe(0x46dd794e);
  });
  it("is the same in pieces", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
        expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(crc32c(bytes));
      }),
    );
  });
});

const bytes = randomBytes(200_001);
const four = (sum: number): string => {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(sum);
  return out.toString("base64");
};
const RIGHT: Record<string, string> = {
  "x-amz-checksum-crc32": four(crc32(bytes)),
  "x-amz-checksum-crc32c": four(crc32c(bytes)),
  "x-amz-checksum-sha1": createHash("sha1").update(bytes).digest("base64"),
  "x-amz-checksum-sha256": createHash("sha256").update(bytes).digest("base64"),
  "content-md5": createHash("md5").update(bytes).digest("base64"),
};

describe.each(Object.keys(RIGHT))("%s, signed and sent", (header) => {
  const put = async (value: string) => {
    const headers = { [header]: value };
    return bench.send("PUT", await bench.sign("PUT", header, { headers }), bytes, headers);
  };
  it("wrong: nothing is kept", async () => {
    const other = Buffer.alloc(Buffer.from(RIGHT[header] ?? "", "base64").length).toString("base64");
    const reply = await put(other);
    expect([reply.status, reply.code]).toEqual([400, "BadDigest"]);
    expect(await bench.storage.stat(header)).toBeNull();
    expect(await readdir(join(bench.dir, "bytes"))).toEqual([]);
  });
  it("no checksum at all: refused as such", async () => {
    expect((await put("abc")).code).toBe(header === "content-md5" ? "InvalidDigest" : "InvalidRequest");
  });
  it("right: kept", async () => {
    expect((await put(RIGHT[header] ?? "")).status).toBe(200);
    expect(await bench.storage.stat(header)).toMatchObject({ sizeBytes: bytes.length });
    await bench.send("PUT", bench.storage.signPut(header), "");
    const left = await readdir(join(bench.dir, "bytes"));
    for (const name of left) expect(name).toMatch(/^[0-9a-f]{24}$/);
    await bench.stop();
    bench = await StorageBench.start();
  });
});

describe("where ETags are no MD5", () => {
  it("they look like an encrypted bucket's, and Content-MD5 is still checked", async () => {
    const kms = await StorageBench.start({ hashUploads: "none" });
    const url = kms.storage.signPut("x");
    const put = await kms.send("PUT", url, bytes, { "content-md5": RIGHT["content-md5"] ?? "" });
    expect(put.headers["etag"]).toMatch(/^"[0-9a-f]{32}-kms"$/);
    const wrong = await kms.send("PUT", url, bytes, { "content-md5": Buffer.alloc(16).toString("base64") });
    expect(wrong.code).toBe("BadDigest");
    const { uploadId, etags } = await kms.putParts("y", [bytes]);
    expect((await kms.complete("y", uploadId, etags)).status).toBe(200);
    expect((await kms.storage.stat("y"))?.etag).toMatch(/^[0-9a-f]{32}-1$/);
    await kms.stop();
  });
  it("bytes can be counted and dropped", async () => {
    const sink = await StorageBench.start({ discard: true });
    expect((await sink.send("PUT", sink.storage.signPut("x"), bytes)).status).toBe(200);
    expect(await sink.storage.stat("x")).toMatchObject({ sizeBytes: bytes.length });
    expect(await readdir(join(sink.dir, "bytes"))).toEqual([]);
    await sink.stop();
  });
});
