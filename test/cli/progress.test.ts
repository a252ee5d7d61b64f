import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { itemLine, UNICODE_BAR } from "../../src/cli/progress/bar-line.ts";
import { createBarProgress } from "../../src/cli/progress/bar-progress.ts";
import { createPlainProgress } from "../../src/cli/progress/plain-progress.ts";
import { itemText, totalText } from "../../src/cli/progress/progress-text.ts";
import { RateWindow } from "../../src/cli/progress/rate-window.ts";
import { ItemModel, TotalModel } from "../../src/cli/progress/transfer-model.ts";
import type { Ticker } from "../../src/cli/progress/types.ts";
import { SgmediaError } from "../../src/shared/errors.ts";
import { Sink } from "./fake-host.ts";

const MB = 1_000_000;

class FakeTicker implements Ticker {
  now = 0;
  private timers = new Set<{ everyMs: number; nextMs: number; tick: () => void }>();
  nowMs = (): number => this.now;

  every(everyMs: number, tick: () => void): () => void {
    const timer = { everyMs, nextMs: this.now + everyMs, tick };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now = Math.min(end, this.now + 100);
      for (const timer of this.timers) {
        if (timer.nextMs > this.now) continue;
        timer.nextMs += timer.everyMs;
        timer.tick();
      }
    }
  }

  get active(): number {
    return this.timers.size;
  }
}

describe("rate", () => {
  it("is that of the last ten seconds", () => {
    const rate = new RateWindow();
    expect(rate.bytesPerSecond(0)).toBeNull();
    for (let second = 0; second <= 60; second += 1)
      rate.add(second <= 30 ? second * MB : 30 * MB + (second - 30) * 5 * MB, second * 1000);
    expect(rate.bytesPerSecond(60_000)).toBeCloseTo(5 * MB, -5);
  });

  it("keeps few samples however many events there are", () => {
    const rate = new RateWindow();
    for (let event = 0; event < 100_000; event += 1) rate.add(event, event / 10);
    expect((rate as unknown as { samples: unknown[] }).samples.length).toBeLessThan(60);
    expect(rate.bytesPerSecond(10_000)).toBeGreaterThan(9000);
  });

  it("falls to nothing on a stall, and forgets what was sent in vain", () => {
    const rate = new RateWindow();
    rate.add(0, 0);
    rate.add(10 * MB, 1000);
    expect(rate.bytesPerSecond(12_000)).toBe(0);
    rate.add(5 * MB, 20_000);
    expect(rate.bytesPerSecond(20_000)).toBe(0.25 * MB);
    rate.add(25 * MB, 30_000);
    rate.add(45 * MB, 40_000);
    expect(rate.bytesPerSecond(40_000)).toBe(2 * MB);
  });
});

describe("one file", () => {
  it("tells accepted bytes, and takes the rate from what moves", () => {
    const item = new ItemModel(1, "a.mov", 100 * MB, 0);
    item.apply({ kind: "opened", mode: "multipart", sizeBytes: 100 * MB, partCount: 5 }, 0);
    item.apply({ kind: "sent", sentBytes: 10 * MB }, 1000);
    item.apply({ kind: "sent", sentBytes: 20 * MB }, 2000);
    expect(itemText(item, 2000)).toBe("0% of 100 MB, 10.0 MB/s, 8 s left");
    item.apply({ kind: "accepted", acceptedBytes: 20 * MB }, 2000);
    item.apply({ kind: "sent", sentBytes: 0 }, 2000);
    expect(itemText(item, 2000)).toBe("20% of 100 MB, 10.0 MB/s, 8 s left");
  });

  it("does not count resumed bytes into the rate", () => {
    const item = new ItemModel(1, "a.mov", 100 * MB, 0);
    item.apply({ kind: "resumed", acceptedBytes: 50 * MB }, 0);
    item.apply({ kind: "accepted", acceptedBytes: 60 * MB }, 2000);
    expect(item.bytesPerSecond(2000)).toBe(5 * MB);
    expect(item.secondsLeft(2000)).toBe(8);
  });

  it("says that it waits to try again, until bytes are accepted", () => {
    const item = new ItemModel(1, "a.mov", 100, 0);
    item.apply({ kind: "retry", what: "part 3", why: "503 SlowDown", attempt: 1, delayMs: 4000 }, 0);
    expect(itemText(item, 0)).toBe("0% of 100 B, part 3 again in 4 s: 503 SlowDown");
    item.apply({ kind: "accepted", acceptedBytes: 10 }, 100);
    expect(item.phase).toBeNull();
  });

  it("never says 100% before the last byte", () => {
    const item = new ItemModel(1, "a.mov", 1000, 0);
    item.apply({ kind: "accepted", acceptedBytes: 999 }, 0);
    expect(itemText(item, 0)).toContain("99%");
  });

  it("has no bar and no time left where the size is not known", () => {
    const item = new ItemModel(1, "stdin", null, 0);
    item.apply({ kind: "accepted", acceptedBytes: 5 * MB }, 1000);
    expect(itemLine(item, 1000, 80, UNICODE_BAR)).toMatch(/^stdin +5\.00 MB, 5\.00 MB\/s$/);
  });
});

