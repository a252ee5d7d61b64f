import { describe, expect, it } from "vitest";
import { pageLinks, pageOf, pick, RECORD_PAGES } from "../../../src/sandbox/rest/paging.ts";
import { SiteError } from "../../../src/sandbox/store/site-error.ts";

function refusal(asked: unknown): unknown {
  try {
    pageOf(asked, RECORD_PAGES);
  } catch (thrown) {
    return thrown instanceof SiteError ? thrown.source : thrown;
  }
  return undefined;
}

describe("pages", () => {
  it.each([undefined, null, {}, { number: 1 }, { size: "" }])("%j is 500 rows from the first", (asked) =>
    expect(pageOf(asked, RECORD_PAGES)).toEqual({ size: 500, number: 1 }),
  );

  it("take numbers in text too", () => {
    expect(pageOf({ size: "5000", number: "3" }, RECORD_PAGES)).toEqual({ size: 5000, number: 3 });
  });

  it.each([
    [{ size: 0 }, { page: { size: ["size must be greater than 0"] } }],
    [{ size: 5001 }, { page: { size: ["size must be less than 5000"] } }],
    [{ number: -1 }, { page: { number: ["number must be greater than 0"] } }],
    [{ size: "many" }, { page: { size: ["size must be an integer"] } }],
  ])("%j is refused", (asked, source) => expect(refusal(asked)).toEqual(source));

  it("are cut one after the other, and empty past the end", () => {
    const rows = [1, 2, 3, 4, 5];
    expect([1, 2, 3, 4].map((number) => pick(rows, { size: 2, number }))).toEqual([[1, 2], [3, 4], [5], []]);
  });

  it("always name a next one, and a previous one from the second on", () => {
    const url = new URL("http://127.0.0.1/api/v1/entity/versions?page[size]=2&fields=code");
    const first = pageLinks(url, { size: 2, number: 1 });
    expect(first).toEqual({
      self: "/api/v1/entity/versions?page[size]=2&fields=code",
      next: "/api/v1/entity/versions?page%5Bsize%5D=2&fields=code&page%5Bnumber%5D=2",
    });
    expect(pageLinks(url, { size: 2, number: 9 })).toMatchObject({
      next: expect.stringContaining("page%5Bnumber%5D=10"),
      prev: expect.stringContaining("page%5Bnumber%5D=8"),
    });
  });
});
