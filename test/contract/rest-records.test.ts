import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Json, openSite, type Site } from "./rest-client.ts";

let site: Site;
let project: { type: string; id: number };
beforeAll(async () => {
  site = await openSite();
  project = { type: "Project", id: site.started.ready.project.id };
});
afterAll(() => site.close());

const first = (answer: { json: Json }) => answer.json.errors[0];

describe("3 records", () => {
  it("create: 201, links apart from attributes, a made-up name, the project needed", async () => {
    const made = await site.post("entity/versions", { project, entity: { type: "Shot", id: 1 } });
    expect(made.status).toBe(201);
    const { data, links } = made.json;
    expect(Object.keys(data).sort()).toEqual(["attributes", "id", "links", "relationships", "type"]);
    expect(links.self).toBe(`/api/v1/entity/versions/${data.id}`);
    expect(data.attributes).toMatchObject({ code: `New Version ${data.id}`, sg_status_list: "rev" });
    expect(data.relationships.entity).toEqual({
      data: { id: 1, name: "sh010", type: "Shot" },
      links: { self: `${links.self}/relationships/entity`, related: "/api/v1/entity/shots/1" },
    });
    expect(data.relationships.playlists.data).toEqual([]);

    const without = await site.post("entity/versions", { code: "x" });
    expect(without.status).toBe(400);
    expect(first(without).title).toBe(`API create() missing 'project' attribute: {"code" => "x"}`);
  });

  it("create: a bare id, an unknown field, a link to nothing and a wrong list value are 400", async () => {
    const titles = async (fields: Json) => {
      const answer = await site.post("entity/versions", { project, ...fields });
      return [answer.status, first(answer).title];
    };
    expect(await titles({ entity: 1 })).toEqual([
      400,
      "API create() Version.entity expected [Hash, ActiveSupport::HashWithIndifferentAccess, ActionDispatch::Http::Parameters, ActionDispatch::Http::ParamsHashWithIndifferentAccess, NilClass] data type(s) but got Integer: 1",
    ]);
    expect(await titles({ sg_nothing: 1 })).toEqual([400, "API create() Version.sg_nothing doesn't exist."]);
    expect((await titles({ entity: { type: "Shot", id: 999999 } }))[0]).toBe(400);
    expect((await titles({ sg_version_type: "type a" }))[0]).toBe(400);
    expect((await titles({ code: 5 }))[1]).toBe(
      "API create() Version.code expected [String, NilClass] data type(s) but got Integer: 5",
    );
  });

  it("read: unknown names are dropped without a word, dotted paths are flat, links carry names", async () => {
    const { json } = await site.get(
      "entity/versions/23425?fields=code,sg_nothing,entity,entity.Shot.code,entity.Asset.code",
    );
    expect(json.data.attributes).toEqual({
      code: "sh010_comp_v004",
      "entity.Shot.code": "sh010",
      "entity.Asset.code": null,
    });
    expect(json.data.relationships.entity.data).toEqual({ id: 1, name: "sh010", type: "Shot" });
  });

  it("read: what is not there is 404 with code 104", async () => {
    const answer = await site.get("entity/versions/999999");
    expect(first(answer)).toMatchObject({ status: 404, code: 104, detail: "Version: 999999 not found" });
  });

  it("update: PUT answers the whole record and changes only what it names; PATCH is 404", async () => {
    const id = await site.newVersion({ code: "before", description: "stays" });
    const put = await site.put(`entity/versions/${id}?fields=code`, { code: "after" });
    expect(put.status).toBe(200);
    expect(put.json.data.attributes).toMatchObject({
      code: "after",
      description: "stays",
      frame_count: null,
    });
    expect((await site.put(`entity/versions/${id}`, {})).status).toBe(200);
    expect((await site.ask("PATCH", `entity/versions/${id}`, { body: { code: "x" } })).status).toBe(404);
    const missing = await site.put("entity/versions/999999", { code: "x" });
    expect(first(missing)).toMatchObject({
      status: 404,
      code: 104,
      title: "Not Found",
      detail: "Entity of type [Version] with id=999999 does not exist.",
    });
  });

  it("update: read-only and create-only fields say so", async () => {
    const title = async (fields: Json, path = "entity/versions/23404") =>
      first(await site.put(path, fields)).title;
    expect(await title({ image_source_entity: null })).toBe(
      "API update() Version.image_source_entity is read only.",
    );
    expect(await title({ created_at: "2026-01-01T00:00:00Z" })).toBe(
      "API update() Version.created_at is editable on create only.",
    );
    expect(await title({ file_size: 1 }, "entity/attachments/111339")).toBe(
      "API update() Attachment.file_size is read only.",
    );
  });

  it("update: conditions are ignored, though a read has an ETag", async () => {
    const id = await site.newVersion({ code: "x" });
    const read = await site.get(`entity/versions/${id}?fields=code`);
    expect(read.headers.get("etag")).toMatch(/^W\/"[0-9a-f]{32}"$/);
    for (const headers of [{ "If-Match": '"other"' }, { "If-None-Match": "*" }]) {
      const put = await site.put(`entity/versions/${id}`, { code: "y" }, { headers });
      expect(put.status).toBe(200);
    }
    const again = await site.get(`entity/versions/${id}?fields=code`, {
      headers: { "If-None-Match": read.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(200);
  });

  it("lists of links: a bare list replaces, the mode in the value adds and removes, in the query it does nothing", async () => {
    const [a, b] = await Promise.all([site.newVersion({ code: "a" }), site.newVersion({ code: "b" })]);
    const link = (id: number | undefined) => ({ type: "Version", id });
    const { json } = await site.post("entity/playlists", { project, code: "p", versions: [link(a)] });
    const path = `entity/playlists/${json.data.id}`;
    const ids = (answer: { json: Json }) =>
      answer.json.data.relationships.versions.data.map((each: Json) => each.id);
    const mode = (word: string, id: number | undefined) =>
      site.put(path, { versions: { multi_entity_update_mode: word, value: [link(id)] } });
    expect(ids(await mode("add", b))).toEqual([a, b]);
    expect(ids(await mode("add", b))).toEqual([a, b]);
    expect(ids(await mode("remove", a))).toEqual([b]);
    expect(ids(await mode("set", a))).toEqual([a]);
    expect(ids(await site.put(`${path}?multi_entity_update_mode=add`, { versions: [link(b)] }))).toEqual([b]);
    const unwrapped = await site.put(path, { versions: link(a) });
    expect(first(unwrapped).title).toMatch(
      /^API update\(\) invalid\/missing string 'multi_entity_update_mode'/,
    );
    expect((await site.put(path, { versions: null })).status).toBe(400);
    const { json: version } = await site.get(`entity/versions/${b}?fields=playlists`);
    expect(version.data.relationships.playlists.data).toEqual([
      { id: json.data.id, name: "p", type: "Playlist" },
    ]);
  });

  it("delete: 204 without a body, then 404 to reads and deletes; the retired row can be read and revived", async () => {
    const id = await site.newVersion({ code: "gone" });
    const path = `entity/versions/${id}`;
    const gone = await site.ask("DELETE", path);
    expect([gone.status, gone.text]).toEqual([204, ""]);
    expect((await site.get(path)).status).toBe(404);
    expect((await site.ask("DELETE", path)).status).toBe(404);
    const retired = await site.get(`${path}?options[return_only]=retired&fields=code`);
    expect(retired.json.data.attributes).toEqual({ code: "gone" });
    const back = await site.post(`${path}?revive=true`);
    expect(back.json).toEqual({
      data: { type: "Version", id },
      links: { self: `/api/v1/${path}` },
      meta: { did_revive: true },
    });
    expect((await site.post(`${path}?revive=1`)).json.meta).toEqual({ did_revive: false });
    expect(first(await site.post(path, { code: "x" })).source).toEqual({ revive: ["revive is missing"] });
    expect((await site.get(path)).status).toBe(200);
  });

  it("a retired row is gone from links", async () => {
    const made = await site.post("entity/shots", { project, code: "short-lived" });
    const id = await site.newVersion({ entity: { type: "Shot", id: made.json.data.id } });
    await site.ask("DELETE", `entity/shots/${made.json.data.id}`);
    const { json } = await site.get(`entity/versions/${id}?fields=entity`);
    expect(json.data.relationships.entity.data).toBeNull();
  });

  it("batch: 200, in order; one bad request undoes all", async () => {
    const create = (code: string) => ({ request_type: "create", entity: "Shot", data: { project, code } });
    const good = await site.post("entity/_batch", {
      requests: [
        create("b1"),
        { request_type: "update", entity: "Version", record_id: 23404, data: { description: "d" } },
      ],
    });
    expect(good.status).toBe(200);
    expect(good.json.data.map((each: Json) => [each.data.type, each.data.attributes.code])).toEqual([
      ["Shot", "b1"],
      ["Version", "sh010_comp_v005"],
    ]);
    const bad = await site.post("entity/_batch", {
      requests: [create("b2"), { request_type: "update", entity: "Shot", record_id: 999999, data: {} }],
    });
    expect(bad.status).toBe(404);
    expect((await site.search("shots", [["code", "is", "b2"]])).json.data).toEqual([]);
    const shot = good.json.data[0].data.id;
    const gone = await site.post("entity/_batch", {
      requests: [{ request_type: "delete", entity: "Shot", record_id: shot }],
    });
    expect(gone.json.data[0]).toMatchObject({ did_delete: true, id: shot });
  });

  it.each([
    [{ data: [] }, { requests: ["requests is missing"] }],
    [{ requests: [{ request_type: "create" }] }, { requests: { 0: { entity: ["entity is missing"] } } }],
    [
      { requests: [{ request_type: "upsert", entity: "Shot" }] },
      { requests: { 0: { request_type: ["request_type must be one of: create, update, delete"] } } },
    ],
  ])("batch: %j is 400 by name", async (body, source) => {
    const answer = await site.post("entity/_batch", body);
    expect(answer.status).toBe(400);
    expect(first(answer)).toMatchObject({ title: "Request Parameters invalid.", source });
  });

  it("a list instead of an object is 400", async () => {
    const answer = await site.post("entity/_batch", []);
    expect(first(answer).title).toBe("Invalid JSON body. Expected Hash but received Array.");
  });
});