describe("a bar's line", () => {
  it("draws what is accepted, what is under way and what is to come", () => {
    const item = new ItemModel(1, "a.mov", 24, 0);
    item.apply({ kind: "accepted", acceptedBytes: 12 }, 0);
    item.apply({ kind: "sent", sentBytes: 6 }, 0);
    expect(itemLine(item, 0, 100, UNICODE_BAR)).toContain(
      `${"█".repeat(12)}${"▒".repeat(6)}${"░".repeat(6)} 50%`,
    );
  });

  it.each([20, 40, 80, 200])("fits %i columns, and keeps the end of a long name", (width) => {
    const item = new ItemModel(1, `${"sequence_".repeat(10)}comp_v003.mov\u001b[2J\n`, 100, 0);
    const line = itemLine(item, 0, width, UNICODE_BAR);
    expect([...line].length).toBeLessThanOrEqual(width);
    expect(line).not.toMatch(/[\u001b\n]/);
    if (width >= 80)
      expect(
        itemLine(new ItemModel(1, `${"x".repeat(60)}_v003.mov`, 100, 0), 0, width, UNICODE_BAR),
      ).toContain("_v003.mov");
  });
});

describe("all files", () => {
  it("counts files and bytes", () => {
    const total = new TotalModel();
    total.expectedItems = 3;
    total.expectedBytes = 300;
    const first = total.start("a", 100, 0);
    const second = total.start("b", 100, 0);
    first.apply({ kind: "accepted", acceptedBytes: 100 }, 0);
    second.apply({ kind: "accepted", acceptedBytes: 50 }, 0);
    total.end(first, "done");
    expect(totalText(total, 0)).toBe("1 of 3 files, 50% of 300 B");
    total.end(second, "failed");
    total.end(second, "done");
    expect(totalText(total, 0)).toBe("1 of 3 files, 1 failed, 50% of 300 B");
  });

  it("keeps its rate across the end of a file", () => {
    const total = new TotalModel();
    const first = total.start("a", 10 * MB, 0);
    total.bytesPerSecond(0);
    first.apply({ kind: "accepted", acceptedBytes: 10 * MB }, 1000);
    total.end(first, "done");
    const second = total.start("b", 10 * MB, 1000);
    second.apply({ kind: "accepted", acceptedBytes: 10 * MB }, 2000);
    expect(total.bytesPerSecond(2000)).toBe(10 * MB);
  });
});

