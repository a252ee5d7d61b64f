import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fieldList, openRpcSite, type RpcSite } from "./rpc-client.ts";

let site: RpcSite;
let project: { type: string; id: number };
beforeAll(async () => {
  site = await openRpcSite();
  project = { type: "Project", id: site.started.ready.project.id };
});
afterAll(() => site.close());

const where = (path: string, relation: string, ...values: unknown[]) => ({
  logical_operator: "and",
  conditions: [{ path, relation, values }],
});

describe("4.1 read", () => {
  it("every entity has type and id; dotted fields stand under their own key; unknown ones are dropped", async () => {
    const [version] = await site.find(
      "Version",
      ["id", "is", 23425],
      ["code", "project.Project.name", "nope"],
    );
    expect(version).toEqual({
      type: "Version",
      id: 23425,
      code: expect.any(String),
      "project.Project.name": "project X",
    });
  });

  it("links are type, id and name; floats are numbers", async () => {
    const [version] = await site.find("Version", ["id", "is", 23425], ["project", "uploaded_movie_duration"]);
    expect(version.project).toEqual({ ...project, name: "project X" });
    expect(typeof version.uploaded_movie_duration).toBe("number");
  });

  it("pages without counts say whether there is more; with counts, how many", async () => {
    const paging = (current_page: number) => ({ entities_per_page: 2, current_page });
    const read = (page: number, more: object) =>
      site.ask("read", {
        type: "Version",
        filters: where("id", "in", 23404, 23425, 23426),
        paging: paging(page),
        ...more,
      });
    const first = await read(1, { return_paging_info_without_counts: true });
    expect(first.entities.map((each: { id: number }) => each.id)).toEqual([23404, 23425]);
    expect(first.paging_info).toEqual({ ...paging(1), has_next_page: true });
    const last = await read(2, { return_paging_info_without_counts: true });
    expect([last.entities.length, last.paging_info.has_next_page]).toEqual([1, false]);
    const counted = await read(2, { return_paging_info: true });
    expect(counted.paging_info).toEqual({ ...paging(2), entity_count: 3, page_count: 2 });
    expect((await read(3, {})).entities).toEqual([]);
    const args = { type: "Version", paging: { entities_per_page: 501, current_page: 1 } };
    expect((await site.call("read", args)).exception).toBe(true);
  });

  it("sorts, nested groups, retired, archived", async () => {
    const shots = [];
    for (const code of ["r1", "r2", "r3"]) shots.push(await site.create("Shot", { code, project }));
    const filters = {
      logical_operator: "or",
      conditions: [where("code", "is", "R1"), where("code", "in", "r2", "r3")],
    };
    const sorts = [{ field_name: "code", direction: "desc" }];
    const codes = async (more: object) =>
      (
        await site.ask("read", { type: "Shot", return_fields: ["code"], filters, sorts, ...more })
      ).entities.map((shot: { code: string }) => shot.code);
    expect(await codes({})).toEqual(["r3", "r2", "r1"]);
    await site.ask("delete", { type: "Shot", id: shots[1].id });
    expect(await codes({})).toEqual(["r3", "r1"]);
    expect(await codes({ return_only: "retired" })).toEqual(["r2"]);
    const archived = await site.create("Project", { name: "archived", archived: true });
    await site.ask("update", { type: "Shot", id: shots[0].id, fields: fieldList({ project: archived }) });
    expect(await codes({})).toEqual(["r3", "r1"]);
    expect(await codes({ include_archived_projects: false })).toEqual(["r3"]);
  });

  it.each([
    ["a type that is not there", { type: "Revision" }, "'type'"],
    [
      "a field that is not there",
      { type: "Shot", filters: where("nope", "is", 1) },
      "API read() Shot.nope doesn't exist.",
    ],
    [
      "a relation that is not there",
      { type: "Shot", filters: where("code", "attachment", null) },
      "relation 'attachment'",
    ],
    [
      "a filter without a relation",
      { type: "Shot", filters: { logical_operator: "and", conditions: [{ path: "code" }] } },
      "API read()",
    ],
  ])("%s is a Fault", async (_, args, words) => {
    const answer = await site.call("read", args);
    expect(answer).toMatchObject({ exception: true, error_code: 103 });
    expect(answer.message).toContain(words);
  });

  it("LATEST keeps one Version of each entity; other presets, and two of them, are Faults", async () => {
    const shot = await site.create("Shot", { code: "latest", project });
    const made = [];
    for (const code of ["l1", "l2"]) made.push(await site.create("Version", { code, project, entity: shot }));
    const read = (presets: unknown) =>
      site.call("read", {
        type: "Version",
        filters: where("entity", "is", shot),
        additional_filter_presets: presets,
      });
    const latest = { preset_name: "LATEST", latest_by: "ENTITIES_CREATED_AT" };
    expect((await read([latest])).results.entities).toEqual([{ type: "Version", id: made[1].id }]);
    for (const bad of [[latest, latest], [{}], [3], 3, [{ preset_name: "LATEST", latest_by: "x" }]]) {
      expect((await read(bad)).exception, JSON.stringify(bad)).toBe(true);
    }
  });
});
