import { randomBytes } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RawPeer } from "../kernel/raw-peer.ts";
import { composite, FIVE_MIB, md5, StorageBench } from "./storage-bench.ts";

let bench: StorageBench;
beforeEach(async () => {
  bench = await StorageBench.start();
});
afterEach(() => bench.stop());

const parts = [randomBytes(FIVE_MIB), randomBytes(77)];
const WHOLE = md5(Buffer.concat(parts));
const bytesLeft = () => readdir(join(bench.dir, "bytes"));

describe("a folder that is opened again", () => {
  it("holds objects, open multiparts with their parts, and URLs that were signed before", async () => {
    await bench.storage.write("object", randomBytes(9), "video/mp4");
    const url = bench.storage.signGet("object");
    const { uploadId, etags } = await bench.putParts("movie", parts);
    await bench.reopen();
    expect((await bench.send("GET", url)).headers["content-type"]).toBe("video/mp4");
    expect(await bench.storage.openMultiparts()).toEqual([{ key: "movie", uploadId, parts: 2 }]);
    await bench.storage.completeMultipart("movie", uploadId, etags);
    const size = FIVE_MIB + 77;
    expect(await bench.storage.stat("movie")).toEqual({ sizeBytes: size, etag: composite(parts) });
  });

  it("still answers a completion that was done before the kill", async () => {
    const { uploadId, etags } = await bench.putParts("movie", parts);
    await bench.storage.completeMultipart("movie", uploadId, etags);
    await bench.reopen();
    const again = await bench.complete("movie", uploadId, etags);
    expect([again.status, again.bytes.toString()]).toEqual([200, expect.stringContaining(composite(parts))]);
    await expect(bench.storage.abortMultipart("movie", uploadId)).rejects.toThrow(/does not exist/);
    expect(md5(await buffer(await bench.storage.read("movie")))).toBe(WHOLE);
  });

  it("after a kill between the object and the clearing away has the object, and no open multipart", async () => {
    const { uploadId, etags } = await bench.putParts("movie", parts);
    const folder = join(bench.dir, "multiparts", uploadId);
    const asItWas = join(bench.dir, "as-it-was");
    await cp(folder, asItWas, { recursive: true });
    await bench.storage.completeMultipart("movie", uploadId, etags);
    await cp(asItWas, folder, { recursive: true });
    await bench.reopen();
    expect(await bench.storage.openMultiparts()).toEqual([]);
    expect(md5(await buffer(await bench.storage.read("movie")))).toBe(WHOLE);
    expect(await readdir(join(bench.dir, "multiparts"))).toEqual([]);
  });

  it("has lost what was half written, and nothing else", async () => {
    await bench.storage.write("object", Buffer.from("kept"), "text/plain");
    const peer = new RawPeer(bench.origin);
    peer.ask("PUT", bench.storage.signPut("half"), ["Content-Length: 1000", "Expect: 100-continue"]);
    await peer.until(({ received }) => received.includes("100 Continue"));
    await expect.poll(async () => (await bytesLeft()).length).toBe(2);
    await writeFile(join(bench.dir, "objects", "0.json.abc.tmp"), "{");
    await mkdir(join(bench.dir, "multiparts", "begun"));
    await bench.reopen();
    expect(await bytesLeft()).toHaveLength(1);
    expect(await readdir(join(bench.dir, "objects"))).toHaveLength(1);
    expect(await readdir(join(bench.dir, "multiparts"))).toEqual([]);
    expect(await buffer(await bench.storage.read("object"))).toEqual(Buffer.from("kept"));
    peer.hangUp();
    await peer.ended;
  });

  it("is refused when something in it cannot be read", async () => {
    await bench.storage.write("object", Buffer.from("kept"), "text/plain");
    const [name = ""] = await readdir(join(bench.dir, "objects"));
    await writeFile(join(bench.dir, "objects", name), "{");
    await expect(bench.reopen()).rejects.toThrow(name);
  });

  it("keeps its key to its owner", async () => {
    const path = join(bench.dir, "signing-key.json");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const before = await readFile(path, "utf8");
    await bench.reopen();
    expect(await readFile(path, "utf8")).toBe(before);
  });
});

