import { describe, expect, test } from "vitest";
import { decodeMedia } from "../../src/site/media-value.ts";

const SIGNED = "https://bucket.example/abc?X-Amz-Signature=feed&response-content-disposition=";

describe("a field holds", () => {
  test.each([null, undefined, "", 7, true, {}, { url: "https://x.example/a" }, { link_type: "web" }])(
    "nothing that can be used: %j",
    (value) => {
      expect(decodeMedia(value)).toEqual({ kind: "empty" });
    },
  );

  test("an upload, without its signed URL", () => {
    const value = {
      url: `${SIGNED}x`,
      name: "shot.mov",
      content_type: "video/quicktime",
      link_type: "upload",
      type: "Attachment",
      id: 111339,
    };
    const media = decodeMedia(value);
    expect(media).toEqual({
      kind: "upload",
      attachment: { type: "Attachment", id: 111339, name: "shot.mov" },
      name: "shot.mov",
      contentType: "video/quicktime",
    });
    expect(JSON.stringify(media)).not.toContain("Signature");
  });

  test("an Attachment's own file, which names no Attachment", () => {
    expect(
      decodeMedia({ url: SIGNED, name: "a.png", content_type: "image/png", link_type: "upload" }),
    ).toEqual({
      kind: "upload",
      attachment: null,
      name: "a.png",
      contentType: "image/png",
    });
  });

  test("a web link", () => {
    expect(
      decodeMedia({ url: "https://example.com/a", name: null, link_type: "web", type: "Attachment", id: 3 }),
    ).toEqual({
      kind: "web",
      attachment: { type: "Attachment", id: 3, name: "" },
      name: "https://example.com/a",
      url: "https://example.com/a",
      contentType: null,
    });
  });

  test("a local link, which has no url", () => {
    const value = {
      name: "athena.mp4",
      content_type: "video/mp4",
      link_type: "local",
      type: "Attachment",
      id: 4,
      relative_path: "x/athena.mp4",
      local_path_windows: "Z:\\x\\athena.mp4",
      local_path_mac: null,
      local_path_linux: "/mnt/x/athena.mp4",
      local_storage: { type: "LocalStorage", id: 2, name: "primary" },
    };
    expect(decodeMedia(value)).toEqual({
      kind: "local",
      attachment: { type: "Attachment", id: 4, name: "athena.mp4" },
      name: "athena.mp4",
      contentType: "video/mp4",
      paths: { windows: "Z:\\x\\athena.mp4", mac: null, linux: "/mnt/x/athena.mp4" },
      relativePath: "x/athena.mp4",
      storage: { id: 2, name: "primary" },
    });
    expect(decodeMedia({ ...value, local_storage: null, name: 7 })).toMatchObject({
      storage: null,
      name: "athena.mp4",
    });
  });

  test.each([
    ['attachment; filename="a b_t.jpg"', "a b_t.jpg"],
    ['attachment; filename="a\\"b.jpg"', 'a"b.jpg'],
    ["attachment; filename=plain.png", "plain.png"],
    ["attachment; filename=\"x\"; filename*=UTF-8''%C3%A4.png", "ä.png"],
    ["attachment; filename*=UTF-8''%ZZ; filename=\"x.png\"", "x.png"],
    ["attachment", null],
  ])("a picture named by its disposition %s", (disposition, name) => {
    expect(decodeMedia(`${SIGNED}${encodeURIComponent(disposition)}`)).toEqual({
      kind: "picture",
      name,
      placeholder: false,
    });
  });

  test.each([
    ["https://studio.test/images/status/transient/thumbnail_pending.png", true],
    ["/images/status/transient/thumbnail_pending.png?x=1", true],
    ["https://studio.test/thumbnail/full/Version/1", false],
    ["https://studio.test/x?y=/images/status/transient/", false],
  ])("a picture, placeholder or not: %s", (url, placeholder) => {
    expect(decodeMedia(url)).toEqual({ kind: "picture", name: null, placeholder });
  });
});
