import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { initUpload, type Json, md5, openSite, putBytes, type Site, uploadFile } from "./rest-client.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const first = (answer: { json: Json }) => answer.json.errors[0];

async function bytesAt(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

async function field(path: string, name: string): Promise<Json> {
  return (await site.get(`${path}?fields=${name}`)).json.data.attributes[name];
}

async function filesOn(type: string, id: number): Promise<Json[]> {
  const { json } = await site.search("attachments", [["attachment_links", "is", { type, id }]], {
    fields: ["filename", "display_name", "file_size", "this_file", "tags", "project"],
  });
  return json.data;
}

const openParts = () => site.started.sandbox.storage.openMultiparts();

describe("6.1 init", () => {
  it("of a field: six keys, a storage URL, and the completion at the same path", async () => {
    const { status, json } = await site.get(
      "entity/versions/23404/sg_uploaded_movie/_upload?filename=shot.mov",
    );
    expect(status).toBe(200);
    expect(json.data).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      upload_type: "Attachment",
      upload_id: null,
      storage_service: "s3",
      original_filename: "shot.mov",
      multipart_upload: false,
    });
    expect(Object.keys(json.links).sort()).toEqual(["complete_upload", "upload"]);
    expect(json.links.complete_upload).toBe("/api/v1/entity/versions/23404/sg_uploaded_movie/_upload");
    expect(json.links.upload.startsWith(`${site.started.ready.storage}/`)).toBe(true);
    expect(new URL(json.links.upload).searchParams.get("X-Amz-Algorithm")).toBe("AWS4-HMAC-SHA256");
  });

  it.each([
    ["versions/23404/image", "Thumbnail"],
    ["versions/23404/filmstrip_image", "Thumbnail"],
    ["versions/23404/sg_uploaded_movie_mp4", "Attachment"],
    ["shots/1", "Attachment"],
  ])("%s is a %s", async (path, type) => {
    const { data } = await initUpload(site, `entity/${path}`, "a.png");
    expect(data["upload_type"]).toBe(type);
  });

  it("a multipart one is open on the storage at once", async () => {
    const before = (await openParts()).length;
    const { data, next } = await initUpload(site, "entity/versions/23404/sg_uploaded_movie", "big.mov", true);
    expect(data).toMatchObject({ upload_id: expect.any(String), multipart_upload: true });
    expect(next).toMatch(/^\/api\/v1\/entity\/versions\/23404\/sg_uploaded_movie\/_upload\/multipart\?/);
    expect(Object.fromEntries(new URL(next ?? "", site.origin).searchParams)).toEqual({
      filename: "big.mov",
      part_number: "2",
      timestamp: data["timestamp"],
      upload_id: data["upload_id"],
      upload_type: "Attachment",
    });
    expect((await openParts()).length).toBe(before + 1);
    expect(
      (await site.post("entity/versions/23404/sg_uploaded_movie/_upload/multipart_abort", data)).status,
    ).toBe(204);
    expect((await openParts()).length).toBe(before);
  });

  it.each([
    ["versions/23404/sg_uploaded_movie/_upload", 400, { source: { filename: ["filename is missing"] } }],
    [
      "versions/23404/sg_nothing/_upload?filename=a",
      404,
      { detail: "Field 'Version.sg_nothing' does not exist." },
    ],
    ["shots/1/attachments/_upload?filename=a", 404, { detail: "Field 'Shot.attachments' does not exist." }],
    ["versions/999999/_upload?filename=a", 404, {}],
  ])("%s is %i", async (path, status, error) => {
    const answer = await site.get(`entity/${path}`);
    expect(answer.status).toBe(status);
    expect(first(answer)).toMatchObject(error);
  });
});

