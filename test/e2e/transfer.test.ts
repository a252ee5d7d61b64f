import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASSETS, PROGRAM, Site, sha256 } from "./harness.ts";

const MOVIE = join(ASSETS, "shot.mov");

describe.each(["s3", "sg"])("upload and download with %s storage", (storage) => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.start("--storage", storage);
  });
  afterAll(() => site.stop());

  it("carries a movie to a Version, waits for its transcode, and brings everything back", async () => {
    const up = await site.run(["upload", MOVIE, "--version", "23404", "--wait=120", "--verify", "--json"]);
    expect(up.stderr).not.toContain("error");
    expect(up.json).toEqual({
      schema: 1,
      command: "upload",
      ok: true,
      results: [
        {
          ok: true,
          file: MOVIE,
          sizeBytes: (await stat(MOVIE)).size,
          sha256: await sha256(MOVIE),
          entity: { type: "Version", id: 23404 },
          field: "sg_uploaded_movie",
          attachment: { type: "Attachment", id: expect.any(Number), name: "shot.mov" },
          parts: { count: 1, sent: 1, resumed: 0 },
          skipped: false,
          verified: true,
          durationMs: expect.any(Number),
        },
      ],
      error: null,
    });
    expect(up.code).toBe(0);

    await mkdir(join(site.folder, "down"), { recursive: true });
    const original = await site.run(["download", "--version", "23404", "-o", "down/", "--json"]);
    expect(original.json.results[0]).toMatchObject({
      output: join(site.folder, "down", "shot.mov"),
      rendition: "original",
      linkType: "upload",
    });
    expect(await sha256(join(site.folder, "down", "shot.mov"))).toBe(await sha256(MOVIE));

    const mp4 = await site.run([
      "download",
      "--version",
      "23404",
      "--rendition",
      "mp4",
      "-o",
      "down/",
      "--json",
    ]);
    expect(basename(mp4.json.results[0].output)).toBe("transcoded_shot.mp4");
    expect((await readFile(mp4.json.results[0].output)).subarray(4, 8).toString()).toBe("ftyp");

    const thumb = await site.run(["thumb", "--version", "23404", "--wait=60", "-o", "down/", "--json"]);
    expect(thumb.json.results[0]).toMatchObject({ ok: true, format: "jpeg" });
    const strip = await site.run([
      "thumb",
      "--version",
      "23404",
      "--size",
      "filmstrip",
      "--wait=60",
      "-o",
      "down/",
      "--json",
    ]);
    expect(strip.json.results[0]).toMatchObject({ ok: true, format: "jpeg" });
    expect((await readdir(join(site.folder, "down"))).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("sends nothing a second time, and another file takes the first one's place", async () => {
    const again = await site.run(["upload", MOVIE, "--version", "23404", "--json"]);
    expect(again.json.results[0]).toMatchObject({ skipped: true, parts: { count: 0, sent: 0, resumed: 0 } });
    const other = await site.file("other.mov", 50_000);
    const replaced = await site.run(["upload", other, "--version", "23404", "--json"]);
    expect(replaced.json.results[0]).toMatchObject({ skipped: false, attachment: { name: "other.mov" } });
    expect(replaced.json.results[0].attachment.id).toBeGreaterThan(again.json.results[0].attachment.id);
    const refused = await site.run(["upload", MOVIE, "--version", "23404", "--if-exists", "fail", "--json"]);
    expect([refused.code, refused.json.error.code]).toEqual([11, "E_EXISTS"]);
  });

  it.each(["Noëlご.mov", "a b#%&'.mov", "-dash.mov", `${"n".repeat(196)}.mov`])(
    "carries the name %s both ways",
    async (name) => {
      const path = await site.file(name, randomBytes(40_000));
      const up = await site.run(["upload", "--version", "23426", "--attach", "--json", "--", path]);
      expect(up.json.results[0]).toMatchObject({ ok: true, field: null, attachment: { name } });
      const folder = join(site.folder, `names-${up.json.results[0].attachment.id}`);
      const down = await site.run([
        "download",
        "--attachment",
        String(up.json.results[0].attachment.id),
        "-o",
        `${folder}/`,
        "--json",
      ]);
      expect(down.json.results[0].output).toBe(join(folder, name));
      expect(await sha256(join(folder, name))).toBe(await sha256(path));
    },
  );

  it("carries 45 MB, in parts where the storage takes parts", async () => {
    const path = await site.file("big.mov", 45_000_000);
    const up = await site.run(["upload", path, "--version", "23404", "--json"]);
    expect(up.json.results[0]).toMatchObject({ ok: true, sizeBytes: 45_000_000, sha256: await sha256(path) });
    expect(up.json.results[0].parts.count).toBe(storage === "s3" ? 3 : 1);
    const down = await site.run(["download", "--version", "23404", "-o", "big-back.mov", "--json"]);
    expect(down.code).toBe(0);
    expect(await sha256(join(site.folder, "big-back.mov"))).toBe(await sha256(path));
    expect(await readdir(join(site.folder, "state", "transfers")).catch(() => [])).toEqual([]);
  });

  it("hangs a large file on a record without a field, under a display name and with tags", async () => {
    const path = await site.file("plate.bin", 20_000_000);
    const named = ["--shot", "1", "--name", "Plate, graded", "--tag", "hero", "--tag", "夜", "--json"];
    const up = await site.run(["upload", path, ...named]);
    expect(up.json.results[0]).toMatchObject({ ok: true, field: null, entity: { type: "Shot", id: 1 } });
    const { id } = up.json.results[0].attachment;
    const info = await site.run(["info", "--shot", "1", "--json"]);
    const held = info.json.results[0].attachments.find((each: { id: number }) => each.id === id);
    expect(held).toMatchObject({ name: "Plate, graded", sizeBytes: 20_000_000, linkType: "upload" });
    expect((await site.run(["upload", path, ...named])).json.results[0]).toMatchObject({
      skipped: true,
      attachment: { id },
    });
    expect(await site.find("tags", ["name"])).toEqual(
      expect.arrayContaining([{ name: "hero" }, { name: "夜" }]),
    );
  });

  it("leaves a file that is there alone unless told otherwise, and replaces a link in place of writing through it", async () => {
    await writeFile(join(site.folder, "mine.mov"), "mine");
    const refused = await site.run(["download", "--version", "23404", "-o", "mine.mov", "--json"]);
    expect([refused.code, refused.json.error.code]).toEqual([11, "E_EXISTS"]);
    expect(await readFile(join(site.folder, "mine.mov"), "utf8")).toBe("mine");
    await symlink("mine.mov", join(site.folder, "link.mov"));
    const replaced = await site.run([
      "download",
      "--version",
      "23404",
      "-o",
      "link.mov",
      "--if-exists",
      "overwrite",
      "--json",
    ]);
    expect(replaced.code).toBe(0);
    expect(await readFile(join(site.folder, "mine.mov"), "utf8")).toBe("mine");
    const same = await site.run(["download", "--version", "23404", "-o", "link.mov", "--json"]);
    expect(same.json.results[0]).toMatchObject({ ok: true, skipped: true });
  });

  it("takes standard input and gives to standard output", async () => {
    const bytes = randomBytes(30_000_000);
    const name = ["--name", "piped.mov", "--version", "23404", "--json"];
    const up = await site.run(["upload", "-", ...name], { input: bytes });
    if (storage === "sg") {
      // A site that takes one piece wants its length first: said at once, and a short stream goes through.
      expect(up.json.error).toMatchObject({
        code: "E_USAGE",
        fix: expect.stringContaining("Write the stream to a file"),
      });
      const short = await site.run(["upload", "-", ...name], { input: bytes.subarray(0, 100_000) });
      expect(short.json.results[0]).toMatchObject({ ok: true, sizeBytes: 100_000 });
      return;
    }
    expect(up.json.results[0]).toMatchObject({
      ok: true,
      sizeBytes: bytes.length,
      attachment: { name: "piped.mov" },
    });
    const down = await execa(process.execPath, [PROGRAM, "download", "--version", "23404", "-o", "-"], {
      env: site.env,
      extendEnv: false,
      encoding: "buffer",
    });
    expect(Buffer.from(down.stdout).equals(bytes)).toBe(true);
  });
});
