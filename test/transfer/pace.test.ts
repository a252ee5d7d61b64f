import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { allowManyListeners } from "../../src/transfer/abort.ts";
import { Governor } from "../../src/transfer/governor.ts";
import { RateLimiter } from "../../src/transfer/rate.ts";
import { Budget, backoffMs, classify, Ledger, parseRetryAfter } from "../../src/transfer/retry.ts";
import { Watchdog } from "../../src/transfer/watchdog.ts";

const never = new AbortController().signal;
allowManyListeners(never);

describe("the governor", () => {
  /** Requests that move bytes at a rate which depends on how many there are, on a clock of their own. */
  async function simulate(
    governor: Governor,
    clock: { nowMs: number },
    seconds: number,
    bytesPerSecond: (active: number) => number,
  ): Promise<number[]> {
    const limits: number[] = [];
    let stop = false;
    const workers = Array.from({ length: 40 }, async () => {
      while (!stop) await governor.run(never, () => delay(0));
    });
    for (let tick = 0; tick < seconds * 10; tick += 1) {
      clock.nowMs += 100;
      governor.moved(bytesPerSecond(governor.active) / 10);
      limits.push(governor.limit);
      await delay(0);
    }
    stop = true;
    await Promise.all(workers);
    return limits;
  }

  const make = (fixed: number | null) => {
    const clock = { nowMs: 0 };
    return { clock, governor: new Governor({ fixed, nowMs: () => clock.nowMs, sleep: async () => {} }) };
  };

  it("starts with four and grows while more connections bring more, to 16 at most", async () => {
    const { clock, governor } = make(null);
    expect(governor.limit).toBe(4);
    const limits = await simulate(governor, clock, 30, (active) => active * 1e6);
    expect(Math.max(...limits)).toBe(16);
  });

  it("doubles at once on a fast line, and only there", async () => {
    for (const [bytesASecond, limit] of [
      [40e6, 8],
      [4e6, 6],
    ] as const) {
      const { clock, governor } = make(null);
      const limits = await simulate(governor, clock, 3, () => bytesASecond);
      expect(Math.max(...limits)).toBe(limit);
    }
  });

  it("takes back the doubling on a line that only looked fast", async () => {
    const { clock, governor } = make(null);
    const limits = await simulate(governor, clock, 2, () => 9e6);
    expect(Math.max(...limits)).toBe(8);
    expect(limits.at(-1)).toBe(4);
  });

  it("tries still more only later, where there are many already", async () => {
    const { clock, governor } = make(null);
    const limits = await simulate(governor, clock, 40, (active) => active * 20e6);
    expect(Math.max(...limits.slice(0, 150))).toBe(8);
    expect(limits.at(-1)).toBe(16);
  });

  it("begins with many where nothing can be lost, unless told a number or a rate", () => {
    const limits = [{}, { fixed: 3 }, { limitRateBytes: 1e6 }].map((told) => {
      const governor = new Governor({ fixed: null, nowMs: () => 0, sleep: async () => {}, ...told });
      governor.loseNothing();
      return governor.limit;
    });
    expect(limits).toEqual([8, 3, 1]);
  });

  it("says when it looked again", async () => {
    const { clock, governor } = make(null);
    const look = governor.nextLook;
    governor.moved(1e6);
    clock.nowMs += 300;
    governor.moved(1e6);
    await look;
    expect(governor.nextLook).not.toBe(look);
    expect(governor.limit).toBe(4);
  });

  it("steps back where more connections bring nothing", async () => {
    const { clock, governor } = make(null);
    const limits = await simulate(governor, clock, 30, () => 5e6);
    expect(Math.max(...limits)).toBeLessThanOrEqual(6);
    expect(limits.at(-1)).toBe(4);
  });

  it("is halved by a refusal, once for those that come together, and comes back", async () => {
    const { clock, governor } = make(8);
    for (let index = 0; index < 5; index += 1) governor.refused(0);
    expect(governor.limit).toBe(4);
    clock.nowMs += 1500;
    governor.refused(0);
    expect(governor.limit).toBe(2);
    const limits = await simulate(governor, clock, 10, () => 1e6);
    expect(limits.at(-1)).toBe(8);
  });

  it("starts with fewer under a rate limit", () => {
    const limits = [1000, 8e6, 16e6, 1e9].map(
      (limitRateBytes) =>
        new Governor({ fixed: null, limitRateBytes, nowMs: () => 0, sleep: async () => {} }).limit,
    );
    expect(limits).toEqual([1, 1, 2, 4]);
  });

  it("never goes below one", () => {
    const { clock, governor } = make(2);
    for (let index = 0; index < 9; index += 1) {
      clock.nowMs += 2000;
      governor.refused(0);
      governor.crowded();
    }
    expect(governor.limit).toBe(1);
  });

  it("lets nobody in while a pause is on", async () => {
    let wake = (): void => {};
    const governor = new Governor({
      fixed: 2,
      nowMs: () => 0,
      sleep: () =>
        new Promise((resolve) => {
          wake = resolve;
        }),
    });
    governor.refused(5000);
    const work = vi.fn(async () => {});
    const running = governor.run(never, work);
    await delay(5);
    expect(work).not.toHaveBeenCalled();
    wake();
    await running;
    expect(work).toHaveBeenCalledOnce();
  });

  it("lets repetitions go first, and those who gave up leave the queue", async () => {
    const governor = new Governor({ fixed: 1, nowMs: () => 0, sleep: async () => {} });
    const order: string[] = [];
    let release = (): void => {};
    const first = governor.run(
      never,
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    const leaving = new AbortController();
    const left = governor.run(leaving.signal, async () => void order.push("left"));
    const plain = governor.run(never, async () => void order.push("plain"));
    const urgent = governor.run(never, async () => void order.push("urgent"), true);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: "E_INTERRUPTED" });
    release();
    await Promise.all([first, plain, urgent]);
    expect(order).toEqual(["urgent", "plain"]);
  });
});

