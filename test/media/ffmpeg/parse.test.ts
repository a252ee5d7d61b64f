import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { sizeFromHeader } from "../../../src/media/ffmpeg/image-size.ts";
import { parseProbe } from "../../../src/media/ffmpeg/probe.ts";
import { lastUsefulLine } from "../../../src/media/ffmpeg/run.ts";
import { ASSETS } from "./ffmpegs.ts";

function probeOf(video: string, more = "", duration = "00:00:10.01"): ReturnType<typeof parseProbe> {
  return parseProbe(
    `Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:x.mov':\n  Duration: ${duration}, start: 0.000000, bitrate: 9 kb/s\n    Stream #0:0(eng): Video: ${video}\n${more}At least one output file must be specified\n`,
  );
}

describe("parseProbe", () => {
  test.each([
    ["23.98", 23.976],
    ["29.97", 29.97],
    ["59.94", 59.94],
    ["119.88", 119.88],
    ["24", 24],
    ["12.5", 12.5],
    ["1k", 1000],
  ])("%s fps is %d", (shown, rate) => {
    const facts = probeOf(
      `h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709), 640x360 [SAR 1:1 DAR 16:9], 5 kb/s, ${shown} fps, 24 tbr, 12288 tbn`,
    );
    expect(facts).toMatchObject({
      width: 640,
      height: 360,
      codec: "h264",
      durationSeconds: 10.01,
      hasAudio: false,
    });
    expect(facts?.frameRate).toBe(rate);
  });

  test("a movie turned by the camera has the size that is shown", () => {
    const video = "hevc (Main), yuv420p(tv), 1920x1080, 30 fps";
    const newer = "    Side data:\n      displaymatrix: rotation of -90.00 degrees\n";
    expect(probeOf(video, newer)).toMatchObject({ width: 1080, height: 1920 });
    expect(probeOf(video, "    Metadata:\n      rotate          : 270\n")).toMatchObject({
      width: 1080,
      height: 1920,
    });
    expect(probeOf(video, "      displaymatrix: rotation of 180.00 degrees\n")).toMatchObject({
      width: 1920,
    });
  });

  test("a codec tag that looks like a size is no size", () => {
    expect(probeOf("prores (apcn / 0x6E637061), yuv422p10le, 2048x858, 24 fps")).toMatchObject({
      width: 2048,
      height: 858,
    });
  });

  test("a cover picture is no movie, and neither is text without an input", () => {
    expect(probeOf("mjpeg, yuvj420p(pc), 600x600, 90k tbr (attached pic)")).toBeUndefined();
    expect(parseProbe("file:x: Invalid data found when processing input")).toBeUndefined();
  });

  test("a length that the file does not say is null", () => {
    expect(probeOf("h264, yuv420p, 640x360, 24 fps", "", "N/A")).not.toHaveProperty("frameCount");
    expect(probeOf("h264, yuv420p, 640x360, 24 fps", "", "N/A")?.durationSeconds).toBeNull();
  });
});

test("the last useful line has no addresses and no chatter", () => {
  const text =
    "[h264 @ 0x55d0c2] bad\n[mov,mp4,m4a @ 0x7f1] moov atom not found\nfile:x.mov: Invalid data found\nConversion failed!\n\n";
  expect(lastUsefulLine(text)).toBe("file:x.mov: Invalid data found");
  expect(lastUsefulLine("[mov,mp4,m4a @ 0x7f1] moov atom not found\n")).toBe("moov atom not found");
  expect(lastUsefulLine("\n")).toBeUndefined();
});

describe("sizeFromHeader", () => {
  test.each([
    ["still.jpg", { width: 320, height: 180 }],
    ["still.png", { width: 320, height: 180 }],
    ["kinds/animated.gif", { width: 48, height: 26 }],
  ])("%s", async (name, size) => {
    expect(sizeFromHeader(await readFile(`${ASSETS}${name}`))).toEqual(size);
  });

  test("a cut header gives nothing", async () => {
    const jpeg = await readFile(`${ASSETS}still.jpg`);
    for (const length of [0, 1, 3, 5, 20]) expect(sizeFromHeader(jpeg.subarray(0, length))).toBeUndefined();
    expect(sizeFromHeader(Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 2, 0, 0, 0, 0, 0, 0))).toBeUndefined();
  });
});
