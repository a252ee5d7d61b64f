import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { initUpload, type Json, md5, openSite, putBytes, type Site } from "./rest-client.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const first = (answer: { json: Json }) => answer.json.errors[0];

const MIB = 1024 * 1024;

async function bytesAt(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

async function field(path: string, name: string): Promise<Json> {
  return (await site.get(`${path}?fields=${name}`)).json.data.attributes[name];
}

const openParts = () => site.started.sandbox.storage.openMultiparts();

describe("6.3 parts", () => {
  const base = "entity/versions/23404/sg_uploaded_movie/_upload/multipart";

  it("walk the chain, take parts in any order and the first again, and complete in part order", async () => {
    const id = await site.newVersion();
    const path = `entity/versions/${id}/sg_uploaded_movie_mp4`;
    const parts = [Buffer.alloc(5 * MIB, "a"), Buffer.alloc(5 * MIB, "b"), Buffer.from("end")];
    const ticket = await initUpload(site, path, "big.mp4", true);
    const second = await site.get(ticket.next ?? "");
    expect(second.status).toBe(200);
    expect(new URL(second.json.links.get_next_part, site.origin).searchParams.get("part_number")).toBe("3");
    const part = async (number: number) => {
      const url = new URL(ticket.next ?? "", site.origin);
      url.searchParams.set("part_number", String(number));
      return (await site.get(`${url.pathname}${url.search}`)).json.links.upload as string;
    };
    const third = await putBytes(await part(3), parts[2] ?? Buffer.alloc(0));
    const etags = [
      await putBytes(await part(1), parts[0] ?? Buffer.alloc(0)),
      await putBytes(second.json.links.upload, parts[1] ?? Buffer.alloc(0)),
      third,
    ];
    const bare = await site.post(ticket.complete, { upload_info: ticket.data, upload_data: {} });
    expect([bare.status, first(bare).title]).toEqual([
      400,
      "'multipart_upload' is True but no 'etags' send with request.",
    ]);
    const done = await site.post(ticket.complete, {
      upload_info: { ...ticket.data, etags },
      upload_data: {},
    });
    expect([done.status, done.text]).toEqual([201, " "]);
    const value = await field(`entity/versions/${id}`, "sg_uploaded_movie_mp4");
    expect(md5(await bytesAt(value.url))).toBe(md5(Buffer.concat(parts)));
  });

  it("ETags may come in quotes", async () => {
    const ticket = await initUpload(site, "entity/versions/23404", "one-part.bin", true);
    const etag = await putBytes(ticket.upload, Buffer.from("0123456789"));
    const info = { ...ticket.data, etags: [`"${etag}"`] };
    expect((await site.post(ticket.complete, { upload_info: info, upload_data: {} })).status).toBe(201);
  });

  it("a short part that is not the last, or a wrong ETag, fails the completion and leaves the upload open", async () => {
    const path = "entity/versions/23404/sg_uploaded_movie_mp4";
    const ticket = await initUpload(site, path, "small.mp4", true);
    const next = (await site.get(ticket.next ?? "")).json.links.upload;
    const etags = [
      await putBytes(ticket.upload, Buffer.alloc(1024)),
      await putBytes(next, Buffer.alloc(1024)),
    ];
    for (const list of [etags, ["0".repeat(32)]]) {
      const answer = await site.post(ticket.complete, {
        upload_info: { ...ticket.data, etags: list },
        upload_data: {},
      });
      expect(answer.status).toBe(400);
      expect(first(answer)).toMatchObject({
        code: 103,
        title: "Error completing multipart upload.",
        source: {},
        detail: null,
      });
    }
    expect((await openParts()).some((open) => open.uploadId === ticket.data["upload_id"])).toBe(true);
    expect((await site.post(`${path}/_upload/multipart_abort`, ticket.data)).status).toBe(204);
  });

  it("missing parameters are named, but for upload_id", async () => {
    const none = await site.get(base);
    expect([none.status, first(none).source]).toEqual([
      400,
      {
        upload_type: ["upload_type is missing"],
        filename: ["filename is missing"],
        timestamp: ["timestamp is missing"],
        part_number: ["part_number is missing"],
      },
    ]);
    const query = "filename=a.mov&timestamp=2026-11-24T00:00:00Z&upload_type=Attachment&part_number=2";
    const without = await site.get(`${base}?${query}`);
    expect([without.status, first(without).title]).toEqual([
      400,
      "Could not generate upload url. Check the site settings.",
    ]);
    const bogus = await site.get(`${base}?${query}&upload_id=nope`);
    expect([bogus.status, Object.keys(bogus.json.links)]).toEqual([200, ["upload"]]);
  });
});

describe("6.5 abort", () => {
  const path = "entity/versions/23404/sg_uploaded_movie/_upload/multipart_abort";
  const failed = {
    status: 400,
    code: 103,
    title: "Failed to abort S3 multipart upload",
    source: {},
    detail: null,
  };

  it("flat body 204, a second time 400; wrapped 400 naming the keys; no body 400", async () => {
    const { data } = await initUpload(site, "entity/versions/23404/sg_uploaded_movie", "a.mov", true);
    const wrapped = await site.post(path, { upload_info: data, upload_data: {} });
    expect([wrapped.status, Object.keys(first(wrapped).source).sort()]).toEqual([
      400,
      ["original_filename", "storage_service", "timestamp", "upload_id", "upload_type"],
    ]);
    expect(first(await site.post(path)).title).toBe("No data in request body.");
    const done = await site.post(path, data);
    expect([done.status, done.text]).toEqual([204, ""]);
    expect(first(await site.post(path, data))).toMatchObject(failed);
  });

  it("of what was never multipart, or is complete, is 400; of a retired record it works", async () => {
    const single = await initUpload(site, "entity/versions/23404/sg_uploaded_movie", "a.mov");
    expect(first(await site.post(path, single.data))).toMatchObject(failed);
    const id = await site.newVersion();
    const field = `entity/versions/${id}/sg_uploaded_movie_mp4`;
    const whole = await initUpload(site, field, "a.mp4", true);
    const etags = [await putBytes(whole.upload, Buffer.from("x"))];
    await site.post(whole.complete, { upload_info: { ...whole.data, etags }, upload_data: {} });
    expect(first(await site.post(`${field}/_upload/multipart_abort`, whole.data))).toMatchObject(failed);
    const open = await initUpload(site, field, "b.mp4", true);
    await site.ask("DELETE", `entity/versions/${id}`);
    expect((await site.post(`${field}/_upload/multipart_abort`, open.data)).status).toBe(204);
  });
});
