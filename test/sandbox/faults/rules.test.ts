import { describe, expect, it } from "vitest";
import { delay } from "../../../src/sandbox/faults/connection.ts";
import { FaultBook } from "../../../src/sandbox/faults/fault-book.ts";

describe("a rule", () => {
  it.each<[unknown, string]>([
    [{ method: "PUT", statsu: 500 }, "statsu"],
    [{ method: "PUT" }, "names nothing to happen"],
    [{ loseReply: false }, "names nothing to happen"],
    [{ status: 99 }, "99"],
    [{ status: 500, path: "(" }, "regular expression"],
    [{ status: 500, times: 0 }, "times"],
    [{ status: 500, surface: "disk" }, "disk"],
    [{ resetAfterBytes: -1 }, "-1"],
    [{ resetAfterBytes: 1.5 }, "1.5"],
    [{ latencyMs: 1, afterBytes: 5 }, "afterBytes needs stallMs"],
    [{ latencyMs: 1, lie: true }, "lie needs truncateAfterBytes"],
    [{ latencyMs: 1, body: "x" }, "headers and body need status"],
    [{ status: 500, headers: { "bad name": "x" } }, "that HTTP does not allow"],
    [{ status: 500, headers: { name: "a\nb" } }, "that HTTP does not allow"],
    [{ expireToken: true, surface: "rpc" }, "surface can only be site"],
    ["none", "none"],
  ])("%o is refused: %s", (rule, reason) => {
    expect(() => new FaultBook().add([rule])).toThrow(reason);
  });

  it("that is wrong keeps the others out too", () => {
    const book = new FaultBook();
    expect(() => book.add([{ status: 500 }, { status: 1 }])).toThrow();
    expect(book.list()).toEqual([]);
    expect(book.add([{ status: 500 }, { latencyMs: 5 }]).map(({ id }) => id)).toEqual([1, 2]);
  });
});

it("waiting keeps no process alive", () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  void delay(3_600_000);
  expect(timers()).toBe(before);
});
