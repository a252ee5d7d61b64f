import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASSETS, Site } from "./harness.ts";

const MOVIE = join(ASSETS, "shot.mov");

describe("waiting for a transcode", () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.start();
  });
  afterAll(() => site.stop());

  it("waits for that of this upload, not of an older one", async () => {
    const first = await site.run(["upload", MOVIE, "--version", "23404", "--wait=120", "--json"]);
    expect(first.code).toBe(0);
    const old = await site.run(["info", "--version", "23404", "--json"]);
    const oldMp4 = mp4Of(old.json);
    const second = join(site.folder, "second.mov");
    await copyFile(join(ASSETS, "shot.mp4"), second);
    const up = await site.run(["upload", second, "--version", "23404", "--wait=120", "--json"]);
    expect(up.json.results[0]).toMatchObject({ ok: true, attachment: { name: "second.mov" } });
    const now = await site.run(["info", "--version", "23404", "--json"]);
    expect(mp4Of(now.json).id).toBeGreaterThan(up.json.results[0].attachment.id);
    expect(mp4Of(now.json).id).not.toBe(oldMp4.id);
    expect(now.json.results[0].transcoding).toMatchObject({ state: "done", stale: false });
  });

  it("a movie that the site cannot read is refused (9), first and over a good one, and the upload stands", async () => {
    for (const version of ["23426", "23404"]) {
      const noise = await site.file(`noise-${version}.mov`, 50_000);
      const up = await site.run(["upload", noise, "--version", version, "--wait=60", "--json"]);
      expect([up.code, up.json.error.code]).toEqual([9, "E_TRANSCODE_REFUSED"]);
      expect(up.json.results[0]).toMatchObject({
        ok: false,
        attachment: { type: "Attachment" },
        error: { exit: 9 },
      });
      const back = await site.run(["download", "--version", version, "-o", `back-${version}.mov`, "--json"]);
      expect((await readFile(back.json.results[0].output)).equals(await readFile(noise))).toBe(true);
    }
  });
});

describe("a transcode that takes long", () => {
  let site: Site;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sgmedia-slow-"));
    const slow = join(folder, "ffmpeg");
    await writeFile(slow, "#!/bin/sh\nexec sleep 600\n");
    await chmod(slow, 0o755);
    site = await Site.launch({ env: { SGMEDIA_FFMPEG: slow } });
  });
  afterAll(async () => {
    await site.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("is waited for as long as was said (10), and the upload stands", async () => {
    const up = await site.run(["upload", MOVIE, "--version", "23404", "--wait=2", "--json"]);
    expect([up.code, up.json.error.code]).toEqual([10, "E_WAIT_TIMEOUT"]);
    expect(up.json.results[0]).toMatchObject({ ok: false, attachment: { name: "shot.mov" } });
    const mp4 = await site.run(["download", "--version", "23404", "--rendition", "mp4", "--json"]);
    expect(mp4.json.error).toMatchObject({
      code: "E_MEDIA_MISSING",
      exit: 5,
      fix: expect.stringContaining("--wait"),
    });
    const info = await site.run(["info", "--version", "23404", "--json"]);
    expect(info.json.results[0].transcoding).toMatchObject({ status: 0, state: "running" });
  });
});

function mp4Of(document: {
  results: { renditions: { rendition: string; attachment: { id: number } }[] }[];
}): { id: number } {
  const found = document.results[0]?.renditions.find((each) => each.rendition === "mp4");
  if (!found) throw new Error("no mp4");
  return found.attachment;
}
