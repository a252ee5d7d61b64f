import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Queue } from "../../../src/sandbox/transcode/queue.ts";
import { requeueUnfinished } from "../../../src/sandbox/transcode/transcoder.ts";
import type { Link } from "../../../src/sandbox/types.ts";
import { ASSETS, type Bench, DELAY_MS, openBench } from "./bench.ts";

const STATUS = "sg_uploaded_movie_transcoding_status";
const MOVIE = `${ASSETS}odd-size.mov`;
const STILL = `${ASSETS}still.png`;

let bench: Bench;
let version: Link;
beforeEach(async () => {
  bench = await openBench();
  version = bench.newVersion();
});
afterEach(() => bench.close());

describe("one upload after another", () => {
  test("status and renditions of the older media stay until the new transcode is done", async () => {
    await bench.upload(version, STILL, "a.png");
    await bench.transcoder.idle();
    const before = { ...bench.fields(version) };
    bench.clock.ms += 60_000;
    await bench.upload(version, MOVIE, "b.mov");
    for (const field of [STATUS, "sg_uploaded_movie_mp4", "sg_uploaded_movie_image", "image"]) {
      expect(bench.fields(version)[field]).toEqual(before[field]);
    }
    await bench.transcoder.idle();
    expect(bench.fileIn(version, "sg_uploaded_movie_mp4")?.name).toMatch(/_b\.mp4$/);
    expect(bench.fields(version)).toMatchObject({ [STATUS]: 1, sg_uploaded_movie_image: null });
    // Over an older picture too the placeholder shows until the delay since the upload is over.
    expect(bench.picture(version, "image")).toMatchObject({
      readyAtMs: bench.clock.ms + DELAY_MS,
      readsWhilePending: 0,
    });
  });

  test("the result of an upload that was replaced meanwhile is dropped", async () => {
    const replaced = await bench.upload(version, MOVIE, "a.mov");
    const current = await bench.upload(version, STILL, "b.png");
    await bench.transcoder.idle();
    expect(bench.fields(version)["sg_uploaded_movie"]).toEqual(current);
    expect(bench.fileIn(version, "sg_uploaded_movie_mp4")?.name).toMatch(/_b\.mp4$/);
    const names = [...bench.store.rows("Attachment")].map(({ fields }) =>
      JSON.stringify(fields["this_file"]),
    );
    expect(names.filter((text) => /_a\.mp4/.test(text))).toEqual([]);
    expect(replaced.id).not.toBe(current.id);
  });

  test("what is refused over older media takes its renditions away; the next upload starts from 0", async () => {
    await bench.upload(version, STILL, "a.png");
    await bench.transcoder.idle();
    await bench.upload(version, `${ASSETS}kinds/noise.bin`, "b.mov");
    await bench.transcoder.idle();
    expect(bench.fields(version)).toMatchObject({ [STATUS]: 2, sg_uploaded_movie_mp4: null, image: null });
    await bench.upload(version, STILL, "c.png");
    expect(bench.fields(version)[STATUS]).toBe(0);
    await bench.transcoder.idle();
    expect(bench.fields(version)[STATUS]).toBe(1);
  });

  test("a picture that someone set after an upload that is refused stays", async () => {
    await bench.upload(version, `${ASSETS}kinds/noise.bin`, "a.mov");
    const mine = await bench.setPicture(version, "filmstrip_image", `${ASSETS}still.jpg`, "mine.jpg");
    await bench.transcoder.idle();
    expect(bench.fields(version)).toMatchObject({ [STATUS]: 2, filmstrip_image: mine });
  });

  test("a picture that someone set after the upload stays", async () => {
    await bench.upload(version, STILL, "a.png");
    const mine = await bench.setPicture(version, "image", `${ASSETS}still.jpg`, "mine.jpg");
    bench.transcoder.picture(version, "image");
    await bench.transcoder.idle();
    expect(bench.fields(version)[STATUS]).toBe(1);
    expect(bench.picture(version, "image")).toEqual({
      ...mine,
      smallKey: expect.stringMatching(/\/mine_t\.jpg$/),
    });
  });

  test("media taken off meanwhile ends the placeholder", async () => {
    await bench.attach(version, STILL, "a.png");
    const placeholder = await bench.setPicture(version, "image", STILL, "a.png");
    bench.transcoder.movie(version, bench.fields(version)["sg_uploaded_movie"] as Link);
    bench.store.change(version.type, version.id, { sg_uploaded_movie: null }, null);
    expect(placeholder.smallKey).toBeNull();
    await bench.transcoder.idle();
    expect(bench.fields(version)).toMatchObject({ [STATUS]: null, image: null });
  });

  test("a placeholder keeps its time and its reads when the picture comes", async () => {
    await bench.attach(version, STILL, "a.png");
    const pending = { ...(await bench.setPicture(version, "image", STILL, "a.png")), readsWhilePending: 3 };
    bench.store.change(version.type, version.id, { image: pending }, null);
    bench.clock.ms += 500;
    bench.transcoder.movie(version, bench.fields(version)["sg_uploaded_movie"] as Link);
    await bench.transcoder.idle();
    expect(bench.picture(version, "image")).toMatchObject({
      readyAtMs: pending.readyAtMs,
      readsWhilePending: 3,
    });
    expect(bench.picture(version, "image")?.smallKey).toMatch(/a_t\.jpg$/);
  });

  test("bytes that never came are refused, and a Version in the bin is left alone", async () => {
    const attachment = await bench.attach(version, STILL, "a.png");
    const file = bench.fileIn(version, "sg_uploaded_movie");
    bench.store.change("Attachment", attachment.id, { this_file: { ...file, key: "uploads/none" } }, null);
    bench.transcoder.movie(version, attachment);
    const binned = bench.newVersion();
    await bench.upload(binned, STILL, "b.png");
    bench.store.retire("Version", binned.id, null);
    await bench.transcoder.idle();
    expect(bench.fields(version)[STATUS]).toBe(2);
    expect(bench.fields(binned)["sg_uploaded_movie_mp4"] ?? null).toBeNull();
  });
});