describe("6.2 and 6.4 one PUT and its completion", () => {
  it("takes the bytes without a bearer, answers their MD5, and the field names the Attachment", async () => {
    const id = await site.newVersion();
    const path = `entity/versions/${id}`;
    const bytes = Buffer.from("not really a movie");
    const ticket = await initUpload(site, `${path}/sg_uploaded_movie`, "shot ü.mov");
    expect(await putBytes(ticket.upload, bytes)).toBe(md5(bytes));
    const done = await site.post(ticket.complete, { upload_info: ticket.data, upload_data: {} });
    expect([done.status, done.text]).toEqual([201, " "]);
    expect(done.headers.get("content-type")).toMatch(/^application\/json/);
    const value = await field(path, "sg_uploaded_movie");
    expect(value).toEqual({
      url: expect.any(String),
      name: "shot ü.mov",
      content_type: "video/quicktime",
      link_type: "upload",
      type: "Attachment",
      id: expect.any(Number),
    });
    expect(value.id).toBeGreaterThan(111339);
    expect(await bytesAt(value.url)).toEqual(bytes);
    expect(await filesOn("Version", id)).toMatchObject([
      {
        id: value.id,
        attributes: { filename: "shot ü.mov", display_name: "shot ü.mov", file_size: null },
        relationships: { project: { data: { name: "project X" } } },
      },
    ]);
  });

  it("without a field: an Attachment on the record, named and tagged", async () => {
    const tag = (await site.post("entity/tags", { name: "reference" })).json.data.id;
    const shot = (await site.post("entity/shots", { project: site.started.ready.project })).json.data.id;
    const ticket = await initUpload(site, `entity/shots/${shot}`, "ref.txt");
    await putBytes(ticket.upload, Buffer.from("text"));
    await site.post(ticket.complete, {
      upload_info: ticket.data,
      upload_data: { display_name: "The reference", tags: [{ type: "Tag", id: tag }] },
    });
    const [file] = await filesOn("Shot", shot);
    expect(file.attributes).toMatchObject({ filename: "ref.txt", display_name: "The reference" });
    expect(file.relationships.tags.data).toEqual([{ id: tag, name: "reference", type: "Tag" }]);
    expect((await bytesAt(file.attributes.this_file.url)).toString()).toBe("text");
  });

  it("on a note's attachments, and on PublishedFile.path", async () => {
    const note = (await site.post("entity/notes", { project: site.started.ready.project, subject: "n" })).json
      .data.id;
    await uploadFile(site, `entity/notes/${note}/attachments`, "a.txt", Buffer.from("a"));
    const { json } = await site.get(`entity/notes/${note}?fields=attachments`);
    expect(json.data.relationships.attachments.data).toMatchObject([{ name: "a.txt", type: "Attachment" }]);
    const publish = (await site.post("entity/published_files", { project: site.started.ready.project })).json
      .data.id;
    await uploadFile(site, `entity/published_files/${publish}/path`, "plate.exr", Buffer.from("b"));
    expect(await field(`entity/published_files/${publish}`, "path")).toMatchObject({
      link_type: "upload",
      name: "plate.exr",
    });
  });

  it("completes with no bytes behind it", async () => {
    const id = await site.newVersion();
    const ticket = await initUpload(site, `entity/versions/${id}/sg_uploaded_movie_mp4`, "never.mp4");
    const done = await site.post(ticket.complete, { upload_info: ticket.data, upload_data: {} });
    expect(done.status).toBe(201);
    const value = await field(`entity/versions/${id}`, "sg_uploaded_movie_mp4");
    expect(value.name).toBe("never.mp4");
    expect((await fetch(value.url)).status).toBe(404);
  });

  it("replaces: the field has the new one, the old Attachment stays", async () => {
    const id = await site.newVersion();
    const path = `entity/versions/${id}/sg_uploaded_movie_webm`;
    await uploadFile(site, path, "same.webm", Buffer.from("one"));
    const old = await field(`entity/versions/${id}`, "sg_uploaded_movie_webm");
    await uploadFile(site, path, "same.webm", Buffer.from("two"));
    const now = await field(`entity/versions/${id}`, "sg_uploaded_movie_webm");
    expect(now.id).not.toBe(old.id);
    expect((await filesOn("Version", id)).map((file) => file.id)).toEqual([old.id, now.id]);
    expect((await bytesAt(now.url)).toString()).toBe("two");
    const { json } = await site.get(`entity/attachments/${old.id}?fields=this_file`);
    expect((await bytesAt(json.data.attributes.this_file.url)).toString()).toBe("one");
  });

  it.each([
    [{ upload_data: {} }, { upload_info: ["upload_info is missing"] }],
    [{ upload_info: {} }, { upload_data: ["upload_data is missing"] }],
  ])("%j is 400 by name", async (body, source) => {
    const answer = await site.post("entity/versions/23404/sg_uploaded_movie/_upload", body);
    expect([answer.status, first(answer).source]).toEqual([400, source]);
  });
});

describe("6.6 thumbnails", () => {
  it("read the placeholder first; null clears image and filmstrip; nothing else can be written", async () => {
    const id = await site.newVersion();
    const path = `entity/versions/${id}`;
    const png = await bytesAt((await field("entity/attachments/111339", "this_file")).url);
    await uploadFile(site, `${path}/image`, "poster.png", png);
    await uploadFile(site, `${path}/filmstrip_image`, "strip.png", png);
    const { json } = await site.get(`${path}?fields=image,filmstrip_image,image_blur_hash`);
    const placeholder = `${site.origin}/images/status/transient/thumbnail_pending.png`;
    expect(json.data.attributes).toEqual({
      image: placeholder,
      filmstrip_image: placeholder,
      image_blur_hash: null,
    });
    const shown = await fetch(placeholder);
    expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(await filesOn("Version", id)).toEqual([]);
    const written = await site.put(path, { image: "https://x.example/a.png" });
    expect(first(written).title).toMatch(/^API update\(\) Version\.image expected \[Hash, .* but got String/);
    const linked = await site.put(path, { image: { type: "Attachment", id: 111339 } });
    expect(first(linked).title).toBe(
      "API update(): Write access of the 'image' data type (Version.image) not yet supported in API",
    );
    const cleared = await site.put(path, { image: null });
    expect(cleared.json.data.attributes).toMatchObject({ image: null, filmstrip_image: null });
  });

  it("a transcode's metadata is taken and nowhere to be read; its 404 has its own form", async () => {
    const path = "transcode/attachment_metadata/111339";
    const done = await site.post(path, { width: 1920, height: 1080, frame_rate: 24.5, nope: 1 });
    expect([done.status, done.text]).toEqual([200, " "]);
    expect((await site.post(path)).status).toBe(200);
    expect(first(await site.post(path, { width: "wide" })).source).toEqual({
      width: ["width must be an integer"],
    });
    const missing = await site.post("transcode/attachment_metadata/23425", {});
    expect([missing.status, missing.json]).toEqual([404, { error: "Attachment 23425 not found" }]);
  });
});
