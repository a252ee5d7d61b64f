import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ObjectStorage } from "../../src/sandbox/types.ts";
import { cleanEnv, PROGRAM } from "../e2e/harness.ts";
import { Bucket } from "./bucket.ts";
import { OwnSite } from "./own-site.ts";
import { runWatched } from "./program.ts";

/** How long a signed URL lives. */
const LIFE_MS = 900_000;
const MIB = 1024 * 1024;

let bucket: Bucket;
let site: OwnSite;
beforeAll(async () => {
  bucket = await Bucket.make();
  site = await OwnSite.start(bucket);
});
afterAll(async () => {
  await site?.stop();
  await bucket?.remove();
});
afterEach(() => {
  site.signer = site.right;
});

const version = ["--version", "23404"];

/** Signs everything the first time with one and from then on with the other. */
function firstThen(first: ObjectStorage, then: ObjectStorage): OwnSite["signer"] {
  const seen = new Set<string>();
  const pick = (what: string): ObjectStorage => {
    if (seen.has(what)) return then;
    seen.add(what);
    return first;
  };
  return {
    // A second URL for one PUT is for another key.
    signPut: (key) => pick("PUT").signPut(key),
    signPart: (key, uploadId, part) => pick(`${key} ${part}`).signPart(key, uploadId, part),
    signGet: (key, options) => pick(`GET ${key}`).signGet(key, options),
  };
}

describe("URLs that ran out", () => {
  const denied = (events: { event: string; why?: string }[]) =>
    events.filter(({ event, why }) => event === "retry" && /answered 403/.test(why ?? "")).length;

  it.each([
    ["one PUT", 300_000, 1],
    ["parts", 20_000_000, 2],
  ])("are signed anew: upload in %s", async (what, size, urls) => {
    const bytes = randomBytes(size);
    const path = await site.file(`stale ${what}.bin`, bytes);
    site.signer = firstThen(site.signing({ behindMs: LIFE_MS + 60_000 }), site.right);
    const run = await runWatched(site, ["upload", path, ...version, "--attach"]);
    expect([run.code, denied(run.events)]).toEqual([0, urls]);
    const stored = await bucket.get(await bucket.keyOf(`stale ${what}.bin`));
    expect(stored.bytes.equals(bytes)).toBe(true);
    expect(await bucket.uploads()).toEqual([]);
  });

  it("are signed anew: a download that takes longer than they live", async () => {
    const bytes = randomBytes(90_000_000);
    const path = await site.file("long.bin", bytes);
    expect((await runWatched(site, ["upload", path, ...version])).code).toBe(0);
    site.signer = site.signing({ behindMs: LIFE_MS - 2000 });
    const slow = ["--part-jobs", "1", "--limit-rate", "20MB/s", "--if-exists", "overwrite"];
    const run = await runWatched(site, ["download", ...version, "-o", "long.back", ...slow]);
    expect(run.json.error).toBeNull();
    expect(denied(run.events)).toBeGreaterThanOrEqual(1);
    expect((await readFile(join(site.folder, "long.back"))).equals(bytes)).toBe(true);
  });

  it("are said to be refused where a fresh one is no better", async () => {
    const path = await site.file("never.bin", randomBytes(1000));
    site.signer = site.signing({ behindMs: LIFE_MS + 60_000 });
    const run = await runWatched(site, ["upload", path, ...version, "--attach"]);
    expect([run.code, run.json.error.code]).toEqual([7, "E_STORAGE_REFUSED"]);
    expect(run.json.error.why).toMatch(/answered 403 \w+/);
  });
});

describe("a wrong signature", () => {
  it("ends an upload, saying what the storage said; abort closes what was opened", async () => {
    const path = await site.file("forged.bin", randomBytes(20 * MIB));
    site.signer = site.signing({ secretAccessKey: "not-the-secret" });
    const run = await runWatched(site, ["upload", path, ...version, "--attach"]);
    expect([run.code, run.json.error.code]).toEqual([7, "E_STORAGE_REFUSED"]);
    expect(run.json.error.why).toContain("403 SignatureDoesNotMatch");
    expect(run.json.error.why + run.json.error.message).not.toContain("X-Amz");
    expect((await runWatched(site, ["abort", "--all"])).code).toBe(0);
    expect(await bucket.uploads()).toEqual([]);
    expect((await bucket.keys()).filter((key) => key.endsWith("/forged.bin"))).toEqual([]);
  });

  it("ends a download and leaves no file", async () => {
    site.signer = site.signing({ secretAccessKey: "not-the-secret" });
    const run = await runWatched(site, ["download", "--version", "23425", "-o", "none/"]);
    expect([run.code, run.json.error.code]).toEqual([7, "E_STORAGE_REFUSED"]);
    expect(run.json.error.why).toContain("403 SignatureDoesNotMatch");
    expect(await readdir(join(site.folder, "none")).catch(() => [])).toEqual([]);
  });
});

describe("a sandbox that cannot use its storage says why", () => {
  const start = (name: string, env: Record<string, string>) =>
    execa(
      process.execPath,
      [PROGRAM, "sandbox", "--storage-endpoint", bucket.server.endpoint, "--storage-bucket", name],
      { env: { ...cleanEnv(), ...bucket.launch.env, ...env }, extendEnv: false, reject: false },
    );

  it.each([
    ["no such bucket", "404 NoSuchBucket", "Make the bucket", () => `${bucket.name}-not`, {}],
    [
      "a key that is nobody's",
      "403 InvalidAccessKeyId",
      "AWS_ACCESS_KEY_ID",
      null,
      { AWS_ACCESS_KEY_ID: "x" },
    ],
    [
      "a wrong secret",
      "403 SignatureDoesNotMatch",
      "AWS_SECRET_ACCESS_KEY",
      null,
      { AWS_SECRET_ACCESS_KEY: "x" },
    ],
  ] as const)("%s", async (_what, why, fix, other, env) => {
    const { exitCode, stderr } = await start(other?.() ?? bucket.name, env);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("E_CONFIG");
    expect(stderr).toContain(why);
    expect(stderr).toContain(fix);
  });
});
