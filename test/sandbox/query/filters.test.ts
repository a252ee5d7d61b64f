import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Condition, type ConditionGroup, QueryError } from "../../../src/sandbox/query/condition.ts";
import { runQuery } from "../../../src/sandbox/query/run-query.ts";
import type { Link } from "../../../src/sandbox/types.ts";
import { type BareSite, bareSite } from "../bare-site.ts";

/** The site's clock stands at 2026-11-24T02:40:00Z, a Tuesday. */
let site: BareSite;
const links: Record<string, Link> = {};

function insert(name: string, type: string, fields: Record<string, unknown>): Link {
  const row = site.sandbox.store.insert(type, fields, null);
  const link = { type, id: row.id };
  links[name] = link;
  return link;
}

beforeAll(async () => {
  site = await bareSite();
  const project = insert("project", "Project", { name: "project X" });
  const old = insert("old", "Project", { name: "done", archived: true });
  const shot = insert("shot", "Shot", { code: "SH010", project });
  const other = insert("other", "Shot", { code: "sh020", project });
  const gone = insert("gone", "Shot", { code: "sh030", project });
  const playlist = insert("playlist", "Playlist", { code: "Dailies", project });
  const asset = insert("asset", "Asset", { code: "Robot", project });
  insert("a", "Version", {
    code: "SH010_v001",
    project,
    entity: shot,
    frame_count: 100,
    sg_frames_aspect_ratio: 1.5,
    flagged: true,
    sg_status_list: "rev",
    created_at: "2026-11-24T01:00:00Z",
    playlists: [playlist],
    tag_list: ["Hero", "night"],
  });
  insert("b", "Version", {
    code: "sh020_v002",
    project,
    entity: other,
    frame_count: 0,
    sg_status_list: "apr",
    created_at: "2026-11-20T12:00:00Z",
    description: "Noëlご",
  });
  insert("c", "Version", { code: "robot_v001", project, entity: asset, created_at: "2026-10-01T00:00:00Z" });
  insert("d", "Version", { code: "orphan", project, entity: gone, created_at: "2025-11-24T00:00:00Z" });
  insert("e", "Version", { code: "archived", project: old, created_at: "2025-01-01T00:00:00Z" });
  insert("task", "Task", { content: "comp", project, due_date: "2026-11-25", entity: shot });
  insert("late", "Task", { content: "roto", project, due_date: "2026-11-22" });
  site.sandbox.store.retire("Shot", gone.id, null);
});
afterAll(() => site.close());

const nameOf = (type: string, id: number) =>
  Object.entries(links).find(([, link]) => link.type === type && link.id === id)?.[0];

function find(
  type: string,
  filter: ConditionGroup | null,
  more: Partial<Parameters<typeof runQuery>[1]> = {},
): string {
  const query = { type, filter, sorts: [], page: null, retired: false, includeArchived: true, ...more };
  return runQuery(site.sandbox, query)
    .map((row) => nameOf(type, row.id))
    .join("");
}

function where(path: string, relation: string, ...values: unknown[]): ConditionGroup {
  return { logical_operator: "and", conditions: [{ path, relation, values }] };
}

const versions = (path: string, relation: string, ...values: unknown[]) =>
  find("Version", where(path, relation, ...values));

describe("text", () => {
  it.each([
    ["is", ["sh010_V001"], "a"],
    ["is_not", ["sh010_v001"], "bcde"],
    ["contains", ["V00"], "abc"],
    ["not_contains", ["v00"], "de"],
    ["starts_with", ["SH0"], "ab"],
    ["ends_with", ["V001"], "ac"],
    ["in", ["ORPHAN", "robot_v001"], "cd"],
    ["in", [["orphan", "robot_v001"]], "cd"],
    ["not_in", ["orphan", "robot_v001"], "abe"],
  ])("code %s %j is without case", (relation, values, found) => {
    expect(versions("code", relation, ...values)).toBe(found);
  });

  it("null is its own value", () => {
    expect(versions("description", "is", null)).toBe("acde");
    expect(versions("description", "is_not", null)).toBe("b");
    expect(versions("description", "in", "noëlご", null)).toBe("abcde");
    expect(versions("description", "contains", "ご")).toBe("b");
  });
});

describe("numbers and checkboxes", () => {
  it.each([
    ["frame_count", "is", [0], "b"],
    ["frame_count", "is", [null], "cde"],
    ["frame_count", "is_not", [null], "ab"],
    ["frame_count", "less_than", [100], "b"],
    ["frame_count", "greater_than", [0], "a"],
    ["frame_count", "between", [0, 100], "ab"],
    ["frame_count", "not_between", [1, 100], "bcde"],
    ["frame_count", "in", [100, 7], "a"],
    ["frame_count", "not_in", [100, 0], "cde"],
    ["sg_frames_aspect_ratio", "is", [1.5], "a"],
    ["flagged", "is", [true], "a"],
    ["flagged", "is_not", [true], "bcde"],
    ["sg_status_list", "in", ["rev", "apr"], "ab"],
    ["sg_status_list", "is_not", ["rev"], "bcde"],
  ])("%s %s %j", (path, relation, values, found) => {
    expect(versions(path, relation, ...values)).toBe(found);
  });
});

