import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isPassword } from "../../../src/sandbox/auth/secrets.ts";
import { renderRow } from "../../../src/sandbox/files/render.ts";
import {
  createRecord,
  retireRecord,
  updateRecord,
  type Writer,
} from "../../../src/sandbox/files/write-record.ts";
import { SiteError } from "../../../src/sandbox/store/site-error.ts";
import type { Link, Row } from "../../../src/sandbox/types.ts";
import { type BareSite, bareSite } from "../bare-site.ts";

let site: BareSite;
let writer: Writer;
let project: Link;
const ada: Link = { type: "HumanUser", id: 1 };

beforeEach(async () => {
  site = await bareSite();
  site.sandbox.store.insert("HumanUser", { name: "Ada", login: "ada" }, null, 1);
  project = { type: "Project", id: site.sandbox.store.insert("Project", { name: "project X" }, null).id };
  writer = {
    sandbox: site.sandbox,
    caller: { as: ada, signedIn: ada, authType: "password" },
    dialect: "rest",
  };
});
afterEach(() => site.close());

function version(values: Record<string, unknown> = {}): Row {
  return createRecord(writer, "Version", { project, ...values });
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof SiteError) return `${thrown.status} ${thrown.code} ${thrown.message}`;
    throw thrown;
  }
  throw new Error("it was taken");
}

describe("what a create fills in", () => {
  it("defaults, a name, who and when", () => {
    const row = version();
    expect(row.fields).toMatchObject({
      code: `New Version ${row.id}`,
      sg_status_list: "rev",
      flagged: false,
      created_by: ada,
      updated_by: ada,
    });
    expect(createRecord(writer, "LocalStorage", {}).fields).toMatchObject({
      code: expect.stringMatching(/^New .+ 1$/),
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it("the project of an Attachment from what it hangs on", () => {
    const row = createRecord(writer, "Attachment", {
      attachment_links: [{ type: "Version", id: version().id }],
    });
    expect(row.fields["project"]).toEqual(project);
  });

  it("names of a person from the one that was given", () => {
    const row = createRecord(writer, "HumanUser", { name: "Tove Two Fold", login: "tove" });
    expect(row.fields).toMatchObject({ firstname: "Tove", lastname: "Two Fold" });
  });
});

describe("values", () => {
  it("are cleaned as the site does it", () => {
    const row = version({
      code: "  padded ",
      description: "   ",
      frame_count: "12",
      sg_movie_aspect_ratio: 1.23456789,
      sg_frames_aspect_ratio: " 4.5 ",
      cached_display_name: "ignored",
      client_approved_at: "2026-11-24T03:00:00+01:00",
    });
    expect(row.fields).toMatchObject({
      code: "padded",
      description: null,
      frame_count: 12,
      sg_movie_aspect_ratio: 1.234568,
      sg_frames_aspect_ratio: 4.5,
      client_approved_at: "2026-11-24T02:00:00Z",
    });
    const shown = renderRow(site.sandbox, row, ["cached_display_name", "sg_movie_aspect_ratio"], "rest");
    expect(shown).toEqual({ cached_display_name: "padded", sg_movie_aspect_ratio: "1.234568" });
    expect(renderRow(site.sandbox, row, ["sg_frames_aspect_ratio"], "rpc")).toEqual({
      sg_frames_aspect_ratio: 4.5,
    });
  });

  it.each([
    [
      { frame_count: 2.5 },
      "400 103 API create() Version.frame_count expected [String, Integer, NilClass] data type(s) but got Float: 2.5",
    ],
    [{ sg_movie_aspect_ratio: "abc" }, "400 103 Invalid data for 'float' data type. Value: abc"],
    [
      { flagged: "yes" },
      `400 103 API create() Version.flagged expected [TrueClass, FalseClass, NilClass] data type(s) but got String: "yes"`,
    ],
    [
      { sg_status_list: "nope" },
      /^400 104 Create failed for \[Version\.sg_status_list\]: 'nope' is not a valid list value/,
    ],
    [
      { entity: { id: 3 } },
      /^400 103 API create\(\) invalid\/missing entity hash string 'type': \{"id" => 3\} Valid entity types: \["/,
    ],
    [{ entity: { type: "Shot", id: 99 } }, "400 104 Create failed for [Version.entity]: Value is not legal."],
    [{ tasks: [5] }, "400 103 API create() invalid/missing entity hash: 5"],
    [
      { tasks: null },
      "400 103 API create() Version.tasks expected [Array, Hash] data type(s) but got NilClass: nil",
    ],
    [{ updated_by: ada, image_blur_hash: "x" }, "400 103 API create() Version.image_blur_hash is read only."],
  ])("%j is refused", (values, words) => {
    const before = [...site.sandbox.store.rows("Version")].length;
    expect(refusal(() => version(values))).toEqual(
      typeof words === "string" ? words : expect.stringMatching(words),
    );
    expect([...site.sandbox.store.rows("Version")]).toHaveLength(before);
  });

  it("a project has to be a project", () => {
    const shot = createRecord(writer, "Shot", { project });
    expect(
      refusal(() => updateRecord(writer, "Shot", shot.id, { project: { type: "Shot", id: shot.id } })),
    ).toBe("400 104 Update failed for [Shot.project]: Project expected, got Shot");
  });

  it("a password is set, and never shown", () => {
    const row = createRecord(writer, "HumanUser", { name: "T", login: "t", password_proxy: "secret-1" });
    expect(isPassword(site.sandbox.store, row, "secret-1")).toBe(true);
    expect(renderRow(site.sandbox, row, ["password_proxy"], "rpc")).toEqual({ password_proxy: "*******" });
  });

  it("text tags make Tag records", () => {
    const task = createRecord(writer, "Task", { project, tag_list: ["a", "b"] });
    const shown = renderRow(site.sandbox, task, ["tag_list", "tags"], "rest");
    expect(shown).toMatchObject({ tag_list: ["a", "b"], tags: [{ name: "a" }, { name: "b" }] });
  });
});

describe("what there may be only one of", () => {
  it("a login, a storage's code; both are free again after a delete", () => {
    const tove = createRecord(writer, "HumanUser", { name: "T", login: "tove" });
    const again = () => createRecord(writer, "HumanUser", { name: "U", login: "tove" });
    expect(refusal(again)).toBe(
      "400 104 Create failed for [HumanUser]: The value for the Login field is required to be unique. <br> ",
    );
    retireRecord(writer, "HumanUser", tove.id);
    expect(again().id).not.toBe(tove.id);
    createRecord(writer, "LocalStorage", { code: "primary" });
    expect(refusal(() => createRecord(writer, "LocalStorage", { code: "primary" }))).toMatch(
      /^400 104 .*already in use/,
    );
  });
});

describe("all or nothing", () => {
  it("a refused value undoes the row and its Attachments", () => {
    const media = {
      sg_uploaded_movie: { url: "https://x.example/a.mov" },
      sg_uploaded_movie_mp4: "a string",
    };
    expect(refusal(() => version(media))).toMatch(
      /^400 103 API create\(\) Version\.sg_uploaded_movie_mp4 expected/,
    );
    expect([...site.sandbox.store.rows("Attachment")]).toEqual([]);
  });

  it("an update of a row that is not there is 404", () => {
    expect(refusal(() => updateRecord(writer, "Version", 77, {}))).toBe("404 104 Not Found");
  });
});
