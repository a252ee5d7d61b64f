import { HttpResponse } from "msw";
import { describe, expect, test } from "vitest";
import type { Site } from "../../src/site/types.ts";
import { LostReply } from "../../src/transfer/ports.ts";
import { errorOf, json, mockSite, record, siteError, testSite } from "./mock-site.ts";

const mock = mockSite();
const VERSION = { type: "Version", id: 23404 };

const READ = (site: Site) => site.read(VERSION, []);
const SEARCH = (site: Site) => site.find("Version", [], { fields: [] });
const COUNT = (site: Site) => site.count("Version", []);
const UPDATE = (site: Site) => site.update(VERSION, { code: "b" });
const REMOVE = (site: Site) => site.remove(VERSION);
const CREATE = (site: Site) => site.create("Version", { code: "b" });

function ok(path: string, method: string): Response {
  if (path.endsWith("_search")) return json([]);
  if (path.endsWith("_summarize")) return json({ summaries: { id: 0 }, groups: [] });
  if (method === "DELETE") return new Response(null, { status: 204 });
  return json(record("Version", 23404));
}

/** Answers the first calls with `failure`, then as it should. */
function failFirst(times: number, failure: () => Response): void {
  let failed = 0;
  mock.answer(({ path, method }) => {
    if (path.endsWith("access_token")) return undefined;
    failed += 1;
    return failed <= times ? failure() : ok(path, method);
  });
}

const STATUSES = [408, 429, 500, 502, 503, 504];
const SAFE: [string, (site: Site) => Promise<unknown>][] = [
  ["GET", READ],
  ["_search", SEARCH],
  ["_summarize", COUNT],
  ["PUT", UPDATE],
  ["DELETE", REMOVE],
];

describe("what may be repeated", () => {
  for (const [name, call] of SAFE) {
    test.each(STATUSES)(`${name} after %i`, async (status) => {
      failFirst(2, () => siteError(status, 103, "later"));
      await call(testSite().site);
      expect(mock.asked()).toHaveLength(3);
    });
    test(`${name} after a broken connection`, async () => {
      failFirst(2, () => HttpResponse.error());
      await call(testSite().site);
      expect(mock.asked()).toHaveLength(3);
    });
  }

  test.each([400, 403, 404, 409, 422, 501])("nothing after %i", async (status) => {
    failFirst(9, () => siteError(status, 103, "no"));
    await testSite()
      .site.update(VERSION, {})
      .catch(() => {});
    expect(mock.asked()).toHaveLength(1);
  });
});

describe("what creates", () => {
  test.each([408, 500, 501, 502, 503, 504])(
    "is not repeated after %i: it may have been done",
    async (status) => {
      failFirst(1, () => siteError(status, 103, "later"));
      await expect(CREATE(testSite().site)).rejects.toBeInstanceOf(LostReply);
      expect(mock.asked()).toHaveLength(1);
    },
  );

  test("is not repeated after a broken connection", async () => {
    failFirst(1, () => HttpResponse.error());
    await expect(CREATE(testSite().site)).rejects.toBeInstanceOf(LostReply);
    expect(mock.asked()).toHaveLength(1);
  });

  test("is lost, not failed, when the answer to it cannot be read", async () => {
    mock.answer(({ path }) =>
      path.endsWith("access_token") ? undefined : new Response("{", { status: 201 }),
    );
    await expect(CREATE(testSite().site)).rejects.toBeInstanceOf(LostReply);
  });

  test("is repeated after 429: nothing was done", async () => {
    failFirst(2, () => siteError(429, 103, "slow down"));
    await CREATE(testSite().site);
    expect(mock.asked()).toHaveLength(3);
  });

  test.each([400, 403])("is refused at once with %i", async (status) => {
    failFirst(1, () => siteError(status, 104, "no such project"));
    const error = await errorOf(CREATE(testSite().site));
    expect(error.code).toBe(status === 403 ? "E_FORBIDDEN" : "E_SITE_REFUSED");
    expect(error.why).toBe(`studio.test answered ${status} "no such project".`);
  });
});

describe("a field that links a file", () => {
  const link = { sg_movie: { url: "https://example.com/a.mov", name: "a.mov" } };

  test("is not written twice when it was written", async () => {
    let puts = 0;
    mock.answer(({ path, method }) => {
      if (path.endsWith("access_token")) return undefined;
      if (method === "PUT") {
        puts += 1;
        return HttpResponse.error();
      }
      return json(
        record("Version", 23404, {
          sg_movie: { ...link.sg_movie, link_type: "web", id: 5, type: "Attachment" },
        }),
      );
    });
    const { fields } = await testSite().site.update(VERSION, link);
    expect(fields["sg_movie"]).toMatchObject({ id: 5 });
    expect(puts).toBe(1);
  });

  test.each([
    [{ local_path: "/mnt/x/a.mov" }, { local_path_linux: "/mnt/x/b.mov" }, 2],
    [{ local_path: "Z:/x/a.mov" }, { local_path_windows: "Z:\\x\\a.mov" }, 1],
    [
      { relative_path: "a.mov", local_storage: { type: "LocalStorage", id: 1 } },
      { relative_path: "a.mov" },
      1,
    ],
    [{ relative_path: "a.mov", local_storage: { type: "LocalStorage", id: 1 } }, null, 2],
  ])("is written again only where it does not stand: %j, held %j", async (written, held, wantedPuts) => {
    let puts = 0;
    mock.answer(({ path, method }) => {
      if (path.endsWith("access_token")) return undefined;
      if (method !== "PUT") return json(record("Version", 23404, { path: held }));
      puts += 1;
      return puts === 1 ? siteError(502, 103, "bad gateway") : json(record("Version", 23404, { path: held }));
    });
    await testSite().site.update(VERSION, { path: written });
    expect(puts).toBe(wantedPuts);
  });
});

