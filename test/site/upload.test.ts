import { HttpResponse } from "msw";
import { describe, expect, test } from "vitest";
import { SgmediaError } from "../../src/shared/errors.ts";
import type { UploadRequest } from "../../src/site/types.ts";
import { LostReply } from "../../src/transfer/ports.ts";
import {
  type Answer,
  errorOf,
  json,
  mockSite,
  ORIGIN,
  record,
  type Seen,
  siteError,
  testSite,
} from "./mock-site.ts";

const mock = mockSite();
const signal = new AbortController().signal;
const VERSION = { type: "Version", id: 23404 };
const MOVIE: UploadRequest = { record: VERSION, field: "sg_uploaded_movie", filename: "shot.mov" };
const ATTACH: UploadRequest = { record: VERSION, field: null, filename: "notes.pdf" };
const PICTURE: UploadRequest = { record: VERSION, field: "image", filename: "poster.png" };

interface FakeOptions {
  storage?: "s3" | "sg";
  multipart?: "any" | "chain" | "refused";
  /** Where `sg` storage says to send the bytes. */
  sgOrigin?: string;
}

/** Answers init, parts, completion and abort as contract/rest.md 6 says; everything else comes from `other`. */
function uploadSite(
  options: FakeOptions = {},
  other: Answer = () => undefined,
): { completed: unknown[]; aborted: unknown[] } {
  const log = { completed: [] as unknown[], aborted: [] as unknown[] };
  let inits = 0;
  mock.answer(async (seen) => {
    if (seen.path.endsWith("access_token")) return undefined;
    const own = await other(seen);
    if (own) return own;
    const { pathname, searchParams: query } = seen.url;
    const at = /^(.*\/_upload)(\/multipart|\/multipart_abort)?$/.exec(pathname);
    if (!at)
      return pathname.endsWith("_search")
        ? json([])
        : json(record("Version", 23404, { sg_uploaded_movie: null }));
    if (at[2] === "/multipart_abort") {
      log.aborted.push(JSON.parse(seen.body));
      return new Response(null, { status: 204 });
    }
    if (at[2] === "/multipart") {
      const number = Number(query.get("part_number"));
      const editable = options.multipart !== "chain" || query.get("chained") === String(number);
      if (!editable) return siteError(400, 103, "Could not generate upload url");
      const next = new URLSearchParams(query);
      next.set("part_number", String(number + 1));
      next.set("chained", String(number + 1));
      return HttpResponse.json({
        links: {
          upload: `https://bucket.example/key?partNumber=${number}&X-Amz-Signature=${mock.state.seen.length}`,
          get_next_part: `${pathname}?${next}`,
        },
      });
    }
    if (seen.method === "POST") {
      log.completed.push(JSON.parse(seen.body));
      return new Response(" ", { status: 201, headers: { "content-type": "application/json" } });
    }
    const multipart = query.get("multipart_upload") === "true";
    if (multipart && (options.storage === "sg" || options.multipart === "refused"))
      return siteError(400, 103, "multipart is not supported");
    inits += 1;
    const isPicture = /\/(image|filmstrip_image)\/_upload$/.test(pathname);
    const data = {
      timestamp: `2026-01-02T03:04:0${inits}Z`,
      upload_type: isPicture ? "Thumbnail" : "Attachment",
      upload_id: multipart ? "upload-7" : null,
      storage_service: options.storage ?? "s3",
      original_filename: query.get("filename"),
      multipart_upload: multipart,
    };
    const upload =
      options.storage === "sg"
        ? `${options.sgOrigin ?? ORIGIN}${pathname}?filename=x&expiration=9&signature=sig-${inits}&user_id=1&user_type=HumanUser`
        : `https://bucket.example/key?init=${inits}&X-Amz-Signature=feed`;
    const chain = `${pathname}/multipart?filename=x&part_number=2&timestamp=t&upload_id=upload-7&upload_type=Attachment&chained=2`;
    return HttpResponse.json({
      data,
      links: { upload, complete_upload: pathname, ...(multipart ? { get_next_part: chain } : {}) },
    });
  });
  return log;
}

