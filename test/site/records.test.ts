import { HttpResponse } from "msw";
import { describe, expect, test } from "vitest";
import { errorOf, json, mockSite, ORIGIN, record, siteError, testSite } from "./mock-site.ts";

const mock = mockSite();
const VERSION = { type: "Version", id: 23404 };

/** Answers everything but tokens. */
function answer(make: (seen: { path: string; method: string; body: string }) => Response): void {
  mock.answer((seen) => (seen.path.endsWith("access_token") ? undefined : make(seen)));
}

describe("answers that no site should give", () => {
  test.each<[string, () => Response]>([
    ["a web page", () => HttpResponse.html("<html>sign in</html>")],
    ["nothing", () => new Response(null, { status: 200 })],
    ["no JSON", () => new Response("{oops", { headers: { "content-type": "application/json" } })],
    ["no record", () => json({ id: 1 })],
    ["an id that is none", () => json(record("Version", -4))],
    ["a type that is none", () => json(record("../Version", 4))],
    ["a list for one", () => json([record("Version", 4)])],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "/login" } })],
  ])("%s is E_SITE with a reason", async (_name, make) => {
    answer(make);
    const error = await errorOf(testSite().site.read(VERSION, []));
    expect(error).toMatchObject({ code: "E_SITE", exit: 7 });
    expect(error.why).toBeTruthy();
    expect(error.fix).toMatch(/-v|--site/);
  });

  test("text that would drive a terminal is cleaned and cut", async () => {
    answer(() => siteError(400, 103, `\u001b[2J\u202egnirts \r\n${"x".repeat(999)}`));
    const { why } = await errorOf(testSite().site.update(VERSION, {}));
    expect(why).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(why?.length).toBeLessThan(400);
  });

  test("a field called __proto__ is a field", async () => {
    answer(
      () =>
        new Response(
          '{"data":{"type":"Version","id":1,"attributes":{"__proto__":{"polluted":true},"code":"a"}}}',
        ),
    );
    const found = await testSite().site.read(VERSION, []);
    expect(found?.fields["code"]).toBe("a");
    expect(found?.fields["polluted"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("read", () => {
  test("flattens attributes and links, and asks for the named fields", async () => {
    answer(() =>
      json(
        record(
          "Version",
          23404,
          { code: "a", image: null },
          { project: { data: { type: "Project", id: 1, name: "x" }, links: {} }, tasks: { data: [] } },
        ),
      ),
    );
    expect(await testSite().site.read(VERSION, ["code", "project"])).toEqual({
      type: "Version",
      id: 23404,
      fields: { code: "a", image: null, project: { type: "Project", id: 1, name: "x" }, tasks: [] },
    });
    expect(mock.asked()).toEqual(["GET /api/v1/entity/versions/23404?fields=code%2Cproject"]);
  });

  test("is undefined where there is no such record", async () => {
    answer(() => siteError(404, 103, "Version 23404 not found"));
    expect(await testSite().site.read(VERSION, [])).toBeUndefined();
  });

  test("of a type that the site has not is an error", async () => {
    answer(() => siteError(404, 103, "Entity type 'Nope' does not exist."));
    expect((await errorOf(testSite().site.read({ type: "Nope", id: 1 }, []))).code).toBe("E_TYPE_UNKNOWN");
  });

  test("of what this user may not see is E_FORBIDDEN", async () => {
    answer(() => siteError(403, 104, "Not for you"));
    expect(await errorOf(testSite().site.read(VERSION, []))).toMatchObject({
      code: "E_FORBIDDEN",
      message: "This user may not read Version:23404.",
      exit: 4,
    });
  });
});

describe("what the site says went wrong", () => {
  const complaint = (status: number, error: object) => HttpResponse.json({ errors: [error] }, { status });

  test.each([
    [{ title: "Entity type 'nopes' does not exist.", detail: null, source: null }],
    [{ title: "Not Found", detail: "Entity type 'nopes' does not exist.", source: {} }],
  ])("is understood from the title and from the detail: %j", async (error) => {
    answer(() => complaint(404, { status: 404, code: 103, ...error }));
    expect((await errorOf(testSite().site.find("Nope", [], { fields: [] }))).code).toBe("E_TYPE_UNKNOWN");
  });

  test.each([
    [{ title: "No good", source: {} }, '"No good"'],
    [{ title: "No good", detail: "", source: [] }, '"No good"'],
    [
      { title: "No good", detail: "at all", source: { id: ["missing"] } },
      '"No good: at all: {"id":["missing"]}"',
    ],
    [{}, null],
  ])("is told without what says nothing: %j", async (error, told) => {
    answer(() => complaint(400, error));
    const { why } = await errorOf(testSite().site.update(VERSION, {}));
    expect(why).toBe(`studio.test answered 400${told === null ? "" : ` ${told}`}.`);
  });

  test("a path under no root is E_NO_STORAGE_ROOT", async () => {
    answer(() =>
      siteError(400, 104, "Create failed for [Attachment]: Path /x doesn't match any defined Local Storage."),
    );
    const write = testSite().site.update(VERSION, { path: { local_path: "/x" } });
    expect((await errorOf(write)).code).toBe("E_NO_STORAGE_ROOT");
  });
});

describe("find", () => {
  const page = (first: number, count: number) =>
    json(Array.from({ length: count }, (_, index) => record("Version", first + index)));

  test("pages until a short page; the next link proves nothing", async () => {
    answer(({ body }) => {
      const { number } = JSON.parse(body).page;
      return number <= 2 ? page((number - 1) * 500 + 1, 500) : page(1001, 7);
    });
    const found = await testSite().site.find("Version", [["code", "is", "a"]], {
      fields: ["code"],
      sort: "-created_at",
    });
    expect(found).toHaveLength(1007);
    expect(mock.asked()).toEqual(Array(3).fill("POST /api/v1/entity/versions/_search"));
    expect(mock.state.seen[1]?.headers.get("content-type")).toBe("application/vnd+shotgun.api3_array+json");
    expect(JSON.parse(mock.state.seen[1]?.body ?? "")).toEqual({
      filters: [["code", "is", "a"]],
      fields: ["code"],
      sort: "-created_at",
      page: { size: 500, number: 1 },
    });
  });

  test("stops on an empty page", async () => {
    answer(({ body }) => (JSON.parse(body).page.number === 1 ? page(1, 500) : page(1, 0)));
    expect(await testSite().site.find("Version", [], { fields: [] })).toHaveLength(500);
    expect(mock.asked()).toHaveLength(2);
  });

  test("stops where the site gives the same page for ever", async () => {
    answer(() => page(1, 500));
    expect(await testSite().site.find("Version", [], { fields: [] })).toHaveLength(500);
    expect(mock.asked()).toHaveLength(2);
  });

  test("asks for no more than the limit", async () => {
    answer(({ body }) => page(1, JSON.parse(body).page.size));
    expect(await testSite().site.find("Version", [], { fields: [], limit: 3 })).toHaveLength(3);
    expect(JSON.parse(mock.state.seen[1]?.body ?? "").page).toEqual({ size: 3, number: 1 });
    expect(mock.asked()).toHaveLength(1);
  });

  test("takes nested conditions as the hash form", async () => {
    answer(() => json([]));
    const group = {
      logical_operator: "or",
      conditions: [
        ["code", "is", "a"],
        ["code", "is", "b"],
      ],
    } as const;
    await testSite().site.find("Version", group, { fields: [] });
    expect(mock.state.seen[1]?.headers.get("content-type")).toBe("application/vnd+shotgun.api3_hash+json");
    expect(JSON.parse(mock.state.seen[1]?.body ?? "").filters).toEqual(group);
  });
});

test("count asks the site to count", async () => {
  answer(() => json({ summaries: { id: 41 }, groups: [] }));
  expect(await testSite().site.count("Version", [["code", "is", "a"]])).toBe(41);
  expect(mock.asked()).toEqual(["POST /api/v1/entity/versions/_summarize"]);
  expect(JSON.parse(mock.state.seen[1]?.body ?? "")).toEqual({
    filters: [["code", "is", "a"]],
    summary_fields: [{ field: "id", type: "count" }],
  });
  answer(() => json({ summaries: {}, groups: [] }));
  expect((await errorOf(testSite().site.count("Version", []))).code).toBe("E_SITE");
});

describe("writes", () => {
  test("create sends a flat map and gives the record", async () => {
    answer(() => json(record("Version", 7, { code: "a" }), 201));
    expect(
      await testSite().site.create("Version", { code: "a", project: { type: "Project", id: 1 } }),
    ).toMatchObject({ id: 7, fields: { code: "a" } });
    expect(mock.asked()).toEqual(["POST /api/v1/entity/versions"]);
    expect(JSON.parse(mock.state.seen[1]?.body ?? "")).toEqual({
      code: "a",
      project: { type: "Project", id: 1 },
    });
    expect(mock.state.seen[1]?.headers.get("content-type")).toBe("application/json");
  });

  test("addLinks appends; the mode stands in the value", async () => {
    answer(() => json(record("Playlist", 12)));
    await testSite().site.addLinks({ type: "Playlist", id: 12 }, "versions", [VERSION]);
    expect(mock.asked()).toEqual(["PUT /api/v1/entity/playlists/12"]);
    expect(JSON.parse(mock.state.seen[1]?.body ?? "")).toEqual({
      versions: { multi_entity_update_mode: "add", value: [VERSION] },
    });
    await testSite().site.addLinks({ type: "Playlist", id: 12 }, "versions", []);
    expect(mock.asked()).toHaveLength(1);
  });

  test("update of a record that is gone", async () => {
    answer(() => siteError(404, 103, "not found"));
    expect(await errorOf(testSite().site.update(VERSION, { code: "b" }))).toMatchObject({
      code: "E_RECORD_MISSING",
      message: `There is no Version:23404 on ${ORIGIN}.`,
    });
  });

  test("remove says whether there was something to remove", async () => {
    answer(() => new Response(null, { status: 204 }));
    expect(await testSite().site.remove(VERSION)).toBe(true);
    answer(() => siteError(404, 103, "not found"));
    expect(await testSite().site.remove(VERSION)).toBe(false);
    answer(() => siteError(400, 104, "You have no permission to delete this"));
    expect((await errorOf(testSite().site.remove(VERSION))).code).toBe("E_FORBIDDEN");
  });
});

test("-v tells what was asked and nothing secret", async () => {
  answer(() => json(record("Version", 23404)));
  const { site, lines } = testSite();
  await site.read(VERSION, ["code"]);
  expect(lines).toEqual([
    "POST /api/v1/auth/access_token 200 0 ms",
    "GET /api/v1/entity/versions/23404?fields=code 200 0 ms",
  ]);
});
