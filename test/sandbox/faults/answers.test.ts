import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { md5, StorageBench } from "../storage/storage-bench.ts";
import { BYTES, FaultBench, SIZE } from "./fault-bench.ts";

describe("an answer of the rule's own", () => {
  let bench: FaultBench;
  beforeAll(async () => {
    bench = await FaultBench.start();
  });
  beforeEach(() => bench.reset());
  afterAll(() => bench.kernel.close());

  it("comes once the body was read, with headers, after `skip` and as often as `times`", async () => {
    bench.kernel.faults.add({
      method: "put",
      path: "^/bucket/",
      part: 2,
      skip: 1,
      times: 2,
      status: 503,
      headers: { "retry-after": "1" },
      body: "<Error><Code>SlowDown</Code></Error>",
    });
    const replies: string[] = [];
    for (const query of ["partNumber=2", "partNumber=1", "part_number=2", "partNumber=2", "partNumber=2"]) {
      const reply = await fetch(`${bench.storage}/bucket/k?${query}`, { method: "PUT", body: BYTES });
      replies.push(`${reply.status} ${reply.headers.get("retry-after")} ${await reply.text()}`);
    }
    const slow = "503 1 <Error><Code>SlowDown</Code></Error>";
    expect(replies).toEqual(["201 null kept", "201 null kept", slow, slow, "201 null kept"]);
    expect(bench.kernel.faults.list()[0]).toMatchObject({ seen: 4, hits: 2 });
    const third = bench.kernel.log.entries()[2];
    expect(third).toMatchObject({ status: 503, bytesIn: SIZE, faultId: 1, partNumber: 2 });
  });

  it("can be slow, and can be cut", async () => {
    bench.kernel.faults.add([
      { status: 500, body: "no", latencyMs: 150 },
      { status: 200, body: "0123456789", truncateAfterBytes: 4 },
    ]);
    const started = performance.now();
    expect((await fetch(bench.site)).status).toBe(500);
    expect(performance.now() - started).toBeGreaterThan(140);
    await expect(fetch(bench.site).then((reply) => reply.text())).rejects.toThrow();
  });

  it("`always` does not end, and the first rule that fits is the one that acts", async () => {
    bench.kernel.faults.add([
      { surface: "rpc", status: 418, times: "always" },
      { surface: "site", status: 419, times: 1 },
    ]);
    const statuses: number[] = [];
    for (const path of ["/api3/json", "/upload/x", "/api/v1/", "/api/v1/", "/api3/json"])
      statuses.push((await fetch(`${bench.site}${path}`)).status);
    statuses.push((await fetch(`${bench.storage}/api3/json`)).status);
    expect(statuses).toEqual([418, 418, 419, 200, 418, 200]);
  });

  it("an expired bearer: the site's 401, only where there is a bearer", async () => {
    bench.kernel.faults.add({ expireToken: true });
    const bearer = { headers: { authorization: "Bearer x" } };
    expect((await fetch(`${bench.site}/api/v1/auth/access_token`)).status).toBe(200);
    expect((await fetch(bench.storage, bearer)).status).toBe(200);
    const reply = await fetch(`${bench.site}/api/v1/x`, bearer);
    const error = { id: expect.stringMatching(/^[0-9a-f]{32}$/), status: 401, code: 102 };
    const words = { title: "Unauthorized", source: null, detail: expect.any(String), meta: null };
    expect([reply.status, await reply.json()]).toEqual([401, { errors: [{ ...error, ...words }] }]);
    expect((await fetch(`${bench.site}/api/v1/x`, bearer)).status).toBe(200);
  });

  it("an expired URL of the site's own storage", async () => {
    bench.kernel.faults.add({ expireUrl: true });
    const reply = await fetch(`${bench.site}/x/_upload?signature=1`, { method: "PUT", body: "x" });
    expect([reply.status, bench.asked]).toEqual([403, 0]);
  });

  it("without a rule nothing is put between", async () => {
    const { origin } = await bench.kernel.listen("site", 0, [
      async (req, res) => {
        const own = ["write", "end", "writeHead", "setHeader"].filter((name) => Object.hasOwn(res, name));
        res.end(JSON.stringify([own, Object.hasOwn(req, "_read")]));
        return true;
      },
    ]);
    expect(await (await fetch(origin)).json()).toEqual([[], false]);
  });
});

