import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type EncodeProgress,
  encodeFrames,
  imageSize,
  makeFilmstrip,
  makePoster,
  probeMovie,
} from "../../../src/media/ffmpeg/index.ts";
import { startFfmpeg } from "../../../src/media/ffmpeg/run.ts";
import { ASSETS, ffmpegs } from "./ffmpegs.ts";

const SHOT = `${ASSETS}shot.mov`;
const never = new AbortController().signal;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sgmedia-ffmpeg-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What ffmpeg says about frames and colour of a movie, decoded to its end. */
async function inspect(ffmpeg: string, movie: string): Promise<string> {
  const args = ["-i", movie, "-map", "0:v", "-vf", "showinfo", "-f", "null", "-"];
  return (await startFfmpeg(ffmpeg, args, never)).stderr;
}

/** Grey values (0 to 255) of the picture cut into columns. */
async function columnsOf(ffmpeg: string, picture: string, columns: number): Promise<number[]> {
  const raw = join(folder, "columns.gray");
  const args = [
    "-i",
    picture,
    "-vf",
    `scale=${columns}:1:flags=area,format=gray`,
    "-f",
    "rawvideo",
    "-y",
    raw,
  ];
  expect((await startFfmpeg(ffmpeg, args, never)).exitCode).toBe(0);
  return [...(await readFile(raw))];
}

