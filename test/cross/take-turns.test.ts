import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASSETS, sha256 } from "../e2e/harness.ts";
import { type Both, startBoth } from "./both.ts";

const NAME = "Noëlご sh010 #1.mov";

describe.each(["s3", "sg"])("one writes, the other reads: %s storage", (storage) => {
  let both: Both;
  beforeAll(async () => {
    both = await startBoth("--storage", storage);
  });
  afterAll(() => both.stop());

  /** Bytes of its own in a file of this name. */
  const file = (name: string, sizeBytes = 5000) => both.site.file(name, randomBytes(sizeBytes));
  const at = (name: string) => join(both.site.folder, name);

  it.each([
    ["a small file with a Unicode name", NAME, 5000],
    ["45 MB", "big.mov", 45_000_000],
  ])("%s", async (_, name, sizeBytes) => {
    const id = await both.newVersion("turns");
    const first = await file(name, sizeBytes);
    const attachment = await both.client.call("upload", ["Version", id, first, "sg_uploaded_movie"]);
    const got = await both.one(
      "download",
      "--version",
      String(id),
      "-o",
      at(`down-${storage}/`),
      "--if-exists",
      "overwrite",
    );
    expect(await sha256(got.output)).toBe(await sha256(first));
    expect(got.output.endsWith(`/${name}`)).toBe(true);

    const second = await file(name, sizeBytes + 1);
    const sent = await both.one("upload", second, "--version", String(id));
    expect(sent.attachment.id).not.toBe(attachment);
    const read = await both.client.read("Version", id, ["sg_uploaded_movie"]);
    expect(read.sg_uploaded_movie).toMatchObject({ id: sent.attachment.id, name, link_type: "upload" });
    await both.client.call("download_attachment", [read.sg_uploaded_movie, at("back.bin")]);
    expect(await sha256(at("back.bin"))).toBe(await sha256(second));
    await both.client.call("download_attachment", [{ type: "Attachment", id: attachment }, at("back.bin")]);
    expect(await sha256(at("back.bin"))).toBe(
      got.checksum.kind === "sha256" ? got.checksum.value : await sha256(got.output),
    );
  });

  it("an attachment without a field", async () => {
    const shot = await both.client.create("Shot", { code: "plain", project: both.project });
    const first = await file("first.txt");
    const attachment = await both.client.call("upload", ["Shot", shot.id, first]);
    const got = await both.one("download", "--attachment", String(attachment), "-o", at("plain.txt"));
    expect(await sha256(got.output)).toBe(await sha256(first));

    const second = await file("second.txt");
    const sent = await both.one("upload", second, "--entity", `Shot:${shot.id}`);
    const filters = [["attachment_links", "is", { type: "Shot", id: shot.id }]];
    const files = await both.client.call("find", ["Attachment", filters, ["filename"]]);
    expect(files.map((each: { filename: string }) => each.filename)).toEqual(["first.txt", "second.txt"]);
    await both.client.call("download_attachment", [sent.attachment.id, at("second.back")]);
    expect(await sha256(at("second.back"))).toBe(await sha256(second));
  });

  it("thumbnails and filmstrips, and their clearing", async () => {
    const id = await both.newVersion("pictures");
    const still = join(ASSETS, "still.png");
    const other = join(ASSETS, "still.jpg");
    await both.client.call("upload_thumbnail", ["Version", id, still]);
    await both.client.call("upload_filmstrip_thumbnail", ["Version", id, other]);
    const full = await both.one(
      "thumb",
      "--version",
      String(id),
      "--size",
      "full",
      "--wait=60",
      "-o",
      at("full.png"),
    );
    expect([full.format, await sha256(full.output)]).toEqual(["png", await sha256(still)]);
    const strip = await both.one(
      "thumb",
      "--version",
      String(id),
      "--size",
      "filmstrip",
      "--wait=60",
      "-o",
      at("strip.jpg"),
    );
    expect(strip.format).toBe("jpeg");

    await both.sgmedia("thumb", "--version", String(id), "--set", other);
    await both.sgmedia("thumb", "--version", String(id), "--wait=60", "-o", at("small.jpg"));
    const bytes = Buffer.from(await both.client.call("fetch", [`/thumbnail/full/Version/${id}`]), "base64");
    expect(bytes.equals(await readFile(other))).toBe(true);

    await both.sgmedia("thumb", "--version", String(id), "--clear");
    expect(await both.client.read("Version", id, ["image", "filmstrip_image"])).toMatchObject({
      image: null,
      filmstrip_image: null,
    });
  });

  it("links to a shared disk and to the web", async () => {
    const disk = at("disk");
    const storageRow = await both.client.create("LocalStorage", {
      code: "disk",
      linux_path: disk,
      mac_path: disk,
      windows_path: "X:\\disk",
    });
    await writeFile(await both.site.file("seed.bin", 1), "x");
    const local = { local_path: `${disk}/a b/Noël.mov` };
    const id = await both.newVersion("links", { sg_uploaded_movie: local });
    const info = await both.one("info", "--version", String(id));
    expect(info.paths).toContainEqual(
      expect.objectContaining({
        field: "sg_uploaded_movie",
        kind: "local",
        windows: "X:\\disk\\a b\\Noël.mov",
      }),
    );

    const other = await both.newVersion("links by sgmedia");
    const made = await both.one("link-local", `${disk}/a b/Noël.mov`, "--version", String(other));
    expect(made.storage).toEqual({ id: storageRow.id, name: "disk" });
    const [one, two] = [
      await both.client.read("Version", id, ["sg_uploaded_movie"]),
      await both.client.read("Version", other, ["sg_uploaded_movie"]),
    ];
    expect({ ...two.sg_uploaded_movie, id: 0 }).toEqual({ ...one.sg_uploaded_movie, id: 0 });

    await both.sgmedia("link-url", "https://studio.example/a.html", "--version", String(other));
    const web = await both.client.read("Version", other, ["sg_uploaded_movie"]);
    expect(web.sg_uploaded_movie).toMatchObject({ link_type: "web", url: "https://studio.example/a.html" });
    await both.client.call("update", [
      "Version",
      id,
      { sg_uploaded_movie: { url: "https://studio.example/b", name: "b" } },
    ]);
    const { renditions } = await both.one("info", "--version", String(id));
    expect(renditions).toContainEqual(
      expect.objectContaining({ field: "sg_uploaded_movie", linkType: "web", name: "b" }),
    );
  });

  it("both see the same fields", async () => {
    const schema = await both.client.call("schema_field_read", ["Version"]);
    const seen = Object.entries<Record<string, { value: unknown }>>(schema)
      .filter(([, field]) => ["url", "image"].includes(String(field["data_type"]?.value)))
      .map(([name, field]) => [
        name,
        field["name"]?.value,
        field["data_type"]?.value,
        field["visible"]?.value,
      ]);
    const fields = await both.sgmedia("fields", "Version", "--type", "url,image");
    const own = fields.map(({ name, label, dataType, visible }) => [name, label, dataType, visible]);
    expect(own.sort()).toEqual(seen.sort());
    expect(own.length).toBeGreaterThan(4);
  });
});