const uploadPath = "/api/v1/entity/versions/23404/sg_uploaded_movie/_upload";
const port = (request = MOVIE) => testSite().site.upload(request);
const partNumber = (url: string): string | null => new URL(url).searchParams.get("partNumber");
const isInit = ({ method, url }: Seen) => method === "GET" && url.pathname.endsWith("/_upload");

describe("opening", () => {
  test.each<[string, Response, string]>([
    ["an unknown field", siteError(404, 103, "Field 'Version.sg_x' does not exist."), "E_FIELD_UNKNOWN"],
    ["a field this user may not write", siteError(403, 103, "no"), "E_FORBIDDEN"],
    [
      "a field of text",
      siteError(400, 103, "Field Version.code is not an image or attachment."),
      "E_FIELD_TAKES_NO_FILE",
    ],
    ["a bad name", siteError(400, 103, "filename is not valid"), "E_SITE_REFUSED"],
    ["a storage nobody knows", json({}), "E_SITE"],
  ])("%s is refused before any byte", async (_name, reply, code) => {
    uploadSite({}, (seen) => (isInit(seen) ? reply.clone() : undefined));
    expect((await errorOf(port().open({ multipart: true }, signal))).code).toBe(code);
  });

  test("links that lead off the site are not followed with a bearer", async () => {
    uploadSite({}, (seen) => {
      if (!isInit(seen)) return undefined;
      const data = {
        timestamp: "t",
        upload_type: "Attachment",
        upload_id: null,
        storage_service: "s3",
        original_filename: "a",
        multipart_upload: false,
      };
      return HttpResponse.json({
        data,
        links: { upload: "https://bucket.example/x", complete_upload: "https://evil.example/steal" },
      });
    });
    expect(await errorOf(port().open({ multipart: false }, signal))).toMatchObject({ code: "E_SITE" });
    expect(new Set(mock.state.seen.map(({ url }) => url.origin))).toEqual(new Set([ORIGIN]));
  });

  test("a record that is gone closes the multipart that was opened", async () => {
    const log = uploadSite({}, ({ path, method }) =>
      method === "GET" && path.startsWith("/api/v1/entity/versions/23404?")
        ? siteError(404, 103, "not found")
        : undefined,
    );
    expect((await errorOf(port().open({ multipart: true }, signal))).code).toBe("E_RECORD_MISSING");
    expect(log.aborted).toHaveLength(1);
  });

  test("giving up while it opens closes what it opened", async () => {
    const giveUp = new AbortController();
    const log = uploadSite({}, async (seen) => {
      if (!isInit(seen)) return undefined;
      giveUp.abort();
      // The answer is still on its way when the user is gone.
      await new Promise((resolve) => setTimeout(resolve, 50));
      return undefined;
    });
    expect((await errorOf(port().open({ multipart: true }, giveUp.signal))).code).toBe("E_INTERRUPTED");
    expect(log.aborted).toMatchObject([{ upload_id: "upload-7" }]);
  });

  test("gives a ticket that is plain JSON without secret or signature", async () => {
    uploadSite();
    const { mode, ticket } = await port().open({ multipart: true }, signal);
    expect(mode).toBe("multipart");
    const text = JSON.stringify(ticket);
    expect(JSON.parse(text)).toEqual(ticket);
    expect(text).not.toMatch(/signature|bucket\.example|token-1|farm-bot/i);
    expect(ticket).toMatchObject({
      completePath: uploadPath,
      before: { kind: "field", ids: [] },
      info: { upload_id: "upload-7" },
    });
  });

  test.each<[string, FakeOptions, boolean, string]>([
    ["one PUT to s3", {}, false, "single"],
    ["parts to s3", {}, true, "multipart"],
    ["parts refused by the site", { multipart: "refused" }, true, "single"],
    ["one PUT to the site", { storage: "sg" }, false, "site"],
    ["parts wanted of an sg site", { storage: "sg" }, true, "site"],
  ])("%s", async (_name, options, multipart, mode) => {
    uploadSite(options);
    expect((await port().open({ multipart }, signal)).mode).toBe(mode);
  });
});