describe("faults that the storage acts out", () => {
  let bench: StorageBench;
  beforeAll(async () => {
    bench = await StorageBench.start();
  });
  beforeEach(() => bench.kernel.faults.clear());
  afterAll(() => bench.stop());

  it("a right ETag for bytes that are gone: object, part, and what a site took for it", async () => {
    bench.kernel.faults.add({ storeNothing: true, times: 2 });
    const put = await bench.send("PUT", bench.storage.signPut("gone"), BYTES);
    expect([put.status, put.headers["etag"]]).toEqual([200, `"${md5(BYTES)}"`]);
    expect(await bench.storage.stat("gone")).toBeNull();
    const { uploadId, etags } = await bench.putParts("movie", [BYTES]);
    expect(etags).toEqual([md5(BYTES)]);
    expect((await bench.complete("movie", uploadId, etags)).code).toBe("InvalidPart");

    const site = await bench.kernel.listen("site", 0, [
      async (req, res) => {
        res.end((await bench.storage.write("over the site", req, "image/png")).etag);
        return true;
      },
    ]);
    bench.kernel.faults.add({ storeNothing: true });
    const url = `${site.origin}/x/_upload?signature=1`;
    expect((await bench.send("PUT", url, BYTES)).bytes.toString()).toBe(md5(BYTES));
    expect(await bench.storage.stat("over the site")).toBeNull();
    await bench.send("PUT", url, BYTES);
    expect(await bench.storage.stat("over the site")).toMatchObject({ sizeBytes: SIZE });
  });

  it("an expired URL: 403 as XML, and the same URL is good again after", async () => {
    bench.kernel.faults.add({ expireUrl: true });
    const url = bench.storage.signPut("expired");
    const put = await bench.send("PUT", url, BYTES);
    expect([put.status, put.code]).toEqual([403, "AccessDenied"]);
    expect(put.bytes.toString()).toContain("Request has expired");
    expect((await bench.send("PUT", url, BYTES)).status).toBe(200);
  });

  it("a lost reply to a completion: it was done, and completing again says so", async () => {
    const { uploadId, etags } = await bench.putParts("lost", [BYTES]);
    bench.kernel.faults.add({ method: "POST", loseReply: true });
    await expect(bench.complete("lost", uploadId, etags)).rejects.toThrow();
    expect(await bench.storage.stat("lost")).toMatchObject({ sizeBytes: SIZE });
    expect((await bench.complete("lost", uploadId, etags)).status).toBe(200);
  });

  it("a cut, a flipped byte and a short end leave the storage as S3 would be", async () => {
    bench.kernel.faults.add([
      { method: "PUT", resetAfterBytes: 1000 },
      { method: "PUT", corruptAtByte: 1000 },
    ]);
    const url = bench.storage.signPut("cut");
    await expect(bench.send("PUT", url, BYTES)).rejects.toThrow();
    expect(await bench.storage.stat("cut")).toBeNull();
    const base64 = Buffer.from(md5(BYTES), "hex").toString("base64");
    expect((await bench.send("PUT", url, BYTES, { "content-md5": base64 })).code).toBe("BadDigest");
    expect((await bench.send("PUT", url, BYTES, { "content-md5": base64 })).status).toBe(200);
    bench.kernel.faults.add({ method: "GET", truncateAfterBytes: 5, lie: true });
    const short = await bench.send("GET", bench.storage.signGet("cut"), null, { range: "bytes=10-99" });
    expect([short.status, short.headers["content-range"]]).toEqual([206, `bytes 10-99/${SIZE}`]);
    expect(short.bytes.equals(BYTES.subarray(10, 15))).toBe(true);
  });

  it("a large answer is cut at the very byte", async () => {
    const large = Buffer.concat(Array.from({ length: 60 }, () => BYTES));
    await bench.storage.write("large", large, "video/mp4");
    const resetAfterBytes = 20_000_001;
    bench.kernel.faults.add({ method: "GET", resetAfterBytes });
    const reply = await fetch(bench.storage.signGet("large"));
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of reply.body ?? []) seen += (chunk as Uint8Array).length;
    })();
    await expect(reading).rejects.toThrow();
    expect(seen).toBe(resetAfterBytes);
  });
});
