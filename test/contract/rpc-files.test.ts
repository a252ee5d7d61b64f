import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRpcSite, type RpcSite } from "./rpc-client.ts";

const PNG = 111339;
let site: RpcSite;
let old: RpcSite;
let strict: RpcSite;

beforeAll(async () => {
  site = await openRpcSite();
  old = await openRpcSite({ storageService: "sg" });
  strict = await openRpcSite({ storageService: "sg", strictCookies: true });
});
afterAll(async () => {
  await Promise.all([site, old, strict].map((each) => each.close()));
});

function get(
  where: RpcSite,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Response> {
  return fetch(`${where.origin}${path}`, { method, headers, redirect: "manual" });
}

async function linked(where: RpcSite, value: Record<string, unknown>): Promise<number> {
  const project = { type: "Project", id: where.started.ready.project.id };
  const made = await where.create("Version", { code: "link", project, sg_uploaded_movie: value });
  return made.sg_uploaded_movie.id;
}

describe("3 file_serve", () => {
  it("leads to a signed URL that needs nothing else", async () => {
    const answer = await get(site, `/file_serve/attachment/${PNG}`);
    expect(answer.status).toBe(302);
    const location = answer.headers.get("location") ?? "";
    expect(new URL(location).origin).toBe(site.started.ready.storage);
    const bytes = Buffer.from(await (await fetch(location)).arrayBuffer());
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  });

  it("a web link leads to its address; local, unknown, empty and retired ones are 400", async () => {
    const web = await linked(site, { url: "https://studio.example/a b?x=%20ü", name: "page" });
    const answer = await get(site, `/file_serve/attachment/${web}`);
    expect([answer.status, answer.headers.get("location")]).toEqual([
      302,
      "https://studio.example/a%20b?x=%20%C3%BC",
    ]);
    await site.create("LocalStorage", { code: "disk", linux_path: "/mnt/disk" });
    const local = await linked(site, { local_path: "/mnt/disk/a.mov" });
    await site.ask("delete", { type: "Attachment", id: web });
    for (const id of [local, web, 999_999]) {
      expect((await get(site, `/file_serve/attachment/${id}`)).status).toBe(400);
    }
  });

  it("a web link that no browser could follow is no crash", async () => {
    const id = await linked(site, { url: "rvlink:// -l -play %zz", name: "rv" });
    const answer = await get(site, `/file_serve/attachment/${id}`);
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "rvlink://%20-l%20-play%20%zz"]);
  });

  it("with storage of its own the site gives the bytes: whole, HEAD, ranges, conditions", async () => {
    const path = `/file_serve/attachment/${PNG}`;
    const whole = await get(old, path);
    const bytes = Buffer.from(await whole.arrayBuffer());
    const etag = whole.headers.get("etag") ?? "";
    expect([whole.status, whole.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(whole.headers.get("content-disposition")).toMatch(
      /^attachment; filename="[^"]+"; filename\*=UTF-8''/,
    );
    expect(Number(whole.headers.get("content-length"))).toBe(bytes.length);

    const head = await get(old, path, {}, "HEAD");
    expect([head.status, Number(head.headers.get("content-length"))]).toEqual([200, bytes.length]);

    const range = await get(old, path, { Range: "bytes=3-9" });
    expect([range.status, range.headers.get("content-range")]).toEqual([206, `bytes 3-9/${bytes.length}`]);
    expect(Buffer.from(await range.arrayBuffer()).equals(bytes.subarray(3, 10))).toBe(true);

    const status = async (headers: Record<string, string>) => (await get(old, path, headers)).status;
    expect(await status({ Range: `bytes=${bytes.length}-` })).toBe(416);
    expect(await status({ Range: "bytes=3-9", "If-Range": etag })).toBe(206);
    expect(await status({ Range: "bytes=3-9", "If-Range": '"other"' })).toBe(200);
    expect(await status({ "If-None-Match": etag })).toBe(304);
  });

  it("file fields there read the site's own address", async () => {
    const [file] = await old.find("Attachment", ["id", "is", PNG], ["this_file"]);
    expect(file.this_file.url).toBe(`${old.origin}/file_serve/attachment/${PNG}`);
    expect((await old.ask("info")).s3_direct_uploads_enabled).toBe(false);
  });
});

describe("who may read", () => {
  it("strict: the session's cookie or a bearer, and nothing less", async () => {
    const path = `/file_serve/attachment/${PNG}`;
    expect((await get(strict, path)).status).toBe(403);
    expect((await get(strict, path, { Cookie: "_session_id=nope" })).status).toBe(403);
    const { session_id: token } = await strict.ask("get_session_token");
    expect((await get(strict, path, { Cookie: `a=b; _session_id=${token}` })).status).toBe(200);
    const { scriptName, scriptKey } = strict.started.ready;
    const form = { grant_type: "client_credentials", client_id: scriptName, client_secret: scriptKey };
    const reply = await fetch(`${strict.origin}/api/v1/auth/access_token`, {
      method: "POST",
      body: new URLSearchParams(form),
    });
    const { access_token: bearer } = (await reply.json()) as { access_token: string };
    expect((await get(strict, path, { Authorization: `Bearer ${bearer}` })).status).toBe(200);
    expect((await get(strict, "/images/status/transient/thumbnail_pending.png")).status).toBe(200);
  });
});

describe("/thumbnail/full", () => {
  it.each([
    ["a signed URL", () => site, 302],
    ["the bytes", () => old, 200],
  ])("gives %s of the full-size picture", async (_, pick, status) => {
    const where = pick();
    const first = await get(where, "/thumbnail/full/Version/23425");
    expect(first.status).toBe(status);
    const answer = status === 302 ? await fetch(first.headers.get("location") ?? "") : first;
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.subarray(0, 2).toString("hex")).toBe("ffd8");
  });

  it("404 where there is none, the placeholder while it is made", async () => {
    expect((await get(old, "/thumbnail/full/Version/23404")).status).toBe(404);
    expect((await get(old, "/thumbnail/full/Nope/1")).status).toBe(404);
    const form = new FormData();
    for (const [name, value] of Object.entries(old.auth)) form.append(name, value);
    form.append("entity_type", "Version");
    form.append("entity_id", "23404");
    const still = await readFile(join(import.meta.dirname, "..", "assets", "still.png"));
    form.append("thumb_image", new Blob([still]), "still.png");
    const reply = await fetch(`${old.origin}/upload/publish_thumbnail`, { method: "POST", body: form });
    expect(await reply.text()).toMatch(/^1:/);
    await old.started.sandbox.transcoder.idle();
    const full = await get(old, "/thumbnail/full/Version/23404");
    expect(Buffer.from(await full.arrayBuffer()).equals(still)).toBe(true);
  });

  it("and the filmstrip's, on request", async () => {
    const [strip, image] = await Promise.all(
      ["?field=filmstrip_image", ""].map(async (query) => {
        const answer = await get(old, `/thumbnail/full/Version/23425${query}`);
        return Buffer.from(await answer.arrayBuffer());
      }),
    );
    expect(strip?.subarray(0, 2).toString("hex")).toBe("ffd8");
    expect(strip?.equals(image ?? Buffer.alloc(0))).toBe(false);
  });

  it("other methods and paths are somebody else's", async () => {
    for (const path of [
      "/file_serve/attachment/x",
      "/thumbnail/full/Version",
      "/images/status/transient/../a.png",
    ]) {
      expect((await get(old, path)).status, path).toBe(404);
    }
    expect((await get(old, `/file_serve/attachment/${PNG}`, {}, "POST")).status).toBe(404);
  });
});
