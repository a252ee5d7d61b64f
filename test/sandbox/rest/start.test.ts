import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { credentialsOf } from "../../../src/sandbox/seed/people.ts";
import { type StartedSandbox, startSandbox } from "../../../src/sandbox/start.ts";

let dir: string;
const open: StartedSandbox[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sandbox-start-"));
});
afterEach(async () => {
  for (const started of open.splice(0)) await started.close();
  await rm(dir, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startSandbox>[0] = {}): Promise<StartedSandbox> {
  const started = await startSandbox(options);
  open.push(started);
  return started;
}

async function bearerOf({ ready }: StartedSandbox): Promise<string> {
  const form = {
    grant_type: "client_credentials",
    client_id: ready.scriptName,
    client_secret: ready.scriptKey,
  };
  const body = new URLSearchParams(form);
  const reply = await fetch(`${ready.site}/api/v1/auth/access_token`, { method: "POST", body });
  return ((await reply.json()) as { access_token: string }).access_token;
}

async function read(started: StartedSandbox, path: string): Promise<Record<string, unknown>> {
  const headers = { Authorization: `Bearer ${await bearerOf(started)}` };
  const reply = await fetch(`${started.ready.site}/api/v1/entity/${path}`, { headers });
  const { data } = (await reply.json()) as { data: { attributes: Record<string, unknown> } };
  return data.attributes;
}

describe("starting", () => {
  it("says where it is and how to sign in", async () => {
    const { ready } = await start();
    expect(ready).toEqual({
      site: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      scriptName: expect.any(String),
      scriptKey: expect.stringMatching(/^\w{24}$/),
      person: { login: "ada", password: expect.any(String), name: "Ada Artist" },
      twoFactorPerson: {
        login: "tove",
        password: expect.any(String),
        secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      },
      project: { type: "Project", id: 1, name: "project X" },
      storage: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      dir: expect.any(String),
      pid: process.pid,
    });
    expect(Object.keys(ready)[0]).toBe("site");
  });

  it("holds the Versions, the Attachment and the media that the tutorials name", async () => {
    const started = await start();
    const media =
      "image,filmstrip_image,sg_uploaded_movie,sg_uploaded_movie_mp4,sg_uploaded_movie_transcoding_status";
    const [empty, movie, still] = await Promise.all(
      [23404, 23425, 23426].map((id) => read(started, `versions/${id}?fields=${media}`)),
    );
    expect(Object.values(empty ?? {})).toEqual([null, null, null, null, null]);
    expect(movie).toMatchObject({
      sg_uploaded_movie: { content_type: "video/quicktime", link_type: "upload" },
      sg_uploaded_movie_mp4: {
        name: expect.stringMatching(/^[0-9a-f]{32}_.*\.mp4$/),
        content_type: "video/mp4",
      },
      sg_uploaded_movie_transcoding_status: 1,
      filmstrip_image: expect.any(String),
    });
    expect(still).toMatchObject({ sg_uploaded_movie: { content_type: "image/jpeg" } });
    const urls = [movie, still].flatMap((row = {}) =>
      ["image", "filmstrip_image", "sg_uploaded_movie", "sg_uploaded_movie_mp4"].map((name) => {
        const value = row[name];
        return typeof value === "object" && value !== null && "url" in value ? value.url : value;
      }),
    );
    for (const url of urls) expect((await fetch(String(url))).status).toBe(200);
    const png = await read(started, "attachments/111339?fields=filename,file_size,this_file");
    expect(png).toMatchObject({
      filename: "reference.png",
      file_size: null,
      this_file: { content_type: "image/png" },
    });
  });

  it("two sites have nothing in common", async () => {
    const [one, other] = [await start(), await start()];
    expect(one.ready.scriptKey).not.toBe(other.ready.scriptKey);
    expect(one.ready.site).not.toBe(other.ready.site);
    const headers = { Authorization: `Bearer ${await bearerOf(one)}` };
    expect((await fetch(`${other.ready.site}/api/v1/entity/versions/23425`, { headers })).status).toBe(401);
  });
});

describe("the folder", () => {
  it("keeps credentials, records and bytes over a restart", async () => {
    const first = await start({ dir });
    first.sandbox.store.change("Version", 23404, { description: "kept" }, null);
    await open.pop()?.close();
    const second = await start({ dir });
    expect(second.ready.scriptKey).toBe(first.ready.scriptKey);
    expect(second.ready.dir).toBe(dir);
    expect(credentialsOf(second.sandbox.store)?.person).toEqual(first.ready.person);
    const row = await read(second, "versions/23404?fields=description");
    expect(row["description"]).toBe("kept");
    const { sg_uploaded_movie: movie } = await read(second, "versions/23425?fields=sg_uploaded_movie");
    expect((await fetch((movie as { url: string }).url)).status).toBe(200);
  });

  it("is one sandbox's at a time; what failed to start leaves nothing open", async () => {
    await start({ dir });
    await expect(start({ dir })).rejects.toThrow("in use");
    const port = Number(new URL(open[0]?.ready.site ?? "").port);
    await expect(start({ port })).rejects.toThrow("EADDRINUSE");
  });

  it("that was not given goes at the end, also with a connection kept alive", async () => {
    const started = await start();
    const temporary = started.ready.dir;
    expect(existsSync(temporary)).toBe(true);
    await bearerOf(started);
    await open.pop()?.close();
    expect(existsSync(temporary)).toBe(false);
    await expect(fetch(started.ready.site)).rejects.toThrow();
  });
});

describe("options", () => {
  it("faults hold from the first request", async () => {
    const started = await start({ faults: [{ surface: "site", path: "/api/v1/", status: 503, times: 1 }] });
    expect((await fetch(`${started.ready.site}/api/v1/`)).status).toBe(503);
    expect((await fetch(`${started.ready.site}/api/v1/`)).status).toBe(200);
  });

  it("multipart without a field can be refused", async () => {
    for (const [fieldlessMultipart, status] of [
      [true, 200],
      [false, 400],
    ] as const) {
      const started = await start({ fieldlessMultipart });
      const headers = { Authorization: `Bearer ${await bearerOf(started)}` };
      const url = `${started.ready.site}/api/v1/entity/shots/1/_upload?filename=a.mov&multipart_upload=true`;
      expect((await fetch(url, { headers })).status).toBe(status);
    }
  });
});
