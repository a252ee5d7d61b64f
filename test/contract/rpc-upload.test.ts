import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRpcSite, type RpcSite } from "./rpc-client.ts";

const MB = 1024 * 1024;
const NAME = 'Noëlご "1" %41+&.mov';
let site: RpcSite;
let project: { type: string; id: number };

beforeAll(async () => {
  site = await openRpcSite();
  project = { type: "Project", id: site.started.ready.project.id };
});
afterAll(() => site.close());

const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

async function newVersion(): Promise<number> {
  return (await site.create("Version", { code: "upload", project })).id;
}

async function linkInfo(filename: string, more: Record<string, string> = {}): Promise<string> {
  return site.form("api_get_upload_link_info", {
    upload_type: "Attachment",
    filename,
    multipart_upload: "False",
    ...more,
  });
}

async function put(url: string | undefined, bytes: Uint8Array): Promise<string> {
  const response = await fetch(url ?? "", { method: "PUT", body: bytes });
  expect(response.status).toBe(200);
  return response.headers.get("etag") ?? "";
}

/** The bytes that an Attachment leads to, over whatever redirects. */
async function bytesOf(id: number): Promise<Buffer> {
  const response = await fetch(`${site.origin}/file_serve/attachment/${id}`);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

describe("2.2 to 2.6 direct uploads", () => {
  it("a single PUT: five lines, bytes, link; the id leads back to the bytes", async () => {
    const id = await newVersion();
    const info = await linkInfo(NAME);
    const lines = info.split("\n");
    expect([lines.length, lines[0], lines[3]]).toEqual([5, "1", "Attachment"]);
    const bytes = randomBytes(1000);
    await put(lines[1], bytes);
    const reply = await site.form("api_link_file", {
      entity_type: "Version",
      entity_id: String(id),
      upload_link_info: info,
      field_name: "sg_uploaded_movie",
      display_name: "shown",
      tag_list: "monkeys, everywhere",
    });
    const attachment = Number(/^1:(\d+):/.exec(reply)?.[1]);
    expect(await bytesOf(attachment)).toEqual(bytes);
    const [version] = await site.find("Version", ["id", "is", id], ["sg_uploaded_movie"]);
    expect(version.sg_uploaded_movie).toMatchObject({ id: attachment, name: NAME, link_type: "upload" });
    const [file] = await site.find(
      "Attachment",
      ["id", "is", attachment],
      ["display_name", "tags", "attachment_links"],
    );
    expect(file).toMatchObject({ display_name: "shown", attachment_links: [{ type: "Version", id }] });
    expect(file.tags.map((tag: { name: string }) => tag.name)).toEqual(["monkeys", "everywhere"]);
  });

  it("45 MB in parts of 20,000,000 bytes, ETags with their quotes, no multipart left open", async () => {
    const id = await newVersion();
    const info = await linkInfo("big.mov", { multipart_upload: "True" });
    const [, , timestamp = "", upload_type = "", upload_id = ""] = info.split("\n");
    const same = { upload_type, filename: "big.mov", timestamp, upload_id };
    const bytes = randomBytes(45 * MB);
    const etags: string[] = [];
    for (let part = 1; (part - 1) * 20_000_000 < bytes.length; part += 1) {
      const link = await site.form("api_get_upload_link_for_part", { ...same, part_number: String(part) });
      expect(link.split("\n")[0]).toBe("1");
      etags.push(await put(link.split("\n")[1], bytes.subarray((part - 1) * 20_000_000, part * 20_000_000)));
    }
    expect(etags.length).toBe(3);
    expect(await site.form("api_complete_multipart_upload", { ...same, etags: etags.join(",") })).toMatch(
      /^1/,
    );
    const reply = await site.form("api_link_file", {
      entity_type: "Version",
      entity_id: String(id),
      upload_link_info: info,
      field_name: "sg_uploaded_movie",
    });
    expect(md5(await bytesOf(Number(reply.split(":")[1])))).toBe(md5(bytes));
    expect(await site.started.sandbox.storage.openMultiparts()).toEqual([]);
  });

  it("two uploads of one name at once do not share a place", async () => {
    const [one, two] = await Promise.all([linkInfo("same.mov"), linkInfo("same.mov")]);
    expect(new URL(one.split("\n")[1] ?? "").pathname).not.toBe(new URL(two.split("\n")[1] ?? "").pathname);
  });

  it("a thumbnail and a filmstrip; the placeholder shows at once and can be read without signing in", async () => {
    const id = await newVersion();
    for (const filmstrip of [{}, { filmstrip: "True" }]) {
      const info = await linkInfo("thumb.png", { upload_type: "Thumbnail" });
      await put(info.split("\n")[1], randomBytes(10));
      const at = { entity_type: "Version", entity_id: String(id), upload_link_info: info, ...filmstrip };
      expect(await site.form("api_link_file", at)).toMatch(/^1:\d+:/);
    }
    const [version] = await site.find("Version", ["id", "is", id], ["image", "filmstrip_image"]);
    for (const url of [version.image, version.filmstrip_image]) {
      expect(url).toContain(`${site.origin}/images/status/transient/`);
      const picture = await fetch(url);
      expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/png"]);
    }
    const cleared = await site.ask("update", {
      type: "Version",
      id,
      fields: [{ field_name: "image", value: null }],
    });
    expect(cleared).toEqual({ type: "Version", id, image: null });
  });

  it.each([
    ["no credentials", {}, {}, "authentication"],
    ["a type that is not there", { entity_type: "Nope" }, undefined, "Nope"],
    ["a record that is not there", { entity_id: "999999" }, undefined, "does not exist"],
    ["a field that is not there", { field_name: "nope" }, undefined, "Version.nope doesn't exist"],
    ["a field that takes no file", { field_name: "code" }, undefined, "not an image or attachment"],
    ["an info that was never given", { upload_link_info: "1\nx\ny\nz\n" }, undefined, "upload_link_info"],
  ])("%s is 200 with a reason that does not begin with 1", async (_, change, auth, words) => {
    const info = await linkInfo("refused.mov");
    const at = { entity_type: "Version", entity_id: "23404", upload_link_info: info };
    const before = (await site.find("Attachment", null, [])).length;
    const reply = await site.form("api_link_file", { ...at, ...change }, auth);
    expect(reply).toMatch(/^0\n/);
    expect(reply).toContain(words);
    expect((await site.find("Attachment", null, [])).length).toBe(before);
  });

  it("a completion with a wrong ETag is refused with the storage's reason", async () => {
    const info = await linkInfo("bad.mov", { multipart_upload: "True" });
    const [, , timestamp = "", upload_type = "", upload_id = ""] = info.split("\n");
    const same = { upload_type, filename: "bad.mov", timestamp, upload_id };
    const reply = await site.form("api_complete_multipart_upload", { ...same, etags: '"nope"' });
    expect(reply).toMatch(/^0\n\S/);
  });
});

describe("2.9 share_thumbnail", () => {
  const share = (fields: Record<string, string>) => site.form("share_thumbnail", fields);

  it("a finished picture goes to others; a record without one clears theirs; a stranger is named", async () => {
    const [one, two] = [await newVersion(), await newVersion()];
    const entities = `Version_${one},Version_${two}`;
    // The placeholder counts as seen once it was asked for.
    await share({ entities, source_entity: "Version_23425", filmstrip_thumbnail: "False" });
    expect(await share({ entities, source_entity: "Version_23425", filmstrip_thumbnail: "False" })).toMatch(
      /^1:/,
    );
    const [version] = await site.find("Version", ["id", "is", two], ["image"]);
    expect(new URL(version.image).pathname).toMatch(/_t\.jpg$/);
    expect(await share({ entities: `Version_${two}`, source_entity: "Version_23404" })).toBe("1:");
    expect((await site.find("Version", ["id", "is", two], ["image"]))[0].image).toBeNull();
    expect(await share({ entities, source_entity: "Version_999999" })).toMatch(
      /^0\nEntity of type \[Version\]/,
    );
  });

  it("2 while the picture is being made", async () => {
    const id = await newVersion();
    const info = await linkInfo("thumb.png", { upload_type: "Thumbnail" });
    await put(info.split("\n")[1], randomBytes(10));
    await site.form("api_link_file", {
      entity_type: "Version",
      entity_id: String(id),
      upload_link_info: info,
    });
    const other = await newVersion();
    expect(await share({ entities: `Version_${other}`, source_entity: `Version_${id}` })).toMatch(/^2/);
  });
});
