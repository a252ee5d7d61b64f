import { copyFile, mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASSETS, sha256 } from "../e2e/harness.ts";
import { type Both, startBoth } from "./both.ts";
import type { Answer } from "./official-client.ts";

const MOVIE = join(ASSETS, "shot.mov");
const STILL = join(ASSETS, "still.png");

/** A grey PNG. */
function png(width: number, height: number): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  const rows = deflateSync(Buffer.alloc(height * (width + 1)));
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

let both: Both;
let root: string;
beforeAll(async () => {
  both = await startBoth();
  root = join(both.site.folder, "disk");
  await mkdir(join(root, "x"), { recursive: true });
  await copyFile(MOVIE, join(root, "x", "athena.mov"));
  const paths = { linux_path: root, mac_path: root, windows_path: "X:\\disk" };
  await both.client.create("LocalStorage", { code: "tasks", ...paths });
});
afterAll(() => both.stop());

const at = (name: string) => join(both.site.folder, name);

/** What differs by nature between two records that are the same: ids, addresses, hashes in front of names. */
function comparable(value: Answer): Answer {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value === "string")
    return value.startsWith("http") ? "<url>" : value.replace(/^[0-9a-f]{8,}_/, "<hash>_");
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, key === "id" ? 0 : comparable(item)]);
  return Object.fromEntries(entries);
}

/** Does one task on two fresh Versions, once with each client, and reads both back with the official one. */
async function twice(
  fields: string[],
  byClient: (id: number) => Promise<unknown>,
  bySgmedia: (id: number) => Promise<unknown>,
): Promise<Answer> {
  const [one, two] = [await both.newVersion("same"), await both.newVersion("same")];
  await byClient(one);
  await bySgmedia(two);
  const [read, other] = [
    comparable(await both.client.read("Version", one, fields)),
    comparable(await both.client.read("Version", two, fields)),
  ];
  expect(other).toEqual(read);
  return read;
}

const version = (id: number) => ["--version", String(id)];
const update = (id: number, values: Record<string, unknown>) =>
  both.client.call("update", ["Version", id, values]);

