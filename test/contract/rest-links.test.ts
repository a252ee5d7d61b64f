import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Json, openSite, type Site } from "./rest-client.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const first = (answer: { json: Json }) => answer.json.errors[0];

describe("8 attachments, local files, storages", () => {
  it("an Attachment made by hand has no bytes, and this_file is written once", async () => {
    const empty = await site.post("entity/attachments", {});
    expect(empty.status).toBe(201);
    expect(empty.json.data.attributes.sg_status_list).toBe("na");
    expect(empty.json.data.attributes.this_file ?? null).toBeNull();
    const web = await site.post("entity/attachments", {
      project: site.started.ready.project,
      attachment_links: [{ type: "Version", id: 23404 }],
      this_file: { url: "https://x.example/a.png", name: "a.png" },
    });
    expect(web.json.data.attributes).toMatchObject({
      display_name: "a.png",
      this_file: { link_type: "web", url: "https://x.example/a.png", name: "a.png" },
    });
    const again = await site.put(`entity/attachments/${web.json.data.id}`, {
      this_file: { url: "https://y.example/" },
    });
    expect(first(again).title).toBe("API update() Attachment.this_file is editable on create only.");
    const named = await site.post("entity/attachments", { filename: "x" });
    expect(first(named).title).toBe("API create() Attachment.filename is read only.");
    expect((await site.ask("DELETE", `entity/attachments/${web.json.data.id}`)).status).toBe(204);
  });

  it("deleting the record leaves its Attachments", async () => {
    const id = await site.newVersion({ sg_uploaded_movie: { url: "https://x.example/a.mov", name: "a" } });
    const { json } = await site.get(`entity/versions/${id}?fields=sg_uploaded_movie`);
    await site.ask("DELETE", `entity/versions/${id}`);
    expect((await site.get(`entity/attachments/${json.data.attributes.sg_uploaded_movie.id}`)).status).toBe(
      200,
    );
  });

  it("a web link: an object with a url, a new Attachment each time, null empties", async () => {
    const id = await site.newVersion();
    const write = (value: Json) => site.put(`entity/versions/${id}`, { sg_uploaded_movie: value });
    const value = async () =>
      (await site.get(`entity/versions/${id}?fields=sg_uploaded_movie`)).json.data.attributes
        .sg_uploaded_movie;
    await write({ url: "https://x.example/a.mov", name: "a.mov" });
    const one = await value();
    expect(one).toMatchObject({ link_type: "web", url: "https://x.example/a.mov", content_type: null });
    await write({ url: "file:///mnt/a%20b.mov", name: "a b" });
    expect((await value()).id).not.toBe(one.id);
    for (const bad of ["https://x.example/a.mov", {}, { type: "Attachment", id: one.id }]) {
      expect((await write(bad)).status).toBe(400);
    }
    await write(null);
    expect(await value()).toBeNull();
  });

  it("a local link is resolved in the 201 already, for every OS", async () => {
    const made = await site.post("entity/published_files", {
      project: site.started.ready.project,
      code: "plate",
      path: { local_path: "/mnt/projects/project_x/plate.v001.exr" },
    });
    expect(made.status).toBe(201);
    const { path } = made.json.data.attributes;
    expect(path).toEqual({
      content_type: "image/x-exr",
      link_type: "local",
      name: "plate.v001.exr",
      local_storage: { type: "LocalStorage", id: expect.any(Number), name: "primary" },
      relative_path: "project_x/plate.v001.exr",
      local_path_linux: "/mnt/projects/project_x/plate.v001.exr",
      local_path_mac: "/Volumes/projects/project_x/plate.v001.exr",
      local_path_windows: "P:\\projects\\project_x\\plate.v001.exr",
      type: "Attachment",
      id: expect.any(Number),
    });
    expect(made.json.data.relationships.path_cache_storage.data).toMatchObject({ name: "primary" });
    const again = await site.put(`entity/published_files/${made.json.data.id}`, {
      path: { relative_path: "b.exr", local_storage: { type: "LocalStorage", id: path.local_storage.id } },
    });
    expect(again.json.data.attributes.path).toMatchObject({ relative_path: "b.exr" });
    expect(again.json.data.attributes.path.id).not.toBe(path.id);
  });

  it.each([
    [
      { local_path: "/nowhere/a.exr" },
      104,
      "Create failed for [Attachment]: Path /nowhere/a.exr doesn't match any defined Local Storage.",
    ],
    [
      { local_path: "P:\\projects\\a.exr" },
      104,
      "Create failed for [Attachment]: Path P:\\projects\\a.exr doesn't match any defined Local Storage.",
    ],
    [
      { relative_path: "a.exr" },
      103,
      `API create() invalid/missing url hash string 'url': {"relative_path" => "a.exr"}`,
    ],
  ])("%j is 400, and no row is left", async (path, code, title) => {
    const count = async () =>
      (await site.search("published_files", [], { page: { size: 5000 } })).json.data.length;
    const before = await count();
    const answer = await site.post("entity/published_files", { project: site.started.ready.project, path });
    expect([answer.status, first(answer).code, first(answer).title]).toEqual([400, code, title]);
    expect(await count()).toBe(before);
  });

  it("storages can be read; a code is taken once", async () => {
    const { json } = await site.get("entity/local_storages?fields=code,mac_path,windows_path,linux_path");
    expect(json.data[0].attributes).toEqual({
      code: "primary",
      windows_path: "P:\\projects",
      mac_path: "/Volumes/projects",
      linux_path: "/mnt/projects",
    });
    expect(json.data.some((row: Json) => row.attributes.windows_path.startsWith("\\\\"))).toBe(true);
    const twin = await site.post("entity/local_storages", { code: "primary" });
    expect([twin.status, first(twin).code]).toEqual([400, 104]);
  });

  it("preferences: unknown names are left out; updating is refused", async () => {
    const { json } = await site.get("preferences?prefs=support_local_storage,nothing");
    expect(json).toEqual({
      data: { support_local_storage: true },
      links: { self: "/api/v1/preferences?prefs=support_local_storage,nothing" },
    });
    expect(Object.keys((await site.get("preferences")).json.data)).toContain("hours_per_day");
    expect((await site.put("preferences/update", {})).status).toBe(400);
  });
});