describe("dates, counted from the site's clock", () => {
  it.each([
    ["is", ["2026-11-24T01:00:00Z"], "a"],
    ["greater_than", ["2026-11-20T12:00:00Z"], "a"],
    ["less_than", ["2025-11-24"], "e"],
    ["between", ["2026-10-01T00:00:00Z", "2026-11-20T12:00:00Z"], "bc"],
    ["in_last", [2, "HOUR"], "a"],
    ["in_last", [5, "day"], "ab"],
    ["not_in_last", [5, "DAY"], "cde"],
    ["in_last", [1, "YEAR"], "abc"],
    ["in_next", [1, "WEEK"], ""],
    ["in_calendar_day", [0], "a"],
    ["in_calendar_week", [-1], "b"],
    ["in_calendar_month", [-1], "c"],
    ["in_calendar_year", [0], "abc"],
    ["in_calendar_year", [-1], "de"],
  ])("created_at %s %j", (relation, values, found) => {
    expect(versions("created_at", relation, ...values)).toBe(found);
  });

  it("a date is a whole day", () => {
    expect(find("Task", where("due_date", "in_next", 1, "DAY"))).toBe("task");
    expect(find("Task", where("due_date", "in_last", 2, "DAY"))).toBe("late");
    expect(find("Task", where("due_date", "in_calendar_day", 1))).toBe("task");
    expect(find("Task", where("due_date", "is", "2026-11-22"))).toBe("late");
  });
});

describe("links", () => {
  const link = (name: string) => links[name] as Link;

  it("is, in, and their negations, by type and id", () => {
    expect(versions("entity", "is", link("shot"))).toBe("a");
    expect(versions("entity", "is", { type: "Asset", id: link("shot").id })).toBe("c");
    expect(versions("entity", "is_not", link("shot"))).toBe("bcde");
    expect(versions("entity", "in", [link("shot"), link("other")])).toBe("ab");
    expect(versions("entity", "not_in", link("shot"), link("other"))).toBe("cde");
  });

  it("a link to a retired row is empty", () => {
    expect(versions("entity", "is", null)).toBe("de");
    expect(versions("entity", "is", link("gone"))).toBe("");
  });

  it("by type and by name", () => {
    expect(versions("entity", "type_is", "Shot")).toBe("ab");
    expect(versions("entity", "type_is_not", "Shot")).toBe("cde");
    expect(versions("entity", "name_is", "robot")).toBe("c");
    expect(versions("entity", "name_contains", "SH0")).toBe("ab");
    expect(versions("entity", "name_not_contains", "sh0")).toBe("cde");
    expect(versions("entity", "name_starts_with", "ro")).toBe("c");
    expect(versions("entity", "name_ends_with", "10")).toBe("a");
  });

  it("a list is what it holds", () => {
    expect(versions("playlists", "is", link("playlist"))).toBe("a");
    expect(versions("playlists", "is_not", link("playlist"))).toBe("bcde");
    expect(versions("playlists", "is", null)).toBe("bcde");
    expect(versions("playlists", "in", [link("playlist")])).toBe("a");
    expect(versions("playlists", "name_is", "DAILIES")).toBe("a");
    expect(versions("tag_list", "is", "hero")).toBe("a");
    expect(versions("tag_list", "name_contains", "igh")).toBe("a");
  });

  it("ways over links, of one type and through lists", () => {
    expect(versions("entity.Shot.code", "is", "sh010")).toBe("a");
    expect(versions("entity.Shot.project.Project.name", "is", "project x")).toBe("ab");
    expect(versions("entity.Asset.code", "is", null)).toBe("abde");
    expect(versions("playlists.Playlist.code", "is", "dailies")).toBe("a");
    expect(find("Playlist", where("versions.Version.frame_count", "greater_than", 50))).toBe("playlist");
  });
});

