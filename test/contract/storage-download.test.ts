import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FIVE_MIB, md5, StorageBench } from "../sandbox/storage/storage-bench.ts";

let bench: StorageBench;
const bytes = randomBytes(300_000);
beforeAll(async () => {
  bench = await StorageBench.start();
  await bench.storage.write("object", bytes, "video/mp4");
  await bench.storage.write("empty", new Uint8Array(), "text/plain");
});
afterAll(() => bench.stop());

const get = (headers: Record<string, string> = {}, key = "object") =>
  bench.send("GET", bench.storage.signGet(key), null, headers);

it.each([
  ["bytes=0-0", 206, "bytes 0-0/300000", 0, 1],
  ["bytes=299999-", 206, "bytes 299999-299999/300000", 299_999, 300_000],
  ["bytes=-10", 206, "bytes 299990-299999/300000", 299_990, 300_000],
  ["bytes=-9999999", 206, "bytes 0-299999/300000", 0, 300_000],
  ["bytes=100-199", 206, "bytes 100-199/300000", 100, 200],
  ["bytes=100-9999999", 206, "bytes 100-299999/300000", 100, 300_000],
  ["bytes=0-1,5-6", 200, undefined, 0, 300_000],
  ["bytes=9-3", 200, undefined, 0, 300_000],
  ["lines=0-1", 200, undefined, 0, 300_000],
])("the range %s is answered %i", async (range, status, contentRange, from, to) => {
  const got = await get({ range });
  expect([got.status, got.headers["content-range"]]).toEqual([status, contentRange]);
  expect(got.headers["content-length"]).toBe(String(to - from));
  expect(got.bytes.equals(bytes.subarray(from, to))).toBe(true);
});

it.each([
  ["object", "bytes=300000-", "bytes */300000"],
  ["object", "bytes=-0", "bytes */300000"],
  ["empty", "bytes=0-0", "bytes */0"],
])("of %s the range %s is answered 416", async (key, range, contentRange) => {
  const got = await get({ range }, key);
  expect([got.status, got.code, got.headers["content-range"]]).toEqual([416, "InvalidRange", contentRange]);
});

it("an empty object has no bytes and a length", async () => {
  const got = await get({}, "empty");
  expect([got.status, got.headers["content-length"], got.bytes.length]).toEqual([200, "0", 0]);
});

it.each([
  [{ "if-match": '"other"', range: "bytes=0-1" }, 412],
  [{ "if-match": `"${md5(bytes)}"`, range: "bytes=0-1" }, 206],
  [{ "if-match": `"other", "${md5(bytes)}"` }, 200],
  [{ "if-none-match": `"${md5(bytes)}"` }, 304],
  [{ "if-none-match": '"other"' }, 200],
  [{ "if-range": '"other"', range: "bytes=0-1" }, 200],
  [{ "if-range": `"${md5(bytes)}"`, range: "bytes=0-1" }, 206],
  [{ "if-range": new Date(Date.UTC(2026, 5, 1)).toUTCString(), range: "bytes=0-1" }, 206],
] as [Record<string, string>, number][])("%o is answered %i", async (headers, status) => {
  const got = await get(headers);
  expect(got.status).toBe(status);
  if (status === 304) expect([got.bytes.length, got.headers["etag"]]).toEqual([0, `"${md5(bytes)}"`]);
});

it("name and type are those that were signed", async () => {
  const url = bench.storage.signGet("object", { name: 'Noël\'s "ご".mov', contentType: "video/quicktime" });
  const got = await bench.send("GET", url);
  expect(got.headers["content-type"]).toBe("video/quicktime");
  expect(got.headers["content-disposition"]).toBe(
    "attachment; filename=\"No_l's ___.mov\"; filename*=UTF-8''No%C3%ABl%27s%20%22%E3%81%94%22.mov",
  );
  expect((await get()).headers["content-type"]).toBe("video/mp4");
});

it("a range goes across the parts of a multipart", async () => {
  const parts = [randomBytes(FIVE_MIB), randomBytes(FIVE_MIB), randomBytes(99)];
  const { uploadId, etags } = await bench.putParts("joined", parts);
  await bench.complete("joined", uploadId, etags);
  const whole = Buffer.concat(parts);
  for (const [start, end] of [
    [FIVE_MIB - 10, FIVE_MIB + 9],
    [FIVE_MIB - 1, FIVE_MIB * 2],
    [FIVE_MIB * 2, FIVE_MIB * 2],
  ] as const) {
    const got = await get({ range: `bytes=${start}-${end}` }, "joined");
    expect(got.bytes.equals(whole.subarray(start, end + 1))).toBe(true);
  }
});

it("what is not there: 404 for a key, for a bucket; 405 for what it does not do", async () => {
  expect((await get({}, "nothing")).code).toBe("NoSuchKey");
  const bucket = (await bench.sign("GET", "../other/x")).replace("/sg-media/../", "/");
  expect((await bench.send("GET", bucket)).status).toBe(403);
  expect((await bench.send("DELETE", await bench.sign("DELETE", "object"))).code).toBe("MethodNotAllowed");
  expect((await bench.send("GET", `${bench.origin}/sg-media/%zz`)).code).toBe("InvalidURI");
});
