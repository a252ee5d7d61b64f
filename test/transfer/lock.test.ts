import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockHolder, removeDeadLock, TransferLock } from "../../src/transfer/lock.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sgmedia-lock-"));
});
afterEach(() => rm(dir, { recursive: true }));

const ID = "0123456789abcdef";
const LONG_AGO = new Date(Date.now() - 600_000);

async function leave(holder: Record<string, unknown>, when?: Date): Promise<void> {
  const path = join(dir, `${ID}.lock`);
  await writeFile(path, JSON.stringify({ pid: 1, host: hostname(), began: null, token: "t", ...holder }));
  if (when) await utimes(path, when, when);
}

describe("a lock", () => {
  it("is held by one, seen by others, free afterwards", async () => {
    const lock = await TransferLock.tryAcquire(dir, ID);
    expect(lock).toBeInstanceOf(TransferLock);
    expect(await TransferLock.tryAcquire(dir, ID)).toMatchObject({ pid: process.pid, host: hostname() });
    expect(await lockHolder(dir, ID)).toMatchObject({ pid: process.pid });
    await (lock as TransferLock).release();
    expect(await lockHolder(dir, ID)).toBeUndefined();
    expect(await readdir(dir)).toEqual([]);
  });

  it("goes to exactly one of many that want it at once, dead holder or none", async () => {
    for (const dead of [false, true]) {
      if (dead) await leave({ pid: 2 ** 22 + 1 });
      const all = await Promise.all(Array.from({ length: 20 }, () => TransferLock.tryAcquire(dir, ID)));
      const got = all.filter((each) => each instanceof TransferLock);
      expect(got).toHaveLength(1);
      await got[0]?.release();
    }
  });

  it("waits for a live holder, telling once who it is", async () => {
    const first = (await TransferLock.tryAcquire(dir, ID)) as TransferLock;
    const told: number[] = [];
    let polls = 0;
    const sleep = async (): Promise<void> => {
      polls += 1;
      if (polls === 3) await first.release();
    };
    const { lock, waited } = await TransferLock.acquire(dir, ID, {
      sleep,
      onWait: (holder) => told.push(holder.pid),
    });
    expect({ waited, told, polls }).toEqual({ waited: true, told: [process.pid], polls: 3 });
    await lock.release();
  });

  const dead: [string, () => Promise<void>][] = [
    ["a process that is gone", () => leave({ pid: 2 ** 22 + 1 })],
    ["an earlier process of the same number", () => leave({ pid: process.pid, began: "1" })],
    ["this process in an earlier life", () => leave({ pid: process.pid })],
    ["another machine that fell silent", () => leave({ host: "elsewhere" }, LONG_AGO)],
    [
      "a lock that was never written to its end",
      async () => {
        await writeFile(join(dir, `${ID}.lock`), '{"pid":');
        await utimes(join(dir, `${ID}.lock`), LONG_AGO, LONG_AGO);
      },
    ],
  ];
  for (const [name, make] of dead) {
    it(`of ${name} is taken over`, async () => {
      await make();
      expect(await lockHolder(dir, ID)).toBeUndefined();
      const lock = await TransferLock.tryAcquire(dir, ID);
      expect(lock).toBeInstanceOf(TransferLock);
      await (lock as TransferLock).release();
    });

    it(`of ${name} is cleared away by whoever finds the transfer done`, async () => {
      await make();
      await removeDeadLock(dir, ID);
      expect(await readdir(dir)).toEqual([]);
    });
  }

  const live: [string, () => Promise<void>][] = [
    ["a running process", () => leave({ pid: process.ppid })],
    ["another machine that gave a sign of life", () => leave({ host: "elsewhere" })],
    ["somebody who is writing it just now", () => writeFile(join(dir, `${ID}.lock`), "")],
  ];
  for (const [name, make] of live) {
    it(`of ${name} is left alone`, async () => {
      await make();
      expect(await TransferLock.tryAcquire(dir, ID)).not.toBeInstanceOf(TransferLock);
      await removeDeadLock(dir, ID);
      expect(await lockHolder(dir, ID)).toBeDefined();
    });
  }

  it("a takeover that died halfway does not block for ever", async () => {
    await leave({ pid: 2 ** 22 + 1 });
    const guard = join(dir, `${ID}.lock.takeover`);
    await mkdir(guard);
    await utimes(guard, LONG_AGO, LONG_AGO);
    expect(await TransferLock.tryAcquire(dir, ID)).toBeInstanceOf(TransferLock);
  });
});