describe("groups, retired, archived, pages, order", () => {
  it("and, or, one in the other", () => {
    const either: ConditionGroup = {
      logical_operator: "or",
      conditions: [
        { path: "code", relation: "is", values: ["orphan"] },
        {
          logical_operator: "and",
          conditions: [
            { path: "code", relation: "contains", values: ["v00"] },
            { path: "flagged", relation: "is", values: [true] },
          ],
        },
      ],
    };
    expect(find("Version", either)).toBe("ad");
    expect(find("Version", { logical_operator: "or", conditions: [] })).toBe("abcde");
    expect(find("Version", null)).toBe("abcde");
  });

  it("ids name rows directly, and the other conditions still hold", () => {
    const ids = ["b", "a", "zzz"].map((name) => links[name]?.id ?? 999_999);
    const filter: ConditionGroup = {
      logical_operator: "and",
      conditions: [
        { path: "id", relation: "in", values: [...ids, ids[0]] },
        { path: "flagged", relation: "is", values: [true] },
      ],
    };
    expect(find("Version", filter)).toBe("a");
    expect(find("Version", where("id", "in", ids))).toBe("ab");
    expect(find("Version", where("id", "is_not", ids[0]))).toBe("acde");
  });

  it("retired rows only when asked, and only they", () => {
    expect(find("Shot", null)).toBe("shotother");
    expect(find("Shot", null, { retired: true })).toBe("gone");
  });

  it("archived projects and what is in them are left out when asked", () => {
    expect(find("Version", null, { includeArchived: false })).toBe("abcd");
    expect(find("Project", null, { includeArchived: false })).toBe("project");
  });

  it("sorts by text without case, links by name, empty last on the way up", () => {
    const by = (field: string, direction: "asc" | "desc") => ({ sorts: [{ field, direction }] });
    expect(find("Version", null, by("code", "asc"))).toBe("edcab");
    expect(find("Version", null, by("frame_count", "asc"))).toBe("bacde");
    expect(find("Version", null, by("frame_count", "desc"))).toBe("cdeab");
    expect(find("Version", null, by("entity.Shot.code", "desc"))).toBe("cdeba");
    expect(find("Version", null, by("entity", "asc"))).toBe("cabde");
    expect(find("Version", null, by("sg_uploaded_movie", "desc"))).toBe("abcde");
  });

  it("gives one page, by id up and down, and by what else there is", () => {
    const by = (field: string, direction: "asc" | "desc") => [{ field, direction }];
    const page = (number: number) => ({ size: 2, number });
    expect(find("Version", null, { page: page(1) })).toBe("ab");
    expect(find("Version", null, { page: page(3) })).toBe("e");
    expect(find("Version", null, { page: page(1), sorts: by("id", "desc") })).toBe("ed");
    expect(find("Version", null, { page: page(2), sorts: by("code", "asc") })).toBe("ca");
  });

  it("reads on from an id, alone and with the ids to choose from", () => {
    const [b] = runQuery(site.sandbox, {
      type: "Version",
      filter: null,
      sorts: [],
      page: { size: 1, number: 2 },
      retired: false,
      includeArchived: true,
    });
    const id = b?.id ?? 0;
    const above = { path: "id", relation: "greater_than", values: [id] };
    const oneOf = { path: "id", relation: "in", values: [[id, id + 1, id + 2]] };
    const all = (...conditions: Condition[]): ConditionGroup => ({ logical_operator: "and", conditions });
    expect(find("Version", all(above))).toBe("cde");
    expect(find("Version", all(above, oneOf))).toBe("cd");
    expect(find("Version", { logical_operator: "or", conditions: [above, oneOf] })).toBe("bcde");
  });
});

describe("what the site refuses, even where no row would be read", () => {
  it.each([
    ["Version", "nope", "is", [1], "Version.nope doesn't exist."],
    ["Version", "entity.Nope.code", "is", ["x"], "Version.entity.Nope.code doesn't exist."],
    ["Version", "code.Shot.code", "is", ["x"], "doesn't exist."],
    ["Version", "entity.Shot", "is", ["x"], "doesn't exist."],
    ["Version", "code", "attachment", [null], "relation 'attachment' is not valid for data type 'text'."],
    ["Version", "code", "constructor", [null], "is not valid"],
    ["Version", "frame_count", "contains", [1], "is not valid"],
    ["Version", "sg_uploaded_movie", "is", [null], "can't be used in a filter"],
    ["HumanUser", "password_proxy", "is_not", [null], "can't be used in a filter"],
    ["Version", "image", "is_not", [{ type: "Thumbnail", id: 9 }], "expected [NilClass]"],
    ["Version", "image", "contains", [null], "is not valid"],
    ["Version", "entity", "is", [12], "expected [Hash, NilClass] data type(s) but got Integer: 12"],
    ["Version", "entity", "is", [{ id: 12 }], "entity hash string 'type'"],
    ["Version", "entity", "is", [{ type: "Shot" }], "entity hash integer 'id'"],
    ["Version", "frame_count", "is", ["many"], "expected [Integer, Float, NilClass]"],
    ["Version", "frame_count", "between", [1], "expected 2 value(s)"],
    ["Version", "created_at", "in_last", [1, "MOON"], "expected [HOUR, DAY, WEEK, MONTH, YEAR]"],
    ["Version", "created_at", "is", ["yesterday"], "expected [Date, NilClass]"],
    ["Version", "code", "is", [7], "expected [String, NilClass]"],
    ["Version", "code", "is", ["a", "b"], "expected 1 value(s)"],
  ])("%s %s %s %j", (type, path, relation, values, words) => {
    const ask = () => find(type, where(path, relation, ...values), { page: { size: 1, number: 999 } });
    expect(ask).toThrow(QueryError);
    expect(ask).toThrow(words);
  });

  it("image takes null only, and knows the pending ones", () => {
    expect(versions("image", "is", null)).toBe("abcde");
    expect(versions("image", "is_not", null)).toBe("");
  });

  it("a sort by what is not there", () => {
    expect(() => find("Version", null, { sorts: [{ field: "nope", direction: "asc" }] })).toThrow(
      "API read() Version.nope doesn't exist.",
    );
  });
});