describe("an object that is replaced", () => {
  it("is what it was for whoever reads it, and then its bytes go", async () => {
    const { uploadId, etags } = await bench.putParts("movie", parts);
    await bench.storage.completeMultipart("movie", uploadId, etags);
    const reading = await bench.storage.read("movie");
    const local = await bench.storage.localFile("movie");
    await bench.storage.write("movie", Buffer.from("new"), "text/plain");
    expect(md5(await buffer(reading))).toBe(WHOLE);
    expect(md5(await readFile(local.path))).toBe(WHOLE);
    await local.release();
    await expect(stat(local.path)).rejects.toThrow(/ENOENT/);
    await expect.poll(bytesLeft).toHaveLength(1);
  });

  it("stays while its own file is lent out", async () => {
    await bench.storage.write("still", Buffer.from("one"), "text/plain");
    const local = await bench.storage.localFile("still");
    await bench.storage.write("still", Buffer.from("two"), "text/plain");
    expect(await readFile(local.path, "utf8")).toBe("one");
    await local.release();
    await local.release();
    await expect(readFile(local.path)).rejects.toThrow(/ENOENT/);
    expect(await buffer(await bench.storage.read("still"))).toEqual(Buffer.from("two"));
  });

  it("stays for one reader when another lets go twice", async () => {
    await bench.storage.write("shared", Buffer.from("one"), "text/plain");
    const [a, b] = [await bench.storage.localFile("shared"), await bench.storage.localFile("shared")];
    await bench.storage.write("shared", Buffer.from("two"), "text/plain");
    await a.release();
    await a.release();
    expect(await readFile(b.path, "utf8")).toBe("one");
    await b.release();
    await expect(readFile(b.path)).rejects.toThrow(/ENOENT/);
  });

  it("by many at once is one of them, and no bytes are left over", async () => {
    const all = Array.from({ length: 20 }, (_, index) => Buffer.alloc(1000, index));
    await Promise.all(all.map((bytes) => bench.send("PUT", bench.storage.signPut("contended"), bytes)));
    const kept = await buffer(await bench.storage.read("contended"));
    expect((await bench.storage.stat("contended"))?.etag).toBe(md5(kept));
    expect(await bytesLeft()).toHaveLength(1);
    await bench.reopen();
    expect(await buffer(await bench.storage.read("contended"))).toEqual(kept);
  });
});

describe("a part whose multipart is aborted meanwhile", () => {
  it("is refused when it is in, and leaves nothing", async () => {
    const uploadId = await bench.storage.createMultipart("gone");
    const peer = new RawPeer(bench.origin);
    const url = bench.storage.signPart("gone", uploadId, 1);
    peer.ask("PUT", url, ["Content-Length: 5", "Expect: 100-continue", "Connection: close"]);
    await peer.until(({ received }) => received.includes("100 Continue"));
    await expect.poll(async () => (await bytesLeft()).length).toBe(1);
    await bench.storage.abortMultipart("gone", uploadId);
    peer.send("12345");
    expect(await peer.ended).toBe("end");
    expect(peer.received.toString()).toContain("<Code>NoSuchUpload</Code>");
    expect(await bytesLeft()).toEqual([]);
  });

  it("a disk that fails is an error of the storage's, and the connection lives", async () => {
    await rm(join(bench.dir, "bytes"), { recursive: true });
    const put = await bench.send("PUT", bench.storage.signPut("x"), parts[0]);
    expect([put.status, put.code]).toEqual([500, "InternalError"]);
    expect(bench.kernel.log.entries()[0]).toMatchObject({ status: 500, aborted: false });
  });
});