describe("pictures", () => {
  test.each(["still.png", "still.exr", "kinds/picture.webp"])(
    "%s gets a small JPEG beside it",
    async (name) => {
      const set = await bench.setPicture(version, "image", `${ASSETS}${name}`, "poster.x");
      bench.transcoder.picture(version, "image");
      await bench.transcoder.idle();
      const picture = bench.picture(version, "image");
      expect(picture).toEqual({ ...set, smallKey: expect.stringMatching(/\/poster_t\.jpg$/) });
      expect(await bench.inspect(picture?.smallKey ?? "")).toMatch(/mjpeg.* (?:240|48)x/);
    },
  );

  test("a filmstrip is its own small form", async () => {
    const set = await bench.setPicture(version, "filmstrip_image", `${ASSETS}still.jpg`, "strip.jpg");
    bench.transcoder.picture(version, "filmstrip_image");
    await bench.transcoder.idle();
    expect(bench.picture(version, "filmstrip_image")?.smallKey).toBe(set.originalKey);
  });

  test("what is no picture leaves the field empty", async () => {
    await bench.setPicture(version, "image", `${ASSETS}kinds/noise.bin`, "poster.png");
    bench.transcoder.picture(version, "image");
    await bench.transcoder.idle();
    expect(bench.fields(version)["image"]).toBeNull();
    expect(bench.problems[0]).toContain("poster.png");
  });

  test("the last of two pictures set in a row stays", async () => {
    await bench.setPicture(version, "image", `${ASSETS}still.jpg`, "first.jpg");
    bench.transcoder.picture(version, "image");
    await bench.setPicture(version, "image", STILL, "second.png");
    bench.transcoder.picture(version, "image");
    await bench.transcoder.idle();
    expect(bench.picture(version, "image")).toMatchObject({
      name: "second.png",
      smallKey: expect.stringMatching(/second_t/),
    });
  });
});

describe("stopping and starting again", () => {
  test("what was called off is done by the next run: first media, media over older media, pictures", async () => {
    const second = bench.newVersion();
    const poster = bench.newVersion();
    await bench.upload(second, STILL, "old.png");
    await bench.transcoder.idle();
    await bench.upload(version, MOVIE, "a.mov");
    await bench.upload(second, MOVIE, "new.mov");
    await bench.setPicture(poster, "image", STILL, "poster.png");
    bench.transcoder.picture(poster, "image");
    await bench.transcoder.stop();
    expect(bench.fields(version)[STATUS]).toBe(0);
    expect(bench.fileIn(second, "sg_uploaded_movie_mp4")?.name).toMatch(/_old\.mp4$/);

    const next = bench.again();
    requeueUnfinished(bench.store, next);
    await next.idle();
    expect(bench.fields(version)).toMatchObject({ [STATUS]: 1, uploaded_movie_duration: "0.5" });
    expect(bench.fileIn(second, "sg_uploaded_movie_mp4")?.name).toMatch(/_new\.mp4$/);
    expect(bench.picture(poster, "image")?.smallKey).toMatch(/poster_t\.jpg$/);
    expect(bench.problems).toEqual([]);

    const nothing = bench.again();
    const written = bench.storage.lent.length;
    requeueUnfinished(bench.store, nothing);
    await nothing.idle();
    expect(bench.storage.lent).toHaveLength(written);
  });

  test("a queue runs in order, one at a time, past failures, and idle waits for what is added meanwhile", async () => {
    const seen: string[] = [];
    let running = 0;
    const queue = new Queue((thrown) => seen.push(String(thrown)));
    const work = (name: string) => async (): Promise<void> => {
      running += 1;
      expect(running).toBe(1);
      await new Promise(setImmediate);
      seen.push(name);
      running -= 1;
    };
    queue.add(work("a"));
    queue.add(async () => {
      queue.add(work("c"));
      throw new Error("b");
    });
    await queue.idle();
    expect(seen).toEqual(["a", "Error: b", "c"]);
    queue.add(work("d"));
    queue.add(work("e"));
    await queue.stop();
    expect(seen).not.toContain("e");
  });
});
