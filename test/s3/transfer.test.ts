import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASSETS, Site, sha256 } from "../e2e/harness.ts";
import { Bucket } from "./bucket.ts";
import { composite, hasAccepted, md5, runWatched } from "./program.ts";

const MIB = 1024 * 1024;

let bucket: Bucket;
let site: Site;
beforeAll(async () => {
  bucket = await Bucket.make();
  site = await Site.launch({ ...bucket.launch, silent: true });
});
afterAll(async () => {
  await site?.stop();
  await bucket?.remove();
});

const version = ["--version", "23404"];
const transfers = () => readdir(join(site.folder, "state", "transfers")).catch(() => []);

async function nothingIsLeft(): Promise<void> {
  expect(await bucket.uploads()).toEqual([]);
  expect(await transfers()).toEqual([]);
}

describe("upload", () => {
  it("a small file in one PUT, read back", async () => {
    const bytes = randomBytes(400_000);
    const path = await site.file("small.bin", bytes);
    const up = await site.run(["upload", path, ...version, "--attach", "--verify", "--json"]);
    expect(up.json.results[0]).toMatchObject({ ok: true, verified: true, parts: { count: 1, sent: 1 } });
    const stored = await bucket.get(await bucket.keyOf("small.bin"));
    expect([stored.etag, stored.bytes.equals(bytes)]).toEqual([md5(bytes), true]);
  });

  it("45 MB in parts, and not again: the composite ETag says that they are there", async () => {
    const bytes = randomBytes(45_000_000);
    const path = await site.file("big.bin", bytes);
    const up = await site.run(["upload", path, ...version, "--verify", "--json"]);
    expect(up.json.results[0]).toMatchObject({ verified: true, parts: { count: 3, sent: 3, resumed: 0 } });
    const key = await bucket.keyOf("big.bin");
    const stored = await bucket.get(key);
    expect([stored.etag, stored.bytes.equals(bytes)]).toEqual([composite(bytes, 16 * MIB), true]);
    const again = await site.run(["upload", path, ...version, "--if-exists", "skip", "--json"]);
    expect(again.json.results[0]).toMatchObject({
      skipped: true,
      attachment: { id: up.json.results[0].attachment.id },
      parts: { sent: 0 },
    });
    bytes.writeUInt8(bytes.readUInt8(44_999_999) ^ 1, 44_999_999);
    const other = await site.run(["upload", await site.file("big.bin", bytes), ...version, "--json"]);
    expect(other.json.results[0]).toMatchObject({ skipped: false, parts: { count: 3, sent: 3 } });
    await nothingIsLeft();
  });

  it("standard input, of a length that nobody knew", async () => {
    const bytes = randomBytes(45_000_000);
    const named = ["--name", "piped.bin", ...version, "--attach", "--verify", "--json"];
    const up = await site.run(["upload", "-", ...named], { input: bytes });
    expect(up.json.results[0]).toMatchObject({ ok: true, sizeBytes: bytes.length, verified: true });
    const stored = await bucket.get(await bucket.keyOf("piped.bin"));
    expect([stored.bytes.equals(bytes), stored.etag]).toEqual([true, expect.stringMatching(/-\d+$/)]);
    await nothingIsLeft();
  });

  it.each([".", ".."])("standard input under the name %s, which no URL can hold", async (name) => {
    const named = ["--name", name, ...version, "--attach", "--verify", "--json"];
    const up = await site.run(["upload", "-", ...named], { input: randomBytes(2000) });
    expect(up.json.results[0]).toMatchObject({ ok: true, sizeBytes: 2000, verified: true });
  });

  it.each([
    "Noëlご🎬.mov",
    "a b#%&'+=;,@:.mov",
    'its "quoted" (1)*~!.mov',
    "50%25 %2F<x>.mov",
    "-dash.mov",
    `${"n".repeat(196)}.mov`,
  ])("the name %s, both ways and in Content-Disposition", async (name) => {
    const path = await site.file(name, randomBytes(40_000));
    const up = await site.run(["upload", "--version", "23426", "--attach", "--json", "--", path]);
    expect(up.json.results[0]).toMatchObject({ ok: true, attachment: { name } });
    const id = String(up.json.results[0].attachment.id);
    const folder = join(site.folder, `names-${id}`);
    const down = await site.run(["download", "--attachment", id, "-o", `${folder}/`, "--json"]);
    expect(down.json.error).toBeNull();
    expect(await sha256(down.json.results[0].output)).toBe(await sha256(path));
    const served = await fetch(`${site.ready.site}/file_serve/attachment/${id}`);
    const disposition = served.headers.get("content-disposition") ?? "";
    expect(decodeURIComponent(disposition.split("filename*=UTF-8''")[1] ?? "")).toBe(name);
    await served.arrayBuffer();
  });
});