test("a delete whose first answer was lost did happen", async () => {
  let calls = 0;
  mock.answer(({ path }) => {
    if (path.endsWith("access_token")) return undefined;
    calls += 1;
    return calls === 1 ? HttpResponse.error() : siteError(404, 103, "not found");
  });
  expect(await REMOVE(testSite().site)).toBe(true);
});

describe("waiting", () => {
  test("grows with full jitter and ends with the budget", async () => {
    failFirst(9, () => siteError(500, 103, "boom"));
    const { site, waits } = testSite({ retries: 4 });
    const error = await errorOf(READ(site));
    expect(error).toMatchObject({ code: "E_SITE", why: 'studio.test answered 500 "boom".' });
    expect(waits).toEqual([500, 1000, 2000, 4000]);
    expect(mock.asked()).toHaveLength(5);
    failFirst(9, () => siteError(500, 103, "boom"));
    const half = testSite({ random: () => 0.5 });
    await errorOf(READ(half.site));
    expect(half.waits).toEqual([250, 500, 1000]);
  });

  test("no retries means one attempt", async () => {
    failFirst(9, () => siteError(503, 103, "Site is under maintenance"));
    const { site, waits } = testSite({ retries: 0 });
    expect(await errorOf(READ(site))).toMatchObject({ code: "E_SITE_BUSY", exit: 7 });
    expect(waits).toEqual([]);
  });

  test.each([
    ["7", 7000],
    ["Fri, 02 Jan 2026 03:04:35 GMT", 30_000],
    ["Fri, 02 Jan 1970 00:00:00 GMT", 500],
    ["0", 500],
    ["soon", 500],
  ])("Retry-After: %s", async (retryAfter, delayMs) => {
    failFirst(1, () => siteError(429, 103, "slow down", { "retry-after": retryAfter }));
    const { site, waits } = testSite();
    await READ(site);
    expect(waits).toEqual([delayMs]);
  });

  test("longer than five minutes is told, not waited", async () => {
    failFirst(1, () => siteError(503, 103, "maintenance", { "retry-after": "3600" }));
    const { site, waits } = testSite();
    const error = await errorOf(READ(site));
    expect(error.code).toBe("E_SITE_BUSY");
    expect(error.why).toContain("60 minutes");
    expect(waits).toEqual([]);
  });

  test.each([429, 503])("%i slows everyone down", async (status) => {
    let first = true;
    mock.answer(({ path, method }) => {
      if (path.endsWith("access_token")) return undefined;
      if (path.includes("/shots/") && first) {
        first = false;
        return siteError(status, 103, "slow down", { "retry-after": "60" });
      }
      return ok(path, method);
    });
    const waits: number[] = [];
    let wake = (): void => {};
    const slept = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let sleeping = (_: unknown): void => {};
    const asleep = new Promise((resolve) => {
      sleeping = resolve;
    });
    const { site } = testSite({
      sleep: async (delayMs) => {
        waits.push(delayMs);
        sleeping(undefined);
        await slept;
      },
    });
    const refused = site.read({ type: "Shot", id: 1 }, []);
    await asleep;
    const other = site.read(VERSION, []);
    const another = site.count("Version", []);
    await Promise.resolve();
    expect(mock.asked()).toEqual(["GET /api/v1/entity/shots/1"]);
    wake();
    await Promise.all([refused, other, another]);
    expect(waits).toEqual([60_000, 60_000, 60_000]);
  });

  test("ends when the user gives up", async () => {
    failFirst(9, () => siteError(500, 103, "boom"));
    const giveUp = new AbortController();
    const { site } = testSite({
      sleep: async () => {
        giveUp.abort();
      },
    });
    expect((await errorOf(site.read(VERSION, [], giveUp.signal))).code).toBe("E_INTERRUPTED");
    expect(mock.asked()).toHaveLength(1);
  });
});

test("at most eight calls run at once", async () => {
  let running = 0;
  let most = 0;
  mock.answer(async ({ path, method }) => {
    if (path.endsWith("access_token")) return undefined;
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return ok(path, method);
  });
  const { site } = testSite();
  // Each caller comes back as soon as it was answered, while others still wait for their turn.
  const caller = async (): Promise<void> => {
    for (let round = 0; round < 4; round += 1) await READ(site);
  };
  await Promise.all(Array.from({ length: 12 }, caller));
  expect(most).toBe(8);
});
