import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SEED_MEDIA } from "../../src/sandbox/seed-media/seed-media.ts";
import { type Json, openSite, type Site, until, uploadFile } from "./rest-client.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const MOVIE = Buffer.from(SEED_MEDIA.movie.base64, "base64");
const FIELDS = [
  "sg_uploaded_movie_transcoding_status",
  "sg_uploaded_movie_frame_rate",
  "uploaded_movie_duration",
  "sg_uploaded_movie_mp4",
  "sg_uploaded_movie_webm",
  "image",
  "filmstrip_image",
].join(",");

async function read(id: number): Promise<Json> {
  return (await site.get(`entity/versions/${id}?fields=${FIELDS}`)).json.data.attributes;
}

const idle = () => site.started.sandbox.transcoder.idle();

describe("6.6 a movie on Version.sg_uploaded_movie", () => {
  it("is 0 with the placeholder first, then 1 with mp4, pictures, frame rate and duration", async () => {
    const id = await site.newVersion();
    await uploadFile(site, `entity/versions/${id}/sg_uploaded_movie`, "shot.mov", MOVIE);
    expect((await read(id)).image).toMatch(/\/images\/status\/transient\//);
    await idle();
    const done = await until(async () => {
      const row = await read(id);
      return String(row.image).includes("/images/status/") ? undefined : row;
    });
    expect(done).toMatchObject({
      sg_uploaded_movie_transcoding_status: 1,
      sg_uploaded_movie_frame_rate: "24.0",
      uploaded_movie_duration: expect.stringMatching(/^\d+\.\d+$/),
      sg_uploaded_movie_mp4: {
        content_type: "video/mp4",
        name: expect.stringMatching(/^[0-9a-f]+_shot\.mp4$/),
      },
      sg_uploaded_movie_webm: null,
    });
    expect(new URL(done.image).pathname).toMatch(/_t\.jpg$/);
    expect(done.filmstrip_image).toEqual(expect.any(String));
    const mp4 = await fetch(done.sg_uploaded_movie_mp4.url);
    expect(
      Buffer.from(await mp4.arrayBuffer())
        .subarray(4, 8)
        .toString(),
    ).toBe("ftyp");

    await site.put(`entity/versions/${id}`, { sg_uploaded_movie: null });
    const cleared = await read(id);
    expect(cleared.sg_uploaded_movie_transcoding_status).toBe(1);
    expect(cleared.sg_uploaded_movie_mp4).toMatchObject({ id: done.sg_uploaded_movie_mp4.id });
  });

  it("is 2 when it cannot be read, and every derived field is empty", async () => {
    const id = await site.newVersion();
    await uploadFile(
      site,
      `entity/versions/${id}/sg_uploaded_movie`,
      "broken.mov",
      Buffer.from("no movie at all"),
    );
    await idle();
    expect(await read(id)).toEqual({
      sg_uploaded_movie_transcoding_status: 2,
      sg_uploaded_movie_frame_rate: null,
      uploaded_movie_duration: null,
      sg_uploaded_movie_mp4: null,
      sg_uploaded_movie_webm: null,
      image: null,
      filmstrip_image: null,
    });
  });
});
