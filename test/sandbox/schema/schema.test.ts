import { describe, expect, it } from "vitest";
import { fieldDocument, fieldDocuments } from "../../../src/sandbox/schema/document.ts";
import { freshSchema } from "../../../src/sandbox/schema/schema.ts";
import { typeSlug } from "../../../src/sandbox/schema/spelling.ts";

const schema = freshSchema();
const field = (type: string, name: string) => schema.get(type)?.fields.get(name);

describe("the types of a fresh site", () => {
  it("hold the media fields, with their data types", () => {
    const types = (type: string, names: readonly string[]) =>
      names.map((name) => field(type, name)?.dataType);
    const movie = ["", "_mp4", "_webm", "_image"].map((end) => `sg_uploaded_movie${end}`);
    expect(types("Version", movie)).toEqual(["url", "url", "url", "url"]);
    expect(types("Version", ["image", "filmstrip_image"])).toEqual(["image", "image"]);
    expect(types("Version", ["sg_path_to_movie", "sg_path_to_frames", "frame_range"])).toEqual([
      "text",
      "text",
      "text",
    ]);
    expect(types("Version", ["sg_uploaded_movie_frame_rate", "uploaded_movie_duration"])).toEqual([
      "float",
      "float",
    ]);
    expect(types("Version", ["frame_count", "sg_uploaded_movie_transcoding_status"])).toEqual([
      "number",
      "number",
    ]);
    expect(types("Attachment", ["this_file", "attachment_links"])).toEqual(["url", "multi_entity"]);
    expect(types("PublishedFile", ["path", "path_cache", "path_cache_storage"])).toEqual([
      "url",
      "text",
      "entity",
    ]);
  });

  it("have fields that the web page hides and fields that nobody may write", () => {
    expect(field("Version", "sg_uploaded_movie_mp4")).toMatchObject({ visible: false, editable: true });
    expect(field("Attachment", "file_size")).toMatchObject({ visible: true, editable: false });
    expect(field("Version", "image")).toMatchObject({ editable: true });
  });

  it("link only to types that are there", () => {
    const elsewhere = new Set<string>();
    for (const { fields } of schema.values()) {
      for (const { properties } of fields.values()) {
        for (const type of (properties["valid_types"] as string[] | undefined) ?? []) {
          if (!schema.has(type)) elsewhere.add(type);
        }
      }
    }
    expect([...elsewhere]).toEqual([]);
  });

  it("each know their id and how they are called", () => {
    for (const [name, { fields }] of schema) expect([name, fields.has("id")]).toEqual([name, true]);
  });

  it("are a copy each time", () => {
    const other = freshSchema();
    other.get("Shot")?.fields.delete("code");
    expect(field("Shot", "code")).toBeDefined();
  });
});

describe("a field on the wire", () => {
  it("wraps every leaf in value and editable", () => {
    const status = field("Version", "sg_status_list");
    if (!status) throw new Error("no such field");
    const document = fieldDocument("Version", status);
    expect(document).toMatchObject({
      name: { value: "Status", editable: true },
      data_type: { value: "status_list", editable: false },
      entity_type: { value: "Version", editable: false },
      editable: { value: true, editable: false },
      mandatory: { value: false, editable: false },
      unique: { value: false, editable: false },
      visible: { value: true, editable: false },
      properties: {
        default_value: { value: "rev", editable: true },
        valid_values: { value: expect.arrayContaining(["rev", "apr"]), editable: false },
        hidden_values: { value: [], editable: false },
      },
    });
  });

  it("leaves out what was deleted", () => {
    const type = freshSchema().get("Shot");
    const code = type?.fields.get("code");
    if (!type || !code) throw new Error("no such field");
    code.retired = true;
    expect(Object.keys(fieldDocuments(type))).not.toContain("code");
  });
});

describe("the segment of a type", () => {
  it.each([
    ["Version", "versions"],
    ["HumanUser", "human_users"],
    ["Reply", "replies"],
    ["EventLogEntry", "event_log_entries"],
    ["Status", "statuses"],
    ["PublishedFile", "published_files"],
  ])("%s is %s", (type, slug) => expect(typeSlug(type)).toBe(slug));
});
