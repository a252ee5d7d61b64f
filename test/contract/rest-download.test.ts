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

  it("a signed URL is for GET alone and lives about 15 minutes", async () => {
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
    expect(await (await fetch(value.url)).text()).toBe("bytes");
    const led = await own.get(`entity/versions/${id}/sg_uploaded_movie_mp4?alt=original`);
    expect([led.status, led.headers.get("location")]).toEqual([302, value.url]);
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
