import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Site } from "../e2e/harness.ts";
import { Bucket } from "./bucket.ts";
import { composite, hasAccepted, runWatched } from "./program.ts";

const MIB = 1024 * 1024;
const SIZE = 90_000_000;
/** What the first range takes: more than that is in only when a range came to its end. */
const FIRST_RANGE = 32 * MIB;

let bucket: Bucket;
let site: Site;
let bytes: Buffer;
let key: string;
beforeAll(async () => {
  bucket = await Bucket.make();
  site = await Site.launch({ ...bucket.launch, silent: true });
  bytes = randomBytes(SIZE);
  const path = await site.file("movie.bin", bytes);
  const up = await site.run(["upload", path, "--version", "23404", "--json"]);
  expect(up.json.error).toBeNull();
  key = await bucket.keyOf("movie.bin");
});
afterAll(async () => {
  await site?.stop();
  await bucket?.remove();
});

const into = (folder: string) => ["download", "--version", "23404", "-o", `${folder}/back.bin`];
const back = (folder: string) => readFile(join(site.folder, folder, "back.bin"));
const left = async (folder: string) => readdir(join(site.folder, folder)).catch(() => []);

it("comes in ranges at once, and its composite ETag is what was written", async () => {
  const down = await site.run([...into("ranges"), "-v", "--progress", "none", "--json"]);
  expect(down.json.results[0].checksum).toMatchObject({
    kind: "composite",
    etag: composite(bytes, 16 * MIB),
  });
  expect((await back("ranges")).equals(bytes)).toBe(true);
  expect(down.stderr.match(/GET .* 206 /g)?.length).toBeGreaterThanOrEqual(4);
});

it("goes on after a SIGKILL from the ranges that were whole", async () => {
  const slow = ["--part-jobs", "1", "--limit-rate", "30MB/s"];
  const run = await runWatched(site, [...into("killed"), ...slow], (event, kill) => {
    if (hasAccepted(event, FIRST_RANGE + 20_000_000)) kill();
  });
  expect(run.signal).toBe("SIGKILL");
  expect(await left("killed")).not.toContain("back.bin");
  const next = await runWatched(site, into("killed"));
  expect(next.code).toBe(0);
  const resumed = next.events.find(({ event }) => event === "resumed");
  expect(resumed.acceptedBytes).toBeGreaterThanOrEqual(FIRST_RANGE);
  expect(next.json.results[0].checksum.kind).toBe("composite");
  expect((await back("killed")).equals(bytes)).toBe(true);
  expect(await left("killed")).toEqual(["back.bin"]);
});

it("begins again when the object is replaced on the way, and never mixes the two", async () => {
  const other = randomBytes(SIZE);
  let replaced = false;
  const slow = ["--part-jobs", "2", "--limit-rate", "30MB/s"];
  const run = await runWatched(site, [...into("replaced"), ...slow], async (event) => {
    if (replaced || !hasAccepted(event, 5_000_000)) return;
    replaced = true;
    await bucket.put(key, other);
  });
  expect([replaced, run.code]).toEqual([true, 0]);
  expect(run.events.some(({ text }) => /Starting over .* 412/.test(text ?? ""))).toBe(true);
  expect(run.json.results[0].checksum.kind).toBe("md5");
  expect((await back("replaced")).equals(other)).toBe(true);
});

it("leaves nothing when the object goes on the way", async () => {
  let removed = false;
  const slow = ["--part-jobs", "2", "--limit-rate", "30MB/s"];
  const run = await runWatched(site, [...into("removed"), ...slow], async (event) => {
    if (removed || !hasAccepted(event, 5_000_000)) return;
    removed = true;
    await bucket.delete(key);
  });
  expect([removed, run.code, run.json.error.code]).toEqual([true, 5, "E_MEDIA_MISSING"]);
  expect(run.json.error.why).toContain("404 NoSuchKey");
  expect(await left("removed")).toEqual([]);
});
