import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attachFile, type NewFile } from "../../../src/sandbox/files/attach-file.ts";
import { isPicture } from "../../../src/sandbox/files/pictures.ts";
import { renderRow } from "../../../src/sandbox/files/render.ts";
import type { Link, Row, StoredFile } from "../../../src/sandbox/types.ts";
import { type BareSite, bareSite, ORIGIN } from "../bare-site.ts";

let site: BareSite;
let project: Link;
let version: Link;

const PLACEHOLDER = `${ORIGIN}/images/status/transient/thumbnail_pending.png`;

beforeEach(async () => {
  site = await bareSite();
  const { store } = site.sandbox;
  project = { type: "Project", id: store.insert("Project", { name: "project X" }, null).id };
  version = { type: "Version", id: store.insert("Version", { code: "sh010_v001", project }, null).id };
});
afterEach(() => site.close());

function upload(name: string): StoredFile {
  return { linkType: "upload", key: `abc/${name}`, name, contentType: "video/quicktime", sizeBytes: 9 };
}

function attach(wanted: Partial<NewFile> & { file: StoredFile }): Row {
  return attachFile(site.sandbox, { record: version, field: null, thumbnail: null, by: null, ...wanted });
}

function read(...fields: string[]): Record<string, unknown> {
  const row = site.sandbox.store.row("Version", version.id);
  return row ? renderRow(site.sandbox, row, fields, "rest") : {};
}

describe("a movie on Version.sg_uploaded_movie", () => {
  it("makes an Attachment on the record, sets the field and calls the transcoder", () => {
    const row = attach({ field: "sg_uploaded_movie", file: upload("shot.mov"), displayName: "The shot" });
    expect(row.fields).toMatchObject({
      filename: "shot.mov",
      original_fname: "shot.mov",
      display_name: "The shot",
      file_extension: "mov",
      file_size: null,
      attachment_links: [version],
      project,
    });
    expect(read("sg_uploaded_movie")["sg_uploaded_movie"]).toEqual({
      url: "http://127.0.0.1:40002/abc/shot.mov?get",
      name: "shot.mov",
      content_type: "video/quicktime",
      link_type: "upload",
      type: "Attachment",
      id: row.id,
    });
    expect(site.asked).toEqual([`movie Version ${version.id} Attachment ${row.id}`]);
  });

  it("shows the placeholder and status 0 where there was no media", () => {
    attach({ field: "sg_uploaded_movie", file: upload("shot.mov") });
    expect(read("image", "filmstrip_image", "sg_uploaded_movie_transcoding_status")).toEqual({
      image: PLACEHOLDER,
      filmstrip_image: PLACEHOLDER,
      sg_uploaded_movie_transcoding_status: 0,
    });
  });

  it("leaves renditions, thumbnail and status of older media until the new transcode is done", () => {
    const old = attach({ field: "sg_uploaded_movie_mp4", file: upload("old.mp4") });
    const picture = {
      originalKey: "old/full.jpg",
      smallKey: "old/full_t.jpg",
      name: "full.jpg",
      contentType: "image/jpeg",
      readyAtMs: 0,
      readsWhilePending: 1,
    };
    site.sandbox.store.change(
      "Version",
      version.id,
      { image: picture, filmstrip_image: picture, sg_uploaded_movie_transcoding_status: 1 },
      null,
    );
    attach({ field: "sg_uploaded_movie", file: upload("new.mov") });
    const now = read("image", "sg_uploaded_movie_mp4", "sg_uploaded_movie_transcoding_status");
    expect(now["image"]).toBe("http://127.0.0.1:40002/old/full_t.jpg?get");
    expect(now["sg_uploaded_movie_mp4"]).toMatchObject({ id: old.id });
    expect(now["sg_uploaded_movie_transcoding_status"]).toBe(1);
  });

  it("keeps the Attachment that it replaces", () => {
    const first = attach({ field: "sg_uploaded_movie", file: upload("a.mov") });
    const second = attach({ field: "sg_uploaded_movie", file: upload("b.mov") });
    expect(site.sandbox.store.row("Attachment", first.id)?.fields["attachment_links"]).toEqual([version]);
    expect(read("sg_uploaded_movie")["sg_uploaded_movie"]).toMatchObject({ id: second.id });
  });

  it("calls no transcoder for other fields, other types and links", () => {
    const shot: Link = { type: "Shot", id: site.sandbox.store.insert("Shot", { project }, null).id };
    attach({ field: "sg_uploaded_movie_mp4", file: upload("a.mp4") });
    attach({ file: upload("notes.pdf") });
    attach({ record: shot, file: upload("ref.mov") });
    const web: StoredFile = {
      linkType: "web",
      url: "https://x.example/a.mov",
      name: "a.mov",
      contentType: null,
    };
    attach({ field: "sg_uploaded_movie", file: web });
    expect(site.asked).toEqual([]);
    expect(read("sg_uploaded_movie_transcoding_status")["sg_uploaded_movie_transcoding_status"]).toBeNull();
  });
});

