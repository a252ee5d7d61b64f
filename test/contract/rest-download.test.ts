import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { initUpload, type Json, openSite, type Site } from "./rest-client.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const first = (answer: { json: Json }) => answer.json.errors[0];

describe("7 download", () => {
  it("describes a url field, an image field and an empty one", async () => {
    const movie = await site.get("entity/versions/23425/sg_uploaded_movie");
    expect(movie.json).toEqual({
      data: {
        url: expect.any(String),
        name: "sh010_comp_v004.mov",
        content_type: "video/quicktime",
        link_type: "upload",
        type: "Attachment",
        id: expect.any(Number),
      },
      links: { self: "/api/v1/entity/versions/23425/sg_uploaded_movie" },
    });
    const image = await site.get("entity/versions/23425/image");
    expect(new URL(image.json.data).pathname).toMatch(/_t\.jpg$/);
    expect((await site.get("entity/versions/23404/image")).json.data).toBeNull();
    expect((await site.get("entity/versions/23404/sg_uploaded_movie")).json.data).toBeNull();
  });

  it.each([
    ["versions/23425/code", 400, "Field Version.code is not an image or attachment."],
    ["versions/23425/playlists", 400, "Field Version.playlists is not an image or attachment."],
    ["versions/23425/sg_nothing", 404, "Not Found"],
  ])("%s is %i", async (path, status, title) => {
    const answer = await site.get(`entity/${path}`);
    expect([answer.status, first(answer).title]).toEqual([status, title]);
  });

  it("a dotted path is 406 with one byte of HTML", async () => {
    const answer = await site.get("entity/versions/23425/entity.Shot.code");
    expect([answer.status, answer.text.length]).toEqual([406, 1]);
    expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
  });

  it.each([
    ["versions/23425/sg_uploaded_movie", "original"],
    ["versions/23425/sg_uploaded_movie", "thumbnail"],
    ["versions/23425/image", "original"],
    ["versions/23425/image", "thumbnail"],
    ["attachments/111339/this_file", "original"],
  ])("%s?alt=%s is 302 to the storage, which serves ranges", async (path, alt) => {
    const answer = await site.get(`entity/${path}?alt=${alt}`);
    expect(answer.status).toBe(302);
    const location = answer.headers.get("location") ?? "";
    expect(location.startsWith(`${site.started.ready.storage}/`)).toBe(true);
    const part = await fetch(location, { headers: { Range: "bytes=0-9" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toMatch(/^bytes 0-9\/\d+$/);
    expect((await part.arrayBuffer()).byteLength).toBe(10);
  });

  it("the original of a thumbnail is larger than the thumbnail", async () => {
    const size = async (alt: string) => {
      const { headers } = await site.get(`entity/versions/23425/image?alt=${alt}`);
      return (await (await fetch(headers.get("location") ?? "")).arrayBuffer()).byteLength;
    };
    expect(await size("original")).toBeGreaterThan(await size("thumbnail"));
  });

  it("Range without alt does nothing", async () => {
    const answer = await site.get("entity/versions/23425/sg_uploaded_movie", {
      headers: { Range: "bytes=0-1" },
    });
    expect([answer.status, answer.json.data.type]).toEqual([200, "Attachment"]);
  });

  it("alt on an empty field is 404 with code 104, worded by data type; another alt is 400", async () => {
    const movie = await site.get("entity/versions/23404/sg_uploaded_movie?alt=original");
    expect(first(movie)).toMatchObject({
      status: 404,
      code: 104,
      title: "Field sg_uploaded_movie is empty.",
    });
    const image = await site.get("entity/versions/23404/image?alt=original");
    expect(first(image)).toMatchObject({ status: 404, code: 104, title: "File not found" });
    const other = await site.get("entity/versions/23425/image?alt=large");
    expect([other.status, first(other).source]).toEqual([
      400,
      { alt: ["alt must be one of: original, thumbnail"] },
    ]);
  });

  it("a signed URL is for GET alone, lives about 15 minutes, and is another at each read", async () => {
    const url = async () =>
      (await site.get("entity/versions/23425/sg_uploaded_movie")).json.data.url as string;
    const one = new URL(await url());
    expect((await fetch(one, { method: "HEAD" })).status).toBe(403);
    expect((await fetch(one)).status).toBe(200);
    expect(Number(one.searchParams.get("X-Amz-Expires"))).toBeGreaterThanOrEqual(600);
    expect(Number(one.searchParams.get("X-Amz-Expires"))).toBeLessThanOrEqual(900);
  });

  it("relationships of one field, all of them", async () => {
    const { json } = await site.get("entity/versions/23425/relationships/entity");
    expect(json).toEqual({
      data: { id: 1, name: "sh010", type: "Shot" },
      links: { self: "/api/v1/entity/versions/23425/relationships/entity" },
    });
    const code = await site.get("entity/versions/23425/relationships/code");
    expect([code.status, first(code).title]).toEqual([400, "Field 'code' is not a relationship field"]);
  });
});

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

describe("9 errors", () => {
  it("stand in an envelope, each with an id of its own", async () => {
    const [one, other] = [await site.get("entity/nonsense"), await site.get("entity/nonsense")];
    expect(Object.keys(one.json)).toEqual(["errors"]);
    expect(Object.keys(first(one)).sort()).toEqual([
      "code",
      "detail",
      "id",
      "meta",
      "source",
      "status",
      "title",
    ]);
    expect(first(one).id).not.toBe(first(other).id);
    expect(first(one)).toMatchObject({ status: 404, code: 103, title: "Not Found", meta: null });
  });

  it("what is no JSON is 400; spec without a format 404, with another 406", async () => {
    expect((await site.post("entity/tags", "{not json")).status).toBe(400);
    expect((await site.get("spec")).status).toBe(404);
    expect((await site.get("spec.txt")).status).toBe(406);
  });
});

describe("a site that keeps the bytes itself", () => {
  let own: Site;
  beforeAll(async () => {
    own = await openSite({ storageService: "sg" });
  });
  afterAll(() => own.close());

  it("6.2: the site takes the PUT under a signature, and gives the upload id that the completion wants", async () => {
    const id = await own.newVersion();
    const ticket = await initUpload(own, `entity/versions/${id}/sg_uploaded_movie_mp4`, "a.mp4");
    expect(ticket.data).toMatchObject({ storage_service: "sg", upload_id: null });
    const url = new URL(ticket.upload);
    expect([url.origin, url.pathname]).toEqual([own.origin, ticket.complete]);
    expect([...url.searchParams.keys()]).toEqual(
      expect.arrayContaining(["filename", "expiration", "signature", "user_id", "user_type"]),
    );
    const put = await fetch(url, { method: "PUT", body: "bytes" });
    const reply = (await put.json()) as Json;
    expect(put.status).toBe(200);
    expect(reply).toEqual({
      data: { upload_id: expect.any(String), original_filename: "a.mp4" },
      links: { complete_upload: ticket.complete },
    });
    const done = await own.post(ticket.complete, {
      upload_info: { ...ticket.data, ...reply.data },
      upload_data: {},
    });
    expect(done.status).toBe(201);
    const { json } = await own.get(`entity/versions/${id}?fields=sg_uploaded_movie_mp4,image`);
    const value = json.data.attributes.sg_uploaded_movie_mp4;
    expect(value.url).toBe(`${own.origin}/file_serve/attachment/${value.id}`);
  });

  it("a PUT without or with a wrong signature is refused", async () => {
    const path = "entity/versions/23404/sg_uploaded_movie/_upload";
    const bare = await own.put(`${path}?filename=a.mov`, "x", { type: "application/octet-stream" });
    expect([bare.status, Object.keys(first(bare).source).sort()]).toEqual([
      400,
      ["expiration", "signature", "user_id", "user_type"],
    ]);
    const ticket = await initUpload(own, "entity/versions/23404/sg_uploaded_movie", "a.mov");
    const url = new URL(ticket.upload);
    url.searchParams.set("filename", "b.mov");
    expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(403);
  });

  it("multipart is 400, and pictures are served by the site too", async () => {
    const answer = await own.get(
      "entity/versions/23404/sg_uploaded_movie/_upload?filename=a&multipart_upload=true",
    );
    expect(answer.status).toBe(400);
    const { json } = await own.get("entity/versions/23425?fields=image");
    const url = new URL(json.data.attributes.image);
    expect([url.origin, /_t\.jpg$/.test(url.pathname)]).toEqual([own.origin, true]);
    const picture = await fetch(url);
    expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    url.searchParams.set("expiration", "9999999999");
    expect((await fetch(url)).status).toBe(403);
  });
});