describe("URLs for one PUT", () => {
  test("the first is the init's own; each further one is a new init, and completion names the newest", async () => {
    const log = uploadSite();
    const upload = port();
    const { ticket } = await upload.open({ multipart: false }, signal);
    const first = await upload.issuePart(ticket, 1, signal);
    expect(first).toEqual({ url: "https://bucket.example/key?init=1&X-Amz-Signature=feed", headers: {} });
    expect((await upload.issuePart(ticket, 1, signal)).url).toContain("init=2");
    await upload.complete(ticket, [{ number: 1, etag: "aa" }], signal);
    expect(log.completed).toMatchObject([{ upload_info: { timestamp: "2026-01-02T03:04:02Z" } }]);
  });

  test("an init's URL that lay too long is not used", async () => {
    uploadSite();
    const { site, clock } = testSite();
    const upload = site.upload(MOVIE);
    const { ticket } = await upload.open({ multipart: false }, signal);
    clock.nowMs += 6 * 60_000;
    expect((await upload.issuePart(ticket, 1, signal)).url).toContain("init=2");
  });

  test("on the site itself: bearer, and the answer completes the ticket", async () => {
    const log = uploadSite({ storage: "sg" });
    const upload = port();
    const { ticket } = await upload.open({ multipart: false }, signal);
    const put = await upload.issuePart(ticket, 1, signal);
    expect(put.headers).toEqual({ authorization: "Bearer token-1" });
    expect(() => upload.acceptReply(ticket, "<html>")).toThrow(SgmediaError);
    const merged = upload.acceptReply(
      ticket,
      JSON.stringify({
        data: { upload_id: "u-9", original_filename: "shot(1).mov" },
        links: { complete_upload: `${uploadPath}?signature=x&keep=1` },
      }),
    );
    expect(JSON.stringify(merged)).not.toContain("signature=x");
    await upload.complete(merged, [], signal);
    expect(log.completed).toMatchObject([
      {
        upload_info: { upload_id: "u-9", original_filename: "shot(1).mov", storage_service: "sg" },
        upload_data: {},
      },
    ]);
    expect(mock.asked().at(-1)).toBe(`POST ${uploadPath}?keep=1`);
  });

  test("on another host no bearer; on the site's own name behind another port the site's own origin", async () => {
    uploadSite({ storage: "sg", sgOrigin: "https://files.example" });
    const elsewhere = port();
    const away = await elsewhere.issuePart(
      (await elsewhere.open({ multipart: false }, signal)).ticket,
      1,
      signal,
    );
    expect(away.headers).toEqual({});
    expect(new URL(away.url).origin).toBe("https://files.example");
    uploadSite({ storage: "sg", sgOrigin: "http://studio.test:8080" });
    const behind = port();
    const home = await behind.issuePart((await behind.open({ multipart: false }, signal)).ticket, 1, signal);
    expect(home.headers).toEqual({ authorization: "Bearer token-2" });
    expect(new URL(home.url).origin).toBe(ORIGIN);
  });
});