describe("plain lines", () => {
  const create = () => {
    const ticker = new FakeTicker();
    const lines: { atMs: number; text: string }[] = [];
    const progress = createPlainProgress((text) => lines.push({ atMs: ticker.now, text }), ticker);
    return { ticker, lines, progress };
  };

  it("come within two seconds, then now and then, and at the end", () => {
    const { ticker, lines, progress } = create();
    const item = progress.item("a.mov", 1000 * MB);
    for (let second = 1; second <= 60; second += 1) {
      ticker.pass(1000);
      item.event({ kind: "accepted", acceptedBytes: second * 10 * MB });
    }
    item.done("1.00 GB to Version:1");
    progress.close();
    expect(lines[0]?.atMs).toBeLessThanOrEqual(2000);
    expect(lines.length).toBeGreaterThanOrEqual(4);
    expect(lines.length).toBeLessThanOrEqual(7);
    expect(lines.at(-1)?.text).toBe("a.mov: 1.00 GB to Version:1");
    expect(lines[1]?.text).toMatch(/^a\.mov: 1\d% of 1\.00 GB, (9\.\d\d|10\.0) MB\/s, 1 min \d\d s left$/);
    expect(lines.map(({ text }) => text).join()).not.toMatch(/[\r\u001b]/);
    expect(ticker.active).toBe(0);
  });

  it("are few for many small files", () => {
    const { ticker, lines, progress } = create();
    progress.expect({ items: 1000, bytes: 1000 });
    for (let count = 0; count < 1000; count += 1) {
      const item = progress.item(`f${count}`, 1);
      ticker.pass(100);
      item.event({ kind: "accepted", acceptedBytes: 1 });
      item.done("there");
    }
    progress.close();
    expect(lines.length).toBeLessThan(20);
    expect(lines.at(-1)?.text).toBe("1000 of 1000 files, 1.00 kB in 1 min 40 s");
  });

  it("tell a wait, a retry and a failure among many", () => {
    const { ticker, lines, progress } = create();
    progress.expect({ items: 2, bytes: null });
    const step = progress.step("waiting for the transcode");
    ticker.pass(20_000);
    step.done("transcoded");
    const item = progress.item("a", 5);
    item.event({ kind: "retry", what: "part 1", why: "reset", attempt: 1, delayMs: 500 });
    item.failed(new SgmediaError("E_NETWORK", "Gone.").toDocument());
    expect(lines.map(({ text }) => text)).toEqual([
      "waiting for the transcode (1.5 s)",
      "waiting for the transcode (17 s)",
      "transcoded",
      "a: part 1 again: reset",
      "a: failed: Gone.",
    ]);
  });
});

describe("bars", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("draw seldom, leave their last lines, and give the terminal back", () => {
    const stream = new Sink(true);
    const progress = createBarProgress({
      stream,
      nowMs: Date.now,
      paint: (_format, text) => text,
      unicode: true,
    });
    progress.expect({ items: 2, bytes: 200 });
    const first = progress.item("a.mov", 100);
    const second = progress.item("b.mov", 100);
    const before = stream.writes;
    for (let count = 0; count < 50_000; count += 1)
      first.event({ kind: "accepted", acceptedBytes: count % 100 });
    expect(stream.writes).toBe(before);
    const drawings = () => stream.text.split("a.mov  ").length;
    const drawn = drawings();
    for (let ms = 0; ms < 1000; ms += 1) {
      first.event({ kind: "accepted", acceptedBytes: ms / 10 });
      vi.advanceTimersByTime(1);
    }
    expect(drawings() - drawn).toBeGreaterThanOrEqual(5);
    expect(drawings() - drawn).toBeLessThanOrEqual(10);
    progress.warn("careful");
    first.done("100 B to Version:1");
    second.failed(new SgmediaError("E_NETWORK", "Gone.").toDocument());
    progress.close();
    progress.close();
    expect(stream.text).toContain("✔ a.mov: 100 B to Version:1\n");
    expect(stream.text).toContain("✖ b.mov: Gone.\n");
    expect(stream.text).toContain("warning  careful\n");
    expect(stream.text).toContain("total");
    expect(stream.text.lastIndexOf("\u001b[?25h")).toBeGreaterThan(stream.text.lastIndexOf("\u001b[?25l"));
    expect(stream.text.lastIndexOf("\u001b[?7h")).toBeGreaterThan(stream.text.lastIndexOf("\u001b[?7l"));
    const after = stream.writes;
    vi.advanceTimersByTime(5000);
    expect(stream.writes).toBe(after);
  });

  it("take a spinner for a lone wait, and no listener on signals", () => {
    const stream = new Sink(true);
    const listeners = process.listenerCount("SIGINT");
    const progress = createBarProgress({
      stream,
      nowMs: Date.now,
      paint: (_format, text) => text,
      unicode: true,
    });
    const step = progress.step("waiting for the transcode");
    const item = progress.item("a.mov", 10);
    item.done("there");
    step.update("still waiting");
    vi.advanceTimersByTime(3000);
    expect(stream.text).toContain("still waiting (2 s)");
    expect(process.listenerCount("SIGINT")).toBe(listeners);
    step.done("transcoded");
    progress.close();
    expect(stream.text).toContain("waiting for the transcode");
    expect(stream.text).toContain("✔ transcoded\n");
  });
});