describe("the rate limit", () => {
  it("holds within 5 % over ten seconds, however many share it and however late timers are", async () => {
    let nowMs = 0;
    const limiter = new RateLimiter(1_000_000, {
      nowMs: () => nowMs,
      sleep: async (delayMs) => {
        const due = nowMs + delayMs;
        while (nowMs < due) {
          await delay(0);
          nowMs = Math.max(nowMs, Math.min(due + 3, nowMs + 20));
        }
      },
    });
    let moved = 0;
    const worker = async (): Promise<void> => {
      while (nowMs < 10_000) {
        await limiter.take(limiter.sliceBytes, never);
        if (nowMs <= 10_000) moved += limiter.sliceBytes;
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    expect(moved).toBeGreaterThan(9_500_000);
    expect(moved).toBeLessThan(10_500_000);
  });

  it("without one, nobody waits", async () => {
    const limiter = new RateLimiter(null);
    await limiter.take(1e12, never);
    expect(limiter.sliceBytes).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("the watchdog", () => {
  let dog: Watchdog | undefined;
  afterEach(() => dog?.stop());

  it("bites on silence, not while bytes move, not while we ourselves wait", async () => {
    dog = new Watchdog(60, Date.now, () => {});
    const bitten: string[] = [];
    const silent = dog.watch(
      () => bitten.push("silent"),
      () => {},
    );
    const moving = dog.watch(
      () => bitten.push("moving"),
      () => {},
    );
    const paused = dog.watch(
      () => bitten.push("paused"),
      () => {},
    );
    paused.pause();
    for (let turn = 0; turn < 12; turn += 1) {
      await delay(10);
      moving.touch();
    }
    expect([...new Set(bitten)]).toEqual(["silent"]);
    for (const each of [silent, moving, paused]) each.end();
  });

  it("notices that the machine slept by its clock", async () => {
    let jumpMs = 0;
    const onSlept = vi.fn();
    dog = new Watchdog(400, () => Date.now() + jumpMs, onSlept);
    const slept = await new Promise<string>((resolve) => {
      dog?.watch(
        () => resolve("silent"),
        () => resolve("slept"),
      );
      jumpMs = 60_000;
    });
    expect(slept).toBe("slept");
    expect(onSlept).toHaveBeenCalledOnce();
  });
});

describe("what may be tried again", () => {
  const status = (code: number, s3: string | null = null) =>
    classify({ kind: "status", host: "h", status: code, code: s3, message: null, retryAfterMs: null }).action;
  const network = (code: string) => classify({ kind: "network", host: "h", code, reason: "" }).action;

  it("by status", () => {
    for (const code of [408, 425, 429, 500, 502, 503, 504, 520]) expect(status(code)).toBe("retry");
    for (const code of [400, 405, 411, 413, 301, 307, 501, 505]) expect(status(code)).toBe("fatal");
    for (const code of [401, 403]) expect(status(code)).toBe("fresh-url");
    expect(status(404)).toBe("missing");
    expect(status(404, "NoSuchUpload")).toBe("gone");
    expect(status(412)).toBe("changed");
    for (const s3 of ["RequestTimeout", "BadDigest", "OperationAborted"])
      expect(status(400, s3)).toBe("retry");
  });

  it("by system code: a broken line passes, an untrusted certificate does not", () => {
    for (const code of [
      "ECONNREFUSED",
      "ECONNRESET",
      "EPIPE",
      "ETIMEDOUT",
      "ENOTFOUND",
      "EAI_AGAIN",
      "UND_ERR_SOCKET",
    ]) {
      expect(network(code)).toBe("retry");
    }
    for (const code of [
      "CERT_HAS_EXPIRED",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ]) {
      expect(network(code)).toBe("fatal");
    }
  });

  it("pauses grow, are anywhere below their ceiling, and never end before Retry-After", () => {
    expect([1, 2, 3, 4, 20].map((failures) => backoffMs(failures, () => 1, null))).toEqual([
      500, 1000, 2000, 4000, 30_000,
    ]);
    expect(backoffMs(5, () => 0, null)).toBe(0);
    expect(backoffMs(1, () => 0, 9000)).toBe(9000);
    expect(backoffMs(1, () => 0, 9e9)).toBe(300_000);
    expect(parseRetryAfter("7", 0)).toBe(7000);
    expect(parseRetryAfter(new Date(90_000).toUTCString(), 60_000)).toBe(30_000);
    for (const odd of [null, "", "soon"]) expect(parseRetryAfter(odd, 0)).toBeNull();
  });

  it("a budget is used up by failures in a row, and is whole again when bytes were accepted", () => {
    const ledger = new Ledger();
    const budget = new Budget(2, ledger);
    expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([1, 2, undefined]);
    ledger.note(5, true);
    expect(budget.spend()).toBeUndefined();
    ledger.note(5);
    expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([1, 2, undefined]);
    expect(ledger.everAccepted).toBe(true);
  });
});