describe("URLs for parts", () => {
  test("any number, in parallel, by editing the number; part 1 again after the first", async () => {
    uploadSite();
    const upload = port();
    const { ticket } = await upload.open({ multipart: true }, signal);
    expect((await upload.issuePart(ticket, 1, signal)).url).toContain("init=1");
    const urls = await Promise.all(
      [7, 2, 10_000, 1].map((number) => upload.issuePart(ticket, number, signal)),
    );
    expect(urls.map(({ url }) => partNumber(url))).toEqual(["7", "2", "10000", "1"]);
    expect(urls.every(({ headers }) => Object.keys(headers).length === 0)).toBe(true);
  });

  test("from another process, by the ticket alone", async () => {
    uploadSite();
    const { ticket } = await port().open({ multipart: true }, signal);
    const again = JSON.parse(JSON.stringify(ticket));
    expect(partNumber((await port().issuePart(again, 1, signal)).url)).toBe("1");
    expect(partNumber((await port().issuePart(again, 3, signal)).url)).toBe("3");
  });

  test("a site that refuses edited numbers is walked from part 2 up, and asked no more than needed", async () => {
    uploadSite({ multipart: "chain" });
    const upload = port();
    const { ticket } = await upload.open({ multipart: true }, signal);
    const urls = await Promise.all([5, 3, 2].map((number) => upload.issuePart(ticket, number, signal)));
    expect(urls.map(({ url }) => partNumber(url))).toEqual(["5", "3", "2"]);
    expect(partNumber((await upload.issuePart(ticket, 6, signal)).url)).toBe("6");
    expect(partNumber((await upload.issuePart(ticket, 3, signal)).url)).toBe("3");
    const walked = mock.state.seen.filter(
      ({ url }) =>
        url.pathname.endsWith("/multipart") &&
        url.searchParams.get("chained") === url.searchParams.get("part_number"),
    );
    // 2 (edited, and right by luck), 2, 3, 4, 5, then 6, then 3 anew since its URL was given away.
    expect(walked.map(({ url }) => url.searchParams.get("part_number"))).toEqual([
      "2",
      "2",
      "3",
      "4",
      "5",
      "6",
      "3",
    ]);
  });

  test("a site that refuses all of them", async () => {
    uploadSite({}, ({ url }) =>
      url.pathname.endsWith("/multipart") ? siteError(400, 103, "Could not generate upload url") : undefined,
    );
    const upload = port();
    const { ticket } = await upload.open({ multipart: true }, signal);
    expect(await errorOf(upload.issuePart(ticket, 4, signal))).toMatchObject({
      code: "E_SITE_REFUSED",
      why: 'studio.test answered 400 "Could not generate upload url".',
    });
  });

  test("a ticket that is none", async () => {
    expect(await errorOf(port().issuePart({ version: 2 }, 1, signal))).toMatchObject({ code: "E_JOURNAL" });
  });
});