/** Waits, as scripts of today do it, until the site says that the transcode is over. */
async function transcoded(id: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { sg_uploaded_movie_transcoding_status: status } = await both.client.read("Version", id, [
      "sg_uploaded_movie_transcoding_status",
    ]);
    if (status !== null && status !== 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Version ${id} was never transcoded.`);
}

describe("files go up", () => {
  it("a file on a record without a field; a File entity stands for it", async () => {
    const fields = [
      "filename",
      "file_extension",
      "file_size",
      "display_name",
      "this_file",
      "attachment_links",
      "project",
    ];
    const filesOf = async (id: number) =>
      comparable(
        await both.client.call("find", [
          "Attachment",
          [["attachment_links", "is", { type: "Version", id }]],
          fields,
        ]),
      );
    const [one, two] = [await both.newVersion("file"), await both.newVersion("file")];
    await both.client.call("upload", ["Version", one, STILL]);
    await both.sgmedia("upload", STILL, ...version(two), "--attach");
    expect(await filesOf(two)).toEqual(await filesOf(one));
    expect((await filesOf(one)).length).toBe(1);
  });

  it.each(["Shot", "Asset", "Note"])("a file on a %s", async (type) => {
    const values = type === "Note" ? { content: "same" } : { code: "same" };
    const made = async () => (await both.client.create(type, { ...values, project: both.project })).id;
    const [one, two] = [await made(), await made()];
    await both.client.call("upload", [type, one, STILL]);
    await both.sgmedia("upload", STILL, "--entity", `${type}:${two}`);
    const filesOf = (id: number) =>
      both.client.call("find", [
        "Attachment",
        [["attachment_links", "is", { type, id }]],
        ["filename", "this_file"],
      ]);
    expect(comparable(await filesOf(two))).toEqual(comparable(await filesOf(one)));
  });

  it("a movie, and all that the site makes of it", async () => {
    const fields = [
      "sg_uploaded_movie",
      "sg_uploaded_movie_mp4",
      "sg_uploaded_movie_transcoding_status",
      "sg_uploaded_movie_frame_rate",
      "uploaded_movie_duration",
      "image",
      "filmstrip_image",
    ];
    const read = await twice(
      fields,
      async (id) => {
        await both.client.call("upload", ["Version", id, MOVIE, "sg_uploaded_movie"]);
        await transcoded(id);
        // A first read may still show the placeholder.
        await both.client.read("Version", id, ["image", "filmstrip_image"]);
      },
      (id) => both.sgmedia("upload", MOVIE, ...version(id), "--wait=120"),
    );
    expect(read.sg_uploaded_movie_transcoding_status).toBe(1);
  });

  it("a Version made, linked and filled", async () => {
    const shot = await both.client.create("Shot", { code: "made", project: both.project });
    const task = await both.client.create("Task", { content: "comp", entity: shot, project: both.project });
    const link = (record: Answer) => ({ type: record.type, id: record.id });
    const one = await both.newVersion("made_v001", { entity: link(shot), sg_task: link(task) });
    await both.client.call("upload", ["Version", one, STILL, "sg_uploaded_movie"]);
    const result = await both.one(
      ...["upload", STILL, "--create", "--project", String(both.project.id), "--code", "made_v002"],
      ...["--link", `Shot:${shot.id}`, "--task", String(task.id)],
    );
    const fields = ["project", "entity", "sg_task", "sg_uploaded_movie"];
    const [by, own] = [
      await both.client.read("Version", one, fields),
      await both.client.read("Version", result.entity.id, fields),
    ];
    expect(comparable(own)).toEqual(comparable(by));
    expect(own.entity.id).toBe(shot.id);
  });

  it("the fields that take uploads, hidden ones too", async () => {
    const schema: Record<string, { data_type: { value: string } }> = await both.client.call(
      "schema_field_read",
      ["Version"],
    );
    const names = Object.entries(schema)
      .filter(([name, field]) => name.includes("uploaded") && field.data_type.value === "url")
      .map(([name]) => name);
    const fields = await both.sgmedia("fields", "Version", "--match", "uploaded", "--type", "url");
    expect(fields.map((field) => field.name).sort()).toEqual(names.sort());
    expect(names).toContain("sg_uploaded_movie_webm");
  });
});

describe("files come down", () => {
  it("the original, the transcode under a sane name, and the picture", async () => {
    const read = await both.client.read("Version", 23425, ["sg_uploaded_movie", "sg_uploaded_movie_mp4"]);
    for (const [field, rendition] of [
      ["sg_uploaded_movie", "original"],
      ["sg_uploaded_movie_mp4", "mp4"],
    ] as const) {
      await both.client.call("download_attachment", [read[field], at("client.bin")]);
      const own = await both.one("download", ...version(23425), "--rendition", rendition, "-o", at("out/"));
      expect(await sha256(own.output), rendition).toBe(await sha256(at("client.bin")));
      if (rendition === "mp4") {
        expect(basename(own.output)).toBe(read[field].name.replace(/^[^_]*_/, "transcoded_"));
      }
    }
    const picture = Buffer.from(await both.client.call("fetch", ["/thumbnail/full/Version/23425"]), "base64");
    const full = await both.one("thumb", ...version(23425), "--size", "full", "-o", at("full.jpg"));
    expect(picture.equals(await readFile(full.output))).toBe(true);
  });

  it.each(["thumb", "filmstrip"])("the %s", async (size) => {
    const field = size === "thumb" ? "image" : "filmstrip_image";
    let url = "";
    for (let reads = 0; reads < 2; reads += 1)
      url = (await both.client.read("Version", 23425, [field]))[field];
    await both.client.call("download_attachment", [
      { url, name: size, content_type: "image/jpeg" },
      at("client.jpg"),
    ]);
    const own = await both.one(
      "thumb",
      ...version(23425),
      "--size",
      size,
      "--wait=60",
      "-o",
      at(`${size}.jpg`),
    );
    expect([own.format, await sha256(own.output)]).toEqual(["jpeg", await sha256(at("client.jpg"))]);
  });

  it("a file from outside the site", async () => {
    const url = `${both.site.ready.site}/images/status/transient/thumbnail_pending.png`;
    await both.client.call("download_attachment", [{ url }, at("outside.bin")]);
    const own = await both.one("download", "--url", url, "-o", at("outside.png"));
    expect(await sha256(own.output)).toBe(await sha256(at("outside.bin")));
  });
});

describe("paths", () => {
  it("a file on the shared disk, for every system", async () => {
    const path = () => join(root, "x", "athena.mov");
    const read = await twice(
      ["sg_uploaded_movie"],
      (id) => update(id, { sg_uploaded_movie: { local_path: path() } }),
      (id) => both.sgmedia("link-local", path(), ...version(id)),
    );
    expect(read.sg_uploaded_movie).toMatchObject({
      relative_path: "x/athena.mov",
      local_path_windows: "X:\\disk\\x\\athena.mov",
    });
  });

  it("the original movie for RV", async () => {
    const path = join(root, "x", "athena.mov");
    const read = await twice(
      ["sg_path_to_movie", "sg_path_to_frames"],
      (id) => update(id, { sg_path_to_movie: path }),
      (id) => both.sgmedia("set-path", path, ...version(id)),
    );
    expect(read.sg_path_to_movie).toBe(path);
  });

  it("the frames for RV, stereo too", async () => {
    const frames = "/mnt/x/%V/shot.%04d.exr";
    const read = await twice(
      ["sg_path_to_frames"],
      (id) => update(id, { sg_path_to_frames: frames }),
      (id) => both.sgmedia("set-path", frames, ...version(id), "--frames"),
    );
    expect(read.sg_path_to_frames).toBe(frames);
  });
});

describe("pictures are set and cleared", () => {
  const pictures = ["image", "filmstrip_image"];

  it("a thumbnail and a filmstrip", async () => {
    const strip = await both.site.file("strip.png", png(720, 135));
    const read = await twice(
      pictures,
      async (id) => {
        await both.client.call("upload_thumbnail", ["Version", id, STILL]);
        await both.client.call("upload_filmstrip_thumbnail", ["Version", id, strip]);
      },
      async (id) => {
        await both.sgmedia("thumb", ...version(id), "--set", STILL);
        await both.sgmedia("thumb", ...version(id), "--set-filmstrip", strip);
      },
    );
    expect(read).toMatchObject({ image: "<url>", filmstrip_image: "<url>" });
  });

  it("none again", async () => {
    const read = await twice(
      pictures,
      async (id) => {
        await both.client.call("upload_thumbnail", ["Version", id, STILL]);
        await update(id, { image: null });
      },
      async (id) => {
        await both.sgmedia("thumb", ...version(id), "--set", STILL);
        await both.sgmedia("thumb", ...version(id), "--clear");
      },
    );
    expect(read).toMatchObject({ image: null, filmstrip_image: null });
  });
});