describe.each(await ffmpegs())("ffmpeg of %s", (name, ffmpeg) => {
  const out = (file: string): string => join(folder, `${name}-${file}`);

  test("a movie, its silent and its odd brothers", async () => {
    expect(await probeMovie(ffmpeg, SHOT, never)).toEqual({
      width: 640,
      height: 360,
      frameRate: 24,
      durationSeconds: 3,
      hasAudio: true,
      codec: "h264",
      frameCount: 72,
    });
    expect(await probeMovie(ffmpeg, `${ASSETS}odd-size.mov`, never)).toMatchObject({
      width: 321,
      height: 181,
      hasAudio: false,
      codec: "mjpeg",
      frameCount: 12,
    });
  });

  test.each(["still.png", "still.jpg", "still.exr", "still.dpx", "still.tif"])(
    "%s is one frame without a rate",
    async (still) => {
      const facts = await probeMovie(ffmpeg, `${ASSETS}${still}`, never);
      expect(facts).toMatchObject({ frameRate: null, durationSeconds: null, frameCount: 1, hasAudio: false });
    },
  );

  test("what holds no picture is refused with ffmpeg's own words", async () => {
    const text = out("text.mov");
    await writeFile(text, "this is no movie\n".repeat(100));
    await expect(probeMovie(ffmpeg, text, never)).rejects.toMatchObject({
      code: "E_FFMPEG",
      why: expect.stringContaining("Invalid data found"),
    });
    await expect(probeMovie(ffmpeg, `${ASSETS}kinds/sound.wav`, never)).rejects.toMatchObject({
      code: "E_FFMPEG",
      why: "It has no video stream.",
    });
  });

  test("a playlist inside a file reaches no network", async () => {
    const list = out("list.m3u8");
    await writeFile(
      list,
      "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    );
    await expect(probeMovie(ffmpeg, list, never)).rejects.toMatchObject({ code: "E_FFMPEG" });
    await expect(probeMovie(ffmpeg, "http://127.0.0.1:9/a.mov", never)).rejects.toMatchObject({
      why: expect.stringMatching(/No such file/),
    });
  });

  test("a filmstrip is one row of frames of 240 pixels, without a black end", async () => {
    const strip = out("strip 100%03d.jpg");
    await makeFilmstrip(ffmpeg, SHOT, strip, { frames: 7 }, never);
    expect(await imageSize(strip, {}, never)).toEqual({ width: 7 * 240, height: 136 });
    // ffmpeg reads a name with %03d as a pattern, so it gets another one.
    await copyFile(strip, out("strip.jpg"));
    const means = await columnsOf(ffmpeg, out("strip.jpg"), 7);
    expect(Math.min(...means)).toBeGreaterThan(40);
  });

  test("a filmstrip of a short movie and of a still have no more frames than there are", async () => {
    await makeFilmstrip(ffmpeg, `${ASSETS}odd-size.mov`, out("short.jpg"), {}, never);
    expect((await imageSize(out("short.jpg"), {}, never)).width).toBe(12 * 240);
    await makeFilmstrip(ffmpeg, `${ASSETS}still.png`, out("one.jpg"), { frames: 10, frameWidth: 120 }, never);
    expect((await imageSize(out("one.jpg"), {}, never)).width).toBe(120);
  });

  test("a poster is a frame in full size, as JPEG or PNG", async () => {
    await makePoster(ffmpeg, SHOT, out("poster.jpg"), {}, never);
    expect(await imageSize(out("poster.jpg"), {}, never)).toEqual({ width: 640, height: 360 });
    await makePoster(ffmpeg, SHOT, out("later.png"), { atSeconds: 2 }, never);
    expect((await readFile(out("later.png"))).subarray(1, 4).toString()).toBe("PNG");
    await makePoster(ffmpeg, SHOT, out("first.png"), { atSeconds: 0 }, never);
    expect((await readFile(out("first.png"))).equals(await readFile(out("later.png")))).toBe(false);
  });

  test("a poster past the end is an error, and what stood there does not pass for it", async () => {
    await copyFile(`${ASSETS}still.jpg`, out("past.jpg"));
    await expect(makePoster(ffmpeg, SHOT, out("past.jpg"), { atSeconds: 60 }, never)).rejects.toMatchObject({
      code: "E_FFMPEG",
      why: "There is no frame at 60 s.",
    });
    await expect(readFile(out("past.jpg"))).rejects.toThrow("ENOENT");
  });

  test("frames become an H.264 movie for review", async () => {
    const output = out("review.mp4");
    const seen: EncodeProgress[] = [];
    const request = {
      pattern: `${ASSETS}frames/shot.%04d.exr`,
      firstFrame: 1001,
      frameCount: 24,
      frameRate: 24,
      output,
    };
    await encodeFrames(ffmpeg, request, (progress) => seen.push(progress), never);
    expect(seen.at(-1)).toEqual({ frames: 24 });
    expect(await probeMovie(ffmpeg, output, never)).toMatchObject({
      width: 96,
      height: 54,
      frameRate: 24,
      durationSeconds: 1,
      codec: "h264",
      frameCount: 24,
      hasAudio: false,
    });
    const text = await inspect(ffmpeg, output);
    expect(text).toMatch(/Video: h264 \(High\).*yuv420p\(tv, bt709/);
    expect(text.match(/ type:B /g)).toBeNull();
    const bytes = await readFile(output);
    expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
  });

  test("linear light gets a curve: it is brighter than the same numbers shown as they are", async () => {
    const pattern = `${ASSETS}frames/shot.%04d.exr`;
    const means: number[] = [];
    for (const colour of ["linear", "display"] as const) {
      const output = out(`${colour}.mp4`);
      await encodeFrames(
        ffmpeg,
        { pattern, firstFrame: 1001, frameCount: 1, frameRate: 24, output, colour },
        () => {},
        never,
      );
      await makePoster(ffmpeg, output, out(`${colour}.png`), {}, never);
      means.push(...(await columnsOf(ffmpeg, out(`${colour}.png`), 1)));
    }
    expect(means[0]).toBeGreaterThan((means[1] ?? 255) + 10);
  });

  test("odd sizes become even, in a folder with a percent sign; linear frames that are no OpenEXR work too", async () => {
    const frames = out("100% done");
    await mkdir(frames);
    for (const frame of ["1001", "1002"]) {
      await makePoster(ffmpeg, `${ASSETS}odd-size.mov`, join(frames, `a.${frame}.png`), {}, never);
    }
    const request = {
      pattern: join(frames, "a.%04d.png"),
      firstFrame: 1001,
      frameRate: 23.976,
      output: out("even.mp4"),
    };
    await encodeFrames(ffmpeg, { ...request, colour: "linear" }, () => {}, never);
    expect(await probeMovie(ffmpeg, request.output, never)).toMatchObject({
      width: 320,
      height: 180,
      frameRate: 23.976,
    });
  });

  test("a gap in the frames is an error that names the frame, and leaves no movie", async () => {
    const request = {
      pattern: `${ASSETS}gap/plate.%04d.jpg`,
      firstFrame: 1001,
      frameCount: 8,
      frameRate: 24,
      output: out("gap.mp4"),
    };
    await expect(encodeFrames(ffmpeg, request, () => {}, never)).rejects.toMatchObject({
      code: "E_FRAMES",
      message: expect.stringContaining("frame 1004"),
    });
    expect(await readdir(folder)).not.toContain(`${name}-gap.mp4`);
  });

  test("frames that are not there are an error", async () => {
    const request = {
      pattern: join(folder, "absent.%04d.exr"),
      firstFrame: 1,
      frameRate: 24,
      output: out("absent.mp4"),
    };
    await expect(encodeFrames(ffmpeg, request, () => {}, never)).rejects.toMatchObject({ code: "E_FFMPEG" });
  });

  test("an encode that is called off ends with the reason, and leaves no movie", async () => {
    const calledOff = new AbortController();
    const request = {
      pattern: `${ASSETS}frames/shot.%04d.exr`,
      firstFrame: 1001,
      frameRate: 24,
      output: out("off.mp4"),
    };
    const reason = new Error("enough");
    const running = encodeFrames(ffmpeg, request, () => {}, calledOff.signal);
    setImmediate(() => calledOff.abort(reason));
    await expect(running).rejects.toBe(reason);
    expect(await readdir(folder)).not.toContain(`${name}-off.mp4`);
    await expect(probeMovie(ffmpeg, SHOT, calledOff.signal)).rejects.toBe(reason);
  });

  test("other pictures' sizes are asked of ffmpeg", async () => {
    const env = { SGMEDIA_FFMPEG: ffmpeg };
    expect(await imageSize(`${ASSETS}still.exr`, env, never)).toMatchObject({ width: 320, height: 180 });
  });
});
