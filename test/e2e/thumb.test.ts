import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASSETS, Site } from "./harness.ts";

const asset = (name: string): string => join(ASSETS, name);

describe.each(["s3", "sg"])("thumbnails with %s storage", (storage) => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.start("--storage", storage);
  });
  afterAll(() => site.stop());
  const thumb = (...args: string[]) => site.run(["thumb", ...args, "--json"]);

  it("are fetched small, full-size and as filmstrip, named after the record with the extension of their bytes", async () => {
    for (const size of ["thumb", "full", "filmstrip"]) {
      const got = await thumb("--version", "23425", "--size", size);
      expect(got.json.results[0]).toMatchObject({
        ok: true,
        entity: { type: "Version", id: 23425 },
        format: "jpeg",
      });
      expect(basename(got.json.results[0].output)).toBe(`sh010_comp_v004_${size}.jpg`);
      expect([...(await readFile(got.json.results[0].output)).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    }
  });

  it("are set from a picture, and a placeholder is never saved as one", async () => {
    const set = await thumb("--version", "23404", "--set", asset("still.png"));
    expect(set.json.results[0]).toMatchObject({
      ok: true,
      field: "image",
      attachment: { type: "Attachment" },
    });
    const early = await thumb("--version", "23404", "-o", "early.jpg");
    expect([early.code, early.json.error.code, early.json.error.fix]).toEqual([
      5,
      "E_MEDIA_MISSING",
      expect.stringContaining("--wait"),
    ]);
    expect(await readdir(site.folder)).not.toContain("early.jpg");
    const full = await thumb("--version", "23404", "--size", "full", "--wait=60", "-o", "full/");
    expect(full.json.results[0]).toMatchObject({ format: "png" });
    expect(full.json.results[0].output).toMatch(/_full\.png$/);
    expect((await readFile(full.json.results[0].output)).equals(await readFile(asset("still.png")))).toBe(
      true,
    );
  });

  it("are taken from a movie: a frame of it, and a filmstrip of 240-pixel frames", async () => {
    const poster = await thumb("--shot", "1", "--set", asset("shot.mov"), "--wait=60");
    expect(poster.json.results[0]).toMatchObject({ ok: true, field: "image" });
    const strip = await thumb("--version", "23426", "--filmstrip-from", asset("shot.mov"), "--wait=60");
    expect(strip.json.results[0]).toMatchObject({ ok: true, field: "filmstrip_image" });
    const got = await thumb("--version", "23426", "--size", "filmstrip", "-o", "strip.jpg");
    const bytes = await readFile(got.json.results[0].output);
    expect(jpegWidth(bytes) % 240).toBe(0);
    expect(jpegWidth(bytes)).toBeGreaterThan(240);
  });

  it("of another width are no filmstrip, and what is no picture is no thumbnail", async () => {
    const wide = await thumb("--version", "23404", "--set-filmstrip", asset("still.png"));
    expect(wide.json.error).toMatchObject({
      code: "E_INPUT_WRONG_KIND",
      exit: 2,
      why: expect.stringContaining("240"),
      fix: expect.stringContaining("--filmstrip-from"),
    });
    await site.file("noise.jpg", 5000);
    const noise = await thumb("--version", "23404", "--set", "noise.jpg");
    expect(noise.json.error).toMatchObject({ code: "E_INPUT_WRONG_KIND", exit: 2 });
  });

  it("are cleared, and a dry run clears nothing", async () => {
    const plan = await thumb("--version", "23425", "--clear", "-n");
    expect(plan.json.results[0]).toMatchObject({ planned: true });
    expect((await thumb("--version", "23425", "-o", "still-there.jpg")).code).toBe(0);
    const cleared = await thumb("--version", "23425", "--clear");
    expect(cleared.json.results[0]).toMatchObject({ ok: true, cleared: true });
    const gone = await thumb("--version", "23425", "--size", "filmstrip");
    expect(gone.json.error.code).toBe("E_MEDIA_MISSING");
  });
});

/** Pixels, from the frame header of a JPEG. */
function jpegWidth(bytes: Buffer): number {
  for (let at = 2; at < bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xc2) return bytes.readUInt16BE(at + 7);
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  throw new Error("no frame header");
}
