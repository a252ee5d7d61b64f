import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentTypeOf } from "../../../src/media/sniff/file-kind.ts";
import { sniffBytes } from "../../../src/media/sniff/sniff-bytes.ts";
import { sniffFile } from "../../../src/media/sniff/sniff-file.ts";

const ASSETS = fileURLToPath(new URL("../../assets/", import.meta.url));

/** Every asset: format, family, usual extension, content type that goes on the wire. */
const EXPECTED: Record<string, [string, string, string, string]> = {
  "shot.mov": ["quicktime", "movie", "mov", "video/quicktime"],
  "shot.mp4": ["mp4", "movie", "mp4", "video/mp4"],
  "odd-size.mov": ["quicktime", "movie", "mov", "video/quicktime"],
  "still.png": ["png", "image", "png", "image/png"],
  "still.jpg": ["jpeg", "image", "jpg", "image/jpeg"],
  "still.exr": ["exr", "image", "exr", "application/octet-stream"],
  "still.dpx": ["dpx", "image", "dpx", "application/octet-stream"],
  "still.tif": ["tiff", "image", "tif", "image/tiff"],
  "too-small.png": ["png", "image", "png", "image/png"],
  "kinds/animated.gif": ["gif", "image", "gif", "image/gif"],
  "kinds/archive.zip": ["zip", "archive", "zip", "application/zip"],
  "kinds/big.dpx": ["dpx", "image", "dpx", "application/octet-stream"],
  "kinds/big.tif": ["tiff", "image", "tif", "image/tiff"],
  "kinds/bigtiff.tif": ["tiff", "image", "tif", "image/tiff"],
  "kinds/binary.pbm": ["pbm", "image", "pbm", "image/x-portable-bitmap"],
  "kinds/binary.ppm": ["ppm", "image", "ppm", "image/x-portable-pixmap"],
  "kinds/brand-m4v.m4v": ["m4v", "movie", "m4v", "video/mp4"],
  "kinds/brand-mp42.mp4": ["mp4", "movie", "mp4", "video/mp4"],
  "kinds/brand-qt.mov": ["quicktime", "movie", "mov", "video/quicktime"],
  "kinds/clip.braw": ["braw", "movie", "braw", "application/octet-stream"],
  "kinds/footer.tga": ["tga", "image", "tga", "application/octet-stream"],
  "kinds/frame.ari": ["arriraw", "image", "ari", "application/octet-stream"],
  "kinds/frame.arx": ["arriraw", "image", "ari", "application/octet-stream"],
  "kinds/little.dpx": ["dpx", "image", "dpx", "application/octet-stream"],
  "kinds/little.tif": ["tiff", "image", "tif", "image/tiff"],
  "kinds/movie.avi": ["avi", "movie", "avi", "video/x-msvideo"],
  "kinds/movie.mkv": ["matroska", "movie", "mkv", "video/x-matroska"],
  "kinds/movie.mxf": ["mxf", "movie", "mxf", "application/octet-stream"],
  "kinds/movie.webm": ["webm", "movie", "webm", "video/webm"],
  "kinds/noise.bin": ["unknown", "unknown", "bin", "application/octet-stream"],
  "kinds/page.pdf": ["pdf", "document", "pdf", "application/pdf"],
  "kinds/picture.avif": ["avif", "image", "avif", "image/avif"],
  "kinds/picture.bmp": ["bmp", "image", "bmp", "image/bmp"],
  "kinds/picture.cin": ["cineon", "image", "cin", "application/octet-stream"],
  "kinds/picture.hdr": ["hdr", "image", "hdr", "application/octet-stream"],
  "kinds/picture.heic": ["heic", "image", "heic", "image/heic"],
  "kinds/picture.j2k": ["j2k", "image", "j2k", "application/octet-stream"],
  "kinds/picture.jp2": ["jp2", "image", "jp2", "application/octet-stream"],
  "kinds/picture.psb": ["psb", "image", "psb", "application/octet-stream"],
  "kinds/picture.psd": ["psd", "image", "psd", "application/octet-stream"],
  "kinds/picture.sgi": ["sgi", "image", "sgi", "application/octet-stream"],
  "kinds/picture.svg": ["svg", "image", "svg", "image/svg+xml"],
  "kinds/picture.webp": ["webp", "image", "webp", "image/webp"],
  "kinds/plain.tga": ["tga", "image", "tga", "application/octet-stream"],
  "kinds/red1.r3d": ["r3d", "movie", "r3d", "application/octet-stream"],
  "kinds/red2.r3d": ["r3d", "movie", "r3d", "application/octet-stream"],
  "kinds/rle.tga": ["tga", "image", "tga", "application/octet-stream"],
  "kinds/sound.aiff": ["aiff", "audio", "aiff", "audio/x-aiff"],
  "kinds/sound.mp3": ["mp3", "audio", "mp3", "audio/mpeg"],
  "kinds/sound.wav": ["wav", "audio", "wav", "audio/x-wav"],
  "kinds/text.pgm": ["pgm", "image", "pgm", "image/x-portable-graymap"],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sgmedia-sniff-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe("sniffFile", () => {
  test("every asset has its line in the table", async () => {
    const top = (await readdir(ASSETS, { withFileTypes: true })).filter((entry) => entry.isFile());
    const kinds = await readdir(join(ASSETS, "kinds"));
    const names = [...top.map(({ name }) => name), ...kinds.map((name) => `kinds/${name}`)];
    expect(names.filter((name) => !/\.(?:sh|md)$/.test(name)).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  test.each(Object.entries(EXPECTED))("%s", async (name, [format, family, extension, wire]) => {
    const kind = await sniffFile(join(ASSETS, name));
    expect({ ...kind, wire: contentTypeOf(kind) }).toMatchObject({ format, family, extension, wire });
    const own = name.slice(name.lastIndexOf(".") + 1);
    if (format !== "unknown") expect(kind.extensions).toContain(own);
  });

  test("the name is not asked", async () => {
    const png = await readFile(join(ASSETS, "still.png"));
    expect((await sniffFile(await fileOf("movie.mov", png))).format).toBe("png");
    const braw = await readFile(join(ASSETS, "kinds/clip.braw"));
    expect((await sniffFile(await fileOf("clip.mov", braw))).format).toBe("braw");
    const tga = await readFile(join(ASSETS, "kinds/rle.tga"));
    expect((await sniffFile(await fileOf("no-extension", tga))).format).toBe("tga");
    expect((await sniffFile(await fileOf("liar.exr", "not a picture at all\n"))).format).toBe("unknown");
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["one byte", Uint8Array.of(0xff)],
    ["zeros", new Uint8Array(4096)],
    ["half a TGA", Uint8Array.of(0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 24, 0, 1, 2, 3)],
    ["two letters of a bitmap", Buffer.from("P6 is a company\n")],
    ["an SGI mark alone", Uint8Array.of(1, 0xda, 9, 9, 0, 9)],
    ["a page of XML", Buffer.from("<!-- svg --><html></html>")],
    ["a comment that never ends", Buffer.from(`<!--${" ".repeat(20000)}<svg>`)],
  ])("%s is unknown", async (name, bytes) => {
    expect(await sniffFile(await fileOf(`${name}.bin`, bytes))).toMatchObject({
      format: "unknown",
      family: "unknown",
      contentType: "application/octet-stream",
    });
  });

  test.each([
    [
      "an SVG with all that XML allows before",
      "\ufeff<?xml version='1.0'?>\n<!-- a > b --><!DOCTYPE svg><svg/>",
      "svg",
    ],
    ["a prefixed SVG", '<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>', "svg"],
    ["a map with a comment", "P5 # made by hand\n# twice\n2 2\n255\nabcd", "pgm"],
    ["an arbitrary map", "P7\nWIDTH 2\nHEIGHT 2\nDEPTH 3\nMAXVAL 255\nENDHDR\n", "pam"],
    ["a floating point map", "PF\n2 2\n-1.0\n", "pfm"],
    ["a Radiance picture without its own name", "#?RGBE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n", "hdr"],
    [
      "a QuickTime movie without a brand",
      Buffer.from("00000008776964650000001a6d646174", "hex"),
      "quicktime",
    ],
  ])("%s", async (name, bytes, format) => {
    expect((await sniffFile(await fileOf(name, bytes))).format).toBe(format);
  });

  test("a cursor is not taken for a Targa, whose head it shares", async () => {
    const cursor = Uint8Array.of(0, 0, 2, 0, 1, 0, 32, 32, 0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 1, 2, 3);
    expect(await sniffFile(await fileOf("arrow.bin", cursor))).toMatchObject({
      format: "cur",
      family: "image",
    });
  });

  test("a sparse file of 8 GB is told from its ends", async () => {
    const path = await fileOf("huge.mov", Buffer.from("0000001066747970717420200000000000000001", "hex"));
    const { truncate } = await import("node:fs/promises");
    await truncate(path, 8 * 1024 ** 3);
    expect((await sniffFile(path)).format).toBe("quicktime");
  });

  test("what cannot be read says so", async () => {
    await expect(sniffFile(join(folder, "absent.mov"))).rejects.toMatchObject({ code: "E_INPUT_MISSING" });
    await mkdir(join(folder, "sub"));
    await expect(sniffFile(join(folder, "sub"))).rejects.toMatchObject({ code: "E_INPUT_NOT_FILE" });
  });
});

describe("sniffBytes", () => {
  test("the pictures that a site gives are known from 64 bytes", async () => {
    for (const name of [
      "still.jpg",
      "still.png",
      "kinds/animated.gif",
      "kinds/picture.webp",
      "shot.mp4",
      "shot.mov",
    ]) {
      const head = (await readFile(join(ASSETS, name))).subarray(0, 64);
      expect(sniffBytes(head)?.format, name).toBe(EXPECTED[name]?.[0]);
    }
  });

  test("JPEG-LS is no JPEG, and too little is nothing", () => {
    expect(sniffBytes(Uint8Array.of(0xff, 0xd8, 0xff, 0xf7))).toBeUndefined();
    expect(sniffBytes(Uint8Array.of(0xff, 0xd8, 0xff))).toBeUndefined();
    expect(sniffBytes(new Uint8Array())).toBeUndefined();
  });
});