describe("a picture", () => {
  it("goes on the field, not into the record's files, and shows after the delay and one read", () => {
    const row = attach({ thumbnail: "image", file: upload("poster.png") });
    expect(row.fields["attachment_links"]).toEqual([]);
    expect(site.asked).toEqual([`picture Version ${version.id} image`]);

    const stored = site.sandbox.store.row("Version", version.id)?.fields["image"];
    if (!isPicture(stored)) throw new Error("no picture");
    site.sandbox.store.change(
      "Version",
      version.id,
      { image: { ...stored, smallKey: "small/poster_t.jpg" } },
      null,
    );
    site.wait(1999);
    expect(read("image")["image"]).toBe(PLACEHOLDER);
    site.wait(1);
    expect(read("image")["image"]).toBe("http://127.0.0.1:40002/small/poster_t.jpg?get");
  });

  it("shows the placeholder to at least one read, however long it took", () => {
    attach({ thumbnail: "filmstrip_image", file: upload("strip.jpg") });
    const stored = site.sandbox.store.row("Version", version.id)?.fields["filmstrip_image"];
    if (!isPicture(stored)) throw new Error("no picture");
    site.sandbox.store.change(
      "Version",
      version.id,
      { filmstrip_image: { ...stored, smallKey: "k/s.jpg" } },
      null,
    );
    site.wait(60_000);
    expect(read("filmstrip_image")["filmstrip_image"]).toBe(PLACEHOLDER);
    expect(read("filmstrip_image")["filmstrip_image"]).toBe("http://127.0.0.1:40002/k/s.jpg?get");
  });
});

describe("the rest of what an Attachment says", () => {
  it("makes tags that are missing and takes those that are there", () => {
    const { store } = site.sandbox;
    const known = store.insert("Tag", { name: "Dailies" }, null);
    const other = store.insert("Tag", { name: "other" }, null);
    const row = attach({ file: upload("a.mov"), tagNames: ["dailies", " new ", ""], tagIds: [other.id] });
    const names = (row.fields["tags"] as Link[]).map(({ id }) => store.row("Tag", id)?.fields["name"]);
    expect(names).toEqual(["Dailies", "new", "other"]);
    expect((row.fields["tags"] as Link[])[0]?.id).toBe(known.id);
    expect([...store.rows("Tag")]).toHaveLength(3);
  });

  it("is listed by the note that it was put on", () => {
    const { store } = site.sandbox;
    const note = store.insert("Note", { project }, null);
    const row = attach({ record: note, field: "attachments", file: upload("a.txt") });
    expect(store.row("Note", note.id)?.fields["attachments"]).toEqual([{ type: "Attachment", id: row.id }]);
  });

  it("says for a while that its thumbnail is being made", () => {
    const row = attach({ field: "sg_uploaded_movie", file: upload("a.mov") });
    const status = () => renderRow(site.sandbox, row, ["processing_status"], "rest")["processing_status"];
    expect(status()).toBe("Thumbnail Pending");
    site.wait(2000);
    expect(status()).toBeNull();
  });

  it("gives the site's own URLs on an sg site", async () => {
    await site.close();
    site = await bareSite({ storageService: "sg" });
    version = { type: "Version", id: site.sandbox.store.insert("Version", {}, null).id };
    const row = attach({ field: "sg_uploaded_movie", file: upload("a.mov") });
    expect(read("sg_uploaded_movie")["sg_uploaded_movie"]).toMatchObject({
      url: `${ORIGIN}/file_serve/attachment/${row.id}`,
    });
  });
});