describe("killed uploads", () => {
  const PART = 5 * MIB;
  const slow = ["--part-size", "5MiB", "--part-jobs", "1", "--limit-rate", "15MB/s"];

  /** SIGKILL once at least two of nine parts are in. */
  async function killed(name: string): Promise<{ path: string; bytes: Buffer }> {
    const bytes = randomBytes(45_000_000);
    const path = await site.file(name, bytes);
    const run = await runWatched(site, ["upload", path, ...version, ...slow], (event, kill) => {
      if (hasAccepted(event, 2 * PART)) kill();
    });
    expect(run.signal).toBe("SIGKILL");
    expect(await bucket.uploads()).toHaveLength(1);
    return { path, bytes };
  }

  it("go on from the parts that the storage has", async () => {
    const { path, bytes } = await killed("resumed.bin");
    const report = await fetch(`${site.ready.site}/_sandbox/multiparts`);
    const listed = (await report.json()) as { parts: number }[];
    expect(listed[0]?.parts).toBeGreaterThanOrEqual(2);
    const up = await site.run(["upload", path, ...version, "--part-size", "5MiB", "--json"]);
    const { parts } = up.json.results[0];
    expect(parts).toMatchObject({ count: 9, sent: 9 - parts.resumed });
    expect(parts.resumed).toBeGreaterThanOrEqual(2);
    const stored = await bucket.get(await bucket.keyOf("resumed.bin"));
    expect([stored.etag, stored.bytes.equals(bytes)]).toEqual([composite(bytes, PART), true]);
    await nothingIsLeft();
  });

  it("are closed on the storage by abort", async () => {
    await killed("given-up.bin");
    const aborted = await site.run(["abort", "--all", "--json"]);
    expect(aborted.json.results).toMatchObject([{ ok: true, aborted: true }]);
    await nothingIsLeft();
    expect((await bucket.keys()).some((key) => key.endsWith("/given-up.bin"))).toBe(false);
  });

  it("begin again where the storage has forgotten them", async () => {
    const { path, bytes } = await killed("forgotten.bin");
    for (const upload of await bucket.uploads()) await bucket.abort(upload);
    const up = await site.run(["upload", path, ...version, "--part-size", "5MiB", "--json"]);
    expect(up.json.results[0]).toMatchObject({ ok: true, parts: { count: 9 } });
    const stored = await bucket.get(await bucket.keyOf("forgotten.bin"));
    expect([stored.etag, stored.bytes.equals(bytes)]).toEqual([composite(bytes, PART), true]);
    await nothingIsLeft();
  });
});

describe("what the sandbox makes itself", () => {
  it("a movie is transcoded from the bucket into the bucket", async () => {
    const movie = join(ASSETS, "shot.mov");
    const up = await site.run(["upload", movie, ...version, "--wait=100", "--json"]);
    expect(up.json.error).toBeNull();
    const at = ["-o", "made/", "--json"];
    const mp4 = await site.run(["download", ...version, "--rendition", "mp4", ...at]);
    expect((await readFile(mp4.json.results[0].output)).subarray(4, 8).toString()).toBe("ftyp");
    const thumb = await site.run(["thumb", ...version, "--wait=60", ...at]);
    expect(thumb.json.results[0]).toMatchObject({ ok: true, format: "jpeg" });
  });

  it.each(["original", "mp4", "thumb", "full", "filmstrip"])("the seed's %s is there", async (rendition) => {
    const args = ["download", "--version", "23425", "--rendition", rendition, "-o", `seed-${rendition}`];
    const down = await site.run([...args, "--wait=60", "--json"]);
    expect(down.json.error).toBeNull();
    const [{ output, checksum }] = down.json.results;
    const bytes = await readFile(output);
    expect(checksum).toMatchObject({ kind: "md5", etag: md5(bytes) });
    expect(bytes.length).toBeGreaterThan(500);
  });
});