describe("completing", () => {
  const parts = [
    { number: 2, etag: '"bb"' },
    { number: 1, etag: "aa" },
  ];

  test("sends the init's data back, ETags bare and in order, name and tags", async () => {
    const log = uploadSite();
    const upload = port({ ...MOVIE, displayName: "Shot 10", tagIds: [4] });
    const { ticket } = await upload.open({ multipart: true }, signal);
    await upload.complete(ticket, parts, signal);
    expect(log.completed).toEqual([
      {
        upload_info: {
          timestamp: "2026-01-02T03:04:01Z",
          upload_type: "Attachment",
          upload_id: "upload-7",
          storage_service: "s3",
          original_filename: "shot.mov",
          multipart_upload: true,
          etags: ["aa", "bb"],
        },
        upload_data: { display_name: "Shot 10", tags: [{ type: "Tag", id: 4 }] },
      },
    ]);
    expect(mock.asked().at(-1)).toBe(`POST ${uploadPath}`);
  });

  test("a thumbnail takes neither name nor tags, one PUT no ETags", async () => {
    const log = uploadSite();
    const upload = port({ ...PICTURE, displayName: "x", tagIds: [4] });
    const { ticket } = await upload.open({ multipart: false }, signal);
    await upload.complete(ticket, [{ number: 1, etag: "aa" }], signal);
    expect(log.completed).toMatchObject([{ upload_data: {} }]);
    expect(JSON.stringify(log.completed)).not.toMatch(/etags|Tag"/);
  });

  test("needs an ETag of every part", async () => {
    const log = uploadSite();
    const upload = port();
    const { ticket } = await upload.open({ multipart: true }, signal);
    expect((await errorOf(upload.complete(ticket, [{ number: 1, etag: null }], signal))).code).toBe(
      "E_STORAGE",
    );
    expect(log.completed).toEqual([]);
  });

  test.each<[string, () => Response]>([
    ["no answer", () => HttpResponse.error()],
    ["500", () => siteError(500, 103, "boom")],
    ["504", () => siteError(504, 103, "timeout")],
  ])("%s leaves it open whether it happened, and is not repeated", async (_name, make) => {
    uploadSite({}, ({ method, path }) => (method === "POST" && path === uploadPath ? make() : undefined));
    const upload = port();
    const { ticket } = await upload.open({ multipart: true }, signal);
    await expect(upload.complete(ticket, parts, signal)).rejects.toBeInstanceOf(LostReply);
    expect(mock.asked().filter((line) => line === `POST ${uploadPath}`)).toHaveLength(1);
  });

  test.each([
    ["Error completing multipart upload.", "E_STORAGE_REFUSED"],
    ["upload_data is missing", "E_SITE_REFUSED"],
  ])("400 %s", async (title, code) => {
    uploadSite({}, ({ method, path }) =>
      method === "POST" && path === uploadPath ? siteError(400, 103, title) : undefined,
    );
    const upload = port();
    const { ticket } = await upload.open({ multipart: true }, signal);
    const error = await errorOf(upload.complete(ticket, parts, signal));
    expect(error.code).toBe(code);
    expect(error.why).toContain(`"${title}"`);
  });

  test("of one record goes one after the other, of two records not", async () => {
    let running = 0;
    let most = 0;
    uploadSite({}, async ({ method, path }) => {
      if (method !== "POST" || !path.endsWith("_upload")) return undefined;
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return new Response(" ", { status: 201 });
    });
    const { site } = testSite();
    const completeFor = async (ids: number[]): Promise<number> => {
      most = 0;
      const opened = await Promise.all(
        ids.map(async (id) => {
          const upload = site.upload({ record: { type: "Version", id }, field: null, filename: "a" });
          return { upload, ticket: (await upload.open({ multipart: false }, signal)).ticket };
        }),
      );
      await Promise.all(opened.map(({ upload, ticket }) => upload.complete(ticket, [], signal)));
      return most;
    };
    expect(await completeFor([1, 1, 1])).toBe(1);
    expect(await completeFor([1, 2, 3])).toBeGreaterThan(1);
  });
});

describe("finding what a completion made", () => {
  const file = (id: number, name: string) => ({
    url: "https://b.example/",
    link_type: "upload",
    type: "Attachment",
    id,
    name,
  });

  test.each([
    ["nothing", null, undefined],
    ["what was there before", file(5, "shot.mov"), undefined],
    ["someone else's", file(6, "other.mov"), undefined],
    ["this one", file(6, "shot.mov"), { type: "Attachment", id: 6, name: "shot.mov" }],
  ])("in a field that now holds %s", async (_name, now, expected) => {
    let held: unknown = file(5, "shot.mov");
    uploadSite({}, ({ path, method }) =>
      method === "GET" && path.startsWith("/api/v1/entity/versions/23404?")
        ? json(record("Version", 23404, { sg_uploaded_movie: held }))
        : undefined,
    );
    const upload = port();
    const { ticket } = await upload.open({ multipart: false }, signal);
    held = now;
    expect(await upload.findCompleted(ticket, signal)).toEqual(expected);
  });

  test("in a field that holds a list", async () => {
    const link = (id: number, name: string) => ({ type: "Attachment", id, name });
    let held = [link(1, "a.txt")];
    uploadSite({}, ({ path, method }) =>
      method === "GET" && path.startsWith("/api/v1/entity/notes/3?")
        ? json(record("Note", 3, {}, { attachments: { data: held } }))
        : undefined,
    );
    const upload = port({ record: { type: "Note", id: 3 }, field: "attachments", filename: "a.txt" });
    const { ticket } = await upload.open({ multipart: false }, signal);
    expect(await upload.findCompleted(ticket, signal)).toBeUndefined();
    held = [link(1, "a.txt"), link(8, "a.txt")];
    expect(await upload.findCompleted(ticket, signal)).toEqual(link(8, "a.txt"));
  });

  /** Attachments that `_search` finds, as the site would: by link, by id, sorted. */
  function attachments(rows: { id: number; name: string; on: number[] }[]): Answer {
    return ({ path, body }) => {
      if (path !== "/api/v1/entity/attachments/_search") return undefined;
      const { filters, sort, page } = JSON.parse(body);
      let found = rows;
      for (const [field, relation, value] of filters) {
        if (field === "attachment_links") found = found.filter(({ on }) => on.includes(value.id));
        if (field === "id" && relation === "greater_than") found = found.filter(({ id }) => id > value);
      }
      const sorted = [...found]
        .sort((a, b) => (sort === "-id" ? b.id - a.id : a.id - b.id))
        .slice(0, page.size);
      return json(
        page.number > 1
          ? []
          : sorted.map(({ id, name, on }) =>
              record(
                "Attachment",
                id,
                { filename: name, this_file: { link_type: "upload", name, url: "https://b.example/" } },
                { attachment_links: { data: on.map((each) => ({ type: "Version", id: each })) } },
              ),
            ),
      );
    };
  }

  test("without a field: newer than the newest on the record, of this name", async () => {
    const rows = [{ id: 1, name: "notes.pdf", on: [23404] }];
    uploadSite({}, attachments(rows));
    const upload = port(ATTACH);
    const { ticket } = await upload.open({ multipart: false }, signal);
    expect(ticket["before"]).toEqual({ kind: "record", newestId: 1 });
    rows.push({ id: 2, name: "notes.pdf", on: [7] }, { id: 3, name: "else.pdf", on: [23404] });
    expect(await upload.findCompleted(ticket, signal)).toBeUndefined();
    rows.push({ id: 4, name: "notes.pdf", on: [23404] });
    expect(await upload.findCompleted(ticket, signal)).toEqual({
      type: "Attachment",
      id: 4,
      name: "notes.pdf",
    });
  });

  test("two uploads of one name to one record are each given their own, again and again", async () => {
    const rows: { id: number; name: string; on: number[] }[] = [];
    uploadSite({}, attachments(rows));
    const { site } = testSite();
    const [a, b] = [site.upload(ATTACH), site.upload(ATTACH)];
    const tickets = [
      (await a.open({ multipart: false }, signal)).ticket,
      (await b.open({ multipart: false }, signal)).ticket,
    ] as const;
    rows.push({ id: 4, name: "notes.pdf", on: [23404] }, { id: 5, name: "notes.pdf", on: [23404] });
    expect((await a.findCompleted(tickets[0], signal))?.id).toBe(4);
    expect((await b.findCompleted(tickets[1], signal))?.id).toBe(5);
    expect((await a.findCompleted(tickets[0], signal))?.id).toBe(4);
  });

  test("a picture: newer than the newest of the site, of this name, on this record or on none", async () => {
    const rows = [{ id: 10, name: "poster.png", on: [] as number[] }];
    uploadSite({}, attachments(rows));
    const upload = port(PICTURE);
    const { ticket } = await upload.open({ multipart: false }, signal);
    expect(ticket["before"]).toEqual({ kind: "site", newestId: 10 });
    rows.push({ id: 11, name: "poster.png", on: [7] });
    expect(await upload.findCompleted(ticket, signal)).toBeUndefined();
    rows.push({ id: 12, name: "poster.png", on: [] });
    expect(await upload.findCompleted(ticket, signal)).toEqual({
      type: "Attachment",
      id: 12,
      name: "poster.png",
    });
  });
});

describe("giving up", () => {
  test("posts the init's data flat", async () => {
    const log = uploadSite();
    const upload = port();
    const { ticket } = await upload.open({ multipart: true }, signal);
    await upload.abort(JSON.parse(JSON.stringify(ticket)), signal);
    expect(mock.asked().at(-1)).toBe(`POST ${uploadPath}/multipart_abort`);
    expect(Object.keys(log.aborted[0] as object).sort()).toEqual([
      "multipart_upload",
      "original_filename",
      "storage_service",
      "timestamp",
      "upload_id",
      "upload_type",
    ]);
  });

  test("what is gone already counts as closed; another refusal does not", async () => {
    let title = "Failed to abort S3 multipart upload";
    uploadSite({}, ({ path }) => (path.endsWith("multipart_abort") ? siteError(400, 103, title) : undefined));
    const upload = port();
    const { ticket } = await upload.open({ multipart: true }, signal);
    await upload.abort(ticket, signal);
    title = "timestamp is missing";
    expect((await errorOf(upload.abort(ticket, signal))).code).toBe("E_SITE_REFUSED");
  });

  test("one PUT has nothing to close", async () => {
    const log = uploadSite();
    const upload = port();
    const { ticket } = await upload.open({ multipart: false }, signal);
    await upload.abort(ticket, signal);
    expect(log.aborted).toEqual([]);
  });
});
