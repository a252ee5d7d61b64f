import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findFfmpeg } from "../../../src/sandbox/transcode/find-ffmpeg.ts";
import { runFfmpeg } from "../../../src/sandbox/transcode/run-ffmpeg.ts";
import type { Link } from "../../../src/sandbox/types.ts";
import { ASSETS, type Bench, DELAY_MS, openBench } from "./bench.ts";

const STATUS = "sg_uploaded_movie_transcoding_status";
const DERIVED = [
  "sg_uploaded_movie_mp4",
  "sg_uploaded_movie_webm",
  "sg_uploaded_movie_image",
  "sg_uploaded_movie_frame_rate",
  "uploaded_movie_duration",
  "image",
  "filmstrip_image",
];

/** The ffmpeg that npm brings, and the one on PATH where there is one: the same holds for both. */
const own = await findFfmpeg(null, { PATH: process.env["PATH"] });
const FFMPEGS: [name: string, PATH: string | undefined][] = [
  ["npm", ""],
  ...(own.includes("@ffmpeg-installer")
    ? []
    : [["PATH", process.env["PATH"]] as [string, string | undefined]]),
];

describe.each(FFMPEGS)("ffmpeg of %s", (_name, PATH) => {
  let bench: Bench;
  let version: Link;
  let folder: string;
  beforeEach(async () => {
    bench = await openBench({ PATH });
    version = bench.newVersion();
    folder = await mkdtemp(join(tmpdir(), "sgmedia-movie-"));
  });
  afterEach(async () => {
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("a movie gets mp4, thumbnail, filmstrip, frame rate, duration and status", async () => {
    await bench.upload(version, `${ASSETS}shot.mov`, "shot.mov");
    expect(bench.fields(version)[STATUS]).toBe(0);
    await bench.transcoder.idle();

    expect(bench.problems).toEqual([]);
    expect(bench.fields(version)).toMatchObject({
      [STATUS]: 1,
      sg_uploaded_movie_frame_rate: "24.0",
      uploaded_movie_duration: "3.0",
      sg_uploaded_movie_webm: null,
      sg_uploaded_movie_image: null,
    });
    const mp4 = bench.fileIn(version, "sg_uploaded_movie_mp4");
    expect(mp4).toMatchObject({
      linkType: "upload",
      contentType: "video/mp4",
      name: expect.stringMatching(/^[0-9a-f]{32}_shot\.mp4$/),
    });
    const text = await bench.inspect(mp4?.key ?? "");
    expect(text).toMatch(/Video: h264 \(High\).*yuv420p\(tv, bt709.* 640x360/);
    expect(text).toMatch(/Audio: aac/);
    expect(text).not.toMatch(/ type:B /);
    const bytes = await bench.bytes(mp4?.key ?? "");
    expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
    expect(bytes.length).toBe(mp4?.sizeBytes);

    const image = bench.picture(version, "image");
    expect(image).toMatchObject({
      name: "shot.jpg",
      contentType: "image/jpeg",
      smallKey: expect.stringMatching(/shot_t\.jpg$/),
    });
    expect(image).toMatchObject({ readyAtMs: bench.clock.ms + DELAY_MS, readsWhilePending: 0 });
    expect(await bench.inspect(image?.originalKey ?? "")).toMatch(/mjpeg.* 640x360/);
    expect(await bench.inspect(image?.smallKey ?? "")).toMatch(/mjpeg.* 240x/);
    const strip = bench.picture(version, "filmstrip_image");
    expect(strip?.smallKey).toBe(strip?.originalKey);
    expect(await bench.inspect(strip?.smallKey ?? "")).toMatch(/mjpeg.* 5760x136/);
    expect(bench.storage.released).toEqual(bench.storage.lent);
  });

  test("odd sizes become even, and no more than 1080 lines are kept", async () => {
    const tall = join(folder, "tall.mov");
    const ffmpeg = await findFfmpeg(null, { PATH });
    const args = [
      "-f",
      "lavfi",
      "-i",
      "color=red:size=2000x1600:rate=12:duration=0.25",
      "-c:v",
      "mjpeg",
      tall,
    ];
    await runFfmpeg(ffmpeg, args, new AbortController().signal);
    await bench.upload(version, tall, "tall.mov");
    const odd = bench.newVersion();
    await bench.upload(odd, `${ASSETS}odd-size.mov`, "odd.mov");
    await bench.transcoder.idle();
    expect(await bench.inspect(bench.fileIn(version, "sg_uploaded_movie_mp4")?.key ?? "")).toMatch(
      / 1350x1080/,
    );
    expect(bench.picture(version, "image")?.smallKey).toBeTruthy();
    expect(await bench.inspect(bench.picture(version, "image")?.originalKey ?? "")).toMatch(/ 2000x1600/);
    expect(await bench.inspect(bench.fileIn(odd, "sg_uploaded_movie_mp4")?.key ?? "")).toMatch(/ 320x180/);
    expect(bench.fields(odd)).toMatchObject({
      uploaded_movie_duration: "0.5",
      sg_uploaded_movie_frame_rate: "24.0",
    });
  });

  test.each(["still.png", "still.jpg", "still.exr", "still.dpx", "still.tif"])(
    "%s gets a JPEG, an mp4 and a thumbnail",
    async (name) => {
      await bench.upload(version, `${ASSETS}${name}`, name);
      await bench.transcoder.idle();
      expect(bench.problems).toEqual([]);
      expect(bench.fields(version)).toMatchObject({
        [STATUS]: 1,
        sg_uploaded_movie_frame_rate: "25.0",
        uploaded_movie_duration: "0.04",
        filmstrip_image: null,
      });
      const image = bench.fileIn(version, "sg_uploaded_movie_image");
      expect(image).toMatchObject({ name: "still.jpg", contentType: "image/jpeg" });
      expect(await bench.inspect(image?.key ?? "")).toMatch(/mjpeg/);
      expect(bench.fileIn(version, "sg_uploaded_movie_mp4")?.name).toMatch(/^[0-9a-f]{32}_still\.mp4$/);
      expect(bench.picture(version, "image")?.originalKey).toBe(image?.key);
    },
  );

  test("a large still is kept within 2048 pixels", async () => {
    const large = join(folder, "large.png");
    const ffmpeg = await findFfmpeg(null, { PATH });
    const args = ["-f", "lavfi", "-i", "color=blue:size=3648x2736", "-frames:v", "1", large];
    await runFfmpeg(ffmpeg, args, new AbortController().signal);
    await bench.upload(version, large, "large.png");
    await bench.transcoder.idle();
    expect(await bench.inspect(bench.fileIn(version, "sg_uploaded_movie_image")?.key ?? "")).toMatch(
      / 2048x1536/,
    );
    expect(await bench.inspect(bench.fileIn(version, "sg_uploaded_movie_mp4")?.key ?? "")).toMatch(
      / 1440x1080/,
    );
  });

  test.each(["too-small.png", "kinds/noise.bin", "kinds/sound.wav", "kinds/page.pdf", "kinds/red2.r3d"])(
    "%s is refused: status 2 and nothing derived",
    async (name) => {
      await bench.upload(version, `${ASSETS}${name}`, name);
      await bench.transcoder.idle();
      expect(bench.fields(version)[STATUS]).toBe(2);
      for (const field of DERIVED) expect(bench.fields(version)[field] ?? null, field).toBeNull();
      expect(bench.problems).toHaveLength(1);
      expect(bench.storage.released).toEqual(bench.storage.lent);
    },
  );

  test("a webm is made where the site is told to", async () => {
    const attachment = await bench.attach(version, `${ASSETS}shot.mov`, "shot.mov");
    const transcoder = bench.again({ webm: true });
    transcoder.movie(version, attachment);
    await transcoder.idle();
    const webm = bench.fileIn(version, "sg_uploaded_movie_webm");
    expect(webm).toMatchObject({
      contentType: "video/webm",
      name: expect.stringMatching(/^[0-9a-f]{32}_shot\.webm$/),
    });
    expect(await bench.inspect(webm?.key ?? "")).toMatch(/matroska,webm[\s\S]*Video: vp8.* 640x360/);
  });

  test("a cut movie whose header is whole gives what it has, or is refused, but ends", async () => {
    const cut = join(folder, "cut.mp4");
    await copyFile(`${ASSETS}shot.mp4`, cut);
    const { truncate } = await import("node:fs/promises");
    await truncate(cut, 60_000);
    await bench.upload(version, cut, "cut.mp4");
    await bench.transcoder.idle();
    expect([1, 2]).toContain(bench.fields(version)[STATUS]);
  });

  test("hostile names stay names", async () => {
    await bench.upload(version, `${ASSETS}still.png`, "..\\a/../b c%04d&é.png");
    await bench.transcoder.idle();
    expect(bench.fileIn(version, "sg_uploaded_movie_mp4")?.name).toMatch(/^[0-9a-f]{32}_b_c_04d_\.mp4$/);
    expect(bench.picture(version, "image")?.smallKey).toMatch(/^transcode\/[0-9a-f]{32}\/b_c_04d__t\.jpg$/);
  });
});

describe("without an ffmpeg", () => {
  test("media is refused, with the reason told, and the next job still runs", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sgmedia-none-"));
    const bench = await openBench({ SGMEDIA_FFMPEG: join(folder, "none") });
    const broken = await openBench({ SGMEDIA_FFMPEG: join(folder, "broken") });
    await writeFile(join(folder, "broken"), "#!/no/such/interpreter\n", { mode: 0o755 });
    try {
      for (const each of [bench, broken]) {
        const versions = [each.newVersion(), each.newVersion()];
        for (const version of versions) await each.upload(version, `${ASSETS}still.png`, "still.png");
        await each.transcoder.idle();
        for (const version of versions) expect(each.fields(version)[STATUS]).toBe(2);
        expect(each.problems).toHaveLength(2);
        expect(each.problems[0]).toContain(folder);
      }
    } finally {
      await bench.close();
      await broken.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
