import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SummaryQuery, summarize } from "../../../src/sandbox/query/summarize.ts";
import type { Link } from "../../../src/sandbox/types.ts";
import { type BareSite, bareSite } from "../bare-site.ts";

let site: BareSite;
let shot: Link;

beforeAll(async () => {
  site = await bareSite();
  const { store } = site.sandbox;
  const insert = (type: string, fields: Record<string, unknown>) => ({
    type,
    id: store.insert(type, fields, null).id,
  });
  const project = insert("Project", { name: "project X" });
  const archived = insert("Project", { name: "old", archived: true });
  shot = insert("Shot", { code: "sh010", project });
  const version = (fields: Record<string, unknown>) => insert("Version", { project, ...fields });
  version({
    code: "a",
    entity: shot,
    frame_count: 10,
    sg_status_list: "fin",
    created_at: "2026-11-24T01:00:00Z",
  });
  version({
    code: "b",
    entity: shot,
    frame_count: 32,
    sg_status_list: "ip",
    created_at: "2026-11-01T00:00:00Z",
  });
  version({ code: "B2", flagged: true, sg_status_list: "ip", created_at: "2026-08-31T23:00:00Z" });
  insert("Version", { code: "z", project: archived, frame_count: 1000, created_at: "2020-01-01T00:00:00Z" });
});
afterAll(() => site.close());

function ask(more: Partial<SummaryQuery>) {
  const base = { type: "Version", filter: null, summaries: [], groupings: [], includeArchived: false };
  return summarize(site.sandbox, { ...base, ...more });
}

const summary = (field: string, type: string, value?: unknown) =>
  ask({ summaries: [{ field, type, value }] }).summaries[field];

describe("over all rows", () => {
  it.each([
    ["id", "count", undefined, 3],
    ["frame_count", "count", undefined, 2],
    ["frame_count", "record_count", undefined, 3],
    ["frame_count", "sum", undefined, 42],
    ["frame_count", "average", undefined, 21],
    ["frame_count", "minimum", undefined, 10],
    ["frame_count", "maximum", undefined, 32],
    ["created_at", "earliest", undefined, "2026-08-31T23:00:00Z"],
    ["created_at", "latest", undefined, "2026-11-24T01:00:00Z"],
    ["flagged", "checked", undefined, 1],
    ["flagged", "unchecked", undefined, 2],
    ["sg_status_list", "status_percentage", "ip", "67%"],
    ["sg_status_list", "status_list", undefined, "ip"],
  ])("%s %s %s", (field, type, value, expected) => {
    expect(summary(field, type, value)).toBe(expected);
  });

  it("archived projects count when they are not left out", () => {
    const summaries = [{ field: "frame_count", type: "sum" }];
    expect(ask({ summaries, includeArchived: true }).summaries).toEqual({ frame_count: 1042 });
  });
});

describe("groups", () => {
  const names = (field: string, type: string, direction: "asc" | "desc" = "asc") =>
    ask({ groupings: [{ field, type, direction }] }).groups.map((group) => [
      group.group_name,
      group.group_value,
    ]);

  it("exact, with summaries of their own", () => {
    const summaries = [{ field: "id", type: "count" }];
    const groupings = [{ field: "sg_status_list", type: "exact", direction: "desc" as const }];
    expect(ask({ summaries, groupings })).toEqual({
      summaries: { id: 3 },
      groups: [
        { group_name: "ip", group_value: "ip", summaries: { id: 2 } },
        { group_name: "fin", group_value: "fin", summaries: { id: 1 } },
      ],
    });
  });

  it("by link, number, date and letter", () => {
    expect(names("entity", "exact")).toEqual([
      ["sh010", { ...shot, name: "sh010" }],
      ["", null],
    ]);
    expect(names("entity", "entitytype")).toEqual([
      ["Shot", "Shot"],
      ["", null],
    ]);
    expect(names("frame_count", "tens")).toEqual([
      ["10-19", 10],
      ["30-39", 30],
      ["", null],
    ]);
    expect(names("created_at", "month").map(([name]) => name)).toEqual(["2026-08-01", "2026-11-01"]);
    expect(names("created_at", "quarter").map(([name]) => name)).toEqual(["2026-07-01", "2026-10-01"]);
    expect(names("created_at", "week").map(([name]) => name)).toEqual([
      "2026-08-31",
      "2026-10-26",
      "2026-11-23",
    ]);
    expect(names("code", "firstletter").map(([name]) => name)).toEqual(["A", "B"]);
  });

  it("one in the other", () => {
    const by = (field: string) => ({ field, type: "exact", direction: "asc" as const });
    const { groups } = ask({ groupings: [by("entity"), by("code")] });
    expect(groups[0]?.groups?.map((group) => group.group_name)).toEqual(["a", "b"]);
  });
});

it("refuses what it cannot count or group", () => {
  expect(() => summary("nope", "count")).toThrow("API summarize() Version.nope doesn't exist.");
  expect(() => summary("id", "toString")).toThrow("summary type 'toString' is not valid");
  expect(() => ask({ groupings: [{ field: "code", type: "tens", direction: "asc" }] })).toThrow(
    "grouping type 'tens' is not valid",
  );
});
