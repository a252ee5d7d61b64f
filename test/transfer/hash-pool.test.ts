import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HashPool, HashShort } from "../../src/transfer/hash-pool.ts";

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");
const bytes = randomBytes(3_000_000);
const owner = {};
const pool = new HashPool(1);
let dir = "";
let fd = -1;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sgmedia-hash-"));
  writeFileSync(join(dir, "a.bin"), bytes);
  fd = openSync(join(dir, "a.bin"), "r");
});
afterAll(async () => {
  await pool.close();
  closeSync(fd);
  rmSync(dir, { recursive: true });
});

describe("MD5s that wait in one thread", () => {
  it("are each their own, in any number, beside a hash that runs on in order", async () => {
    const thread = pool.thread();
    const whole = pool.open("sha256", thread);
    const feeding = [0, 1, 2].map((n) =>
      pool.feed([whole], { fd, offset: n * 1_000_000, bytes: 1_000_000 }, owner),
    );
    const stretches = Array.from({ length: 19 }, (_, n) => ({ fd, offset: n * 150_000, bytes: 99_999 + n }));
    const digests = await Promise.all(stretches.map((each) => pool.md5(thread, each, owner)));
    await Promise.all(feeding);
    expect(digests).toEqual(
      stretches.map((each) => md5(bytes.subarray(each.offset, each.offset + each.bytes))),
    );
    expect(await pool.digest(whole, owner)).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  it("do not fail with one whose file cannot be read, or is too short", async () => {
    const thread = pool.thread();
    const nobodys = 999_999;
    const of = (each: { fd: number; offset: number }) => pool.md5(thread, { ...each, bytes: 500_000 }, owner);
    const [first, unreadable, short, last] = await Promise.allSettled([
      of({ fd, offset: 0 }),
      of({ fd: nobodys, offset: 0 }),
      of({ fd, offset: bytes.length - 1000 }),
      of({ fd, offset: 1_000_000 }),
    ]);
    expect(first).toMatchObject({ value: md5(bytes.subarray(0, 500_000)) });
    expect(unreadable).toMatchObject({ status: "rejected", reason: { message: /EBADF/ } });
    expect((short as PromiseRejectedResult).reason).toBeInstanceOf(HashShort);
    expect(last).toMatchObject({ value: md5(bytes.subarray(1_000_000, 1_500_000)) });
  });
});
