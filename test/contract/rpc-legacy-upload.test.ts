import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRpcSite, type RpcSite } from "./rpc-client.ts";

const MB = 1024 * 1024;
const NAME = 'Noëlご "1" %41+&.mov';
let site: RpcSite;
let old: RpcSite;
let project: { type: string; id: number };

beforeAll(async () => {
  [site, old] = [await openRpcSite(), await openRpcSite({ storageService: "sg" })];
  project = { type: "Project", id: site.started.ready.project.id };
});
afterAll(async () => {
  await site.close();
  await old.close();
});

async function newVersion(where = site): Promise<number> {
  return (await where.create("Version", { code: "upload", project })).id;
}

/** The bytes that an Attachment leads to, over whatever redirects. */
async function bytesOf(where: RpcSite, id: number): Promise<Buffer> {
  const response = await fetch(`${where.origin}/file_serve/attachment/${id}`);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** A multipart/form-data body as the official client writes it: text parts, the file last, its name raw. */
function legacyForm(
  fields: Record<string, string>,
  part: string,
  filename: string,
  bytes: Uint8Array,
): Buffer {
  const texts = Object.entries(fields).map(
    ([name, value]) => `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--B\r\nContent-Disposition: form-data; name="${part}"; filename="${filename}"\r\nContent-Type: video/quicktime\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(texts.join("") + head), bytes, Buffer.from("\r\n--B--\r\n\r\n")]);
}

async function legacy(where: RpcSite, path: string, body: Uint8Array): Promise<string> {
  const headers = { "Content-Type": "multipart/form-data; boundary=B" };
  const response = await fetch(`${where.origin}/upload/${path}`, { method: "POST", headers, body });
  expect(response.status).toBe(200);
  return response.text();
}

describe("2.7 forms that carry the file", () => {
  it.each([
    ["with storage of its own", () => old],
    ["with S3 beside it", () => site],
  ])("a file for a field, on a site %s", async (_, pick) => {
    const where = pick();
    const id = await newVersion(where);
    const bytes = randomBytes(3 * MB + 7);
    const fields = {
      entity_type: "Version",
      entity_id: String(id),
      field_name: "sg_uploaded_movie",
      ...where.auth,
    };
    const reply = await legacy(where, "upload_file", legacyForm(fields, "file", NAME, bytes));
    const attachment = Number(/^1:(\d+):/.exec(reply)?.[1]);
    expect((await bytesOf(where, attachment)).equals(bytes)).toBe(true);
    const [version] = await where.find("Version", ["id", "is", id], ["sg_uploaded_movie"]);
    expect(version.sg_uploaded_movie).toMatchObject({
      id: attachment,
      name: NAME,
      content_type: "video/quicktime",
    });
  });

  it("a file without a field hangs on the record only", async () => {
    const { id } = await old.create("Shot", { code: "plain", project });
    const fields = { entity_type: "Shot", entity_id: String(id), display_name: "notes", ...old.auth };
    const reply = await legacy(
      old,
      "upload_file",
      legacyForm(fields, "file", "C:\\tmp\\a.txt", Buffer.from("x")),
    );
    const [file] = await old.find(
      "Attachment",
      ["id", "is", Number(reply.split(":")[1])],
      ["filename", "display_name", "attachment_links"],
    );
    expect(file).toMatchObject({
      filename: "a.txt",
      display_name: "notes",
      attachment_links: [{ type: "Shot", id }],
    });
  });

  it("a thumbnail", async () => {
    const id = await newVersion(old);
    const fields = { entity_type: "Version", entity_id: String(id), ...old.auth };
    const reply = await legacy(
      old,
      "publish_thumbnail",
      legacyForm(fields, "thumb_image", "t.png", randomBytes(9)),
    );
    expect(reply).toMatch(/^1:\d+:t\.png/);
    const [version] = await old.find("Version", ["id", "is", id], ["image", "filmstrip_image"]);
    expect(version.image).toContain("/images/status/transient/");
    expect(version.filmstrip_image).toBeNull();
  });

  it("a big file from a stranger is refused, and the reason arrives after all of it was sent", async () => {
    const fields = { entity_type: "Version", entity_id: "23404", script_name: "nobody", script_key: "x" };
    const body = legacyForm(fields, "file", "big.mov", randomBytes(8 * MB));
    expect(await legacy(old, "upload_file", body)).toMatch(/^0\nCan't authenticate script/);
  });

  it("a form that breaks off leaves no Attachment", async () => {
    const before = (await old.find("Attachment", null, [])).length;
    const fields = { entity_type: "Version", entity_id: "23404", ...old.auth };
    const whole = legacyForm(fields, "file", "cut.mov", randomBytes(MB));
    expect(await legacy(old, "upload_file", whole.subarray(0, MB / 2))).toBe("0\nThe form ends early.");
    // The same, the connection cut under an announced length.
    await new Promise<void>((resolve) => {
      const headers = { "Content-Type": "multipart/form-data; boundary=B", "Content-Length": whole.length };
      const sent = request(`${old.origin}/upload/upload_file`, { method: "POST", headers });
      sent.on("error", () => undefined).on("close", () => resolve());
      sent.write(whole.subarray(0, MB / 2), () => sent.destroy());
    });
    expect((await old.find("Attachment", null, [])).length).toBe(before);
  });

  it("no file at all, and a body of another kind", async () => {
    const form = legacyForm(
      { entity_type: "Version", entity_id: "23404", ...old.auth },
      "other",
      "a.mov",
      Buffer.from("x"),
    );
    expect(await legacy(old, "upload_file", form)).toBe("0\nThe form has no file part 'file'.");
    expect(await old.form("upload_file", {})).toBe("0\nThe form is no multipart/form-data.");
    expect(await old.form("api_get_upload_link_info", { filename: "a.mov" })).toMatch(
      /^0\nDirect uploads are not/,
    );
  });
});
