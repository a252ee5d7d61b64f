import { describe, expect, test } from "vitest";
import type { Credentials, MediaSource } from "../../src/site/types.ts";
import { errorOf, json, mockSite, ORIGIN, record, SCRIPT, siteError, testSite } from "./mock-site.ts";

const mock = mockSite();
const signal = new AbortController().signal;
const MOVIE: MediaSource = {
  kind: "field",
  record: { type: "Version", id: 23404 },
  field: "sg_uploaded_movie",
};
const wrapped = (value: unknown) => ({ value, editable: false });

/** Answers the field's own path; `alt` tells which form was asked for. */
function answerField(make: (alt: string | null) => Response): void {
  mock.answer(({ path, url }) => {
    if (path.endsWith("access_token")) return undefined;
    if (path.startsWith("/api/v1/schema"))
      return json({ sg_uploaded_movie: { name: wrapped("Movie"), data_type: wrapped("url") } });
    if (path === "/api/v1/entity/versions/23404") return json(record("Version", 23404));
    return make(url.searchParams.get("alt"));
  });
}
const redirect = (location: string) => new Response(null, { status: 302, headers: { location } });
const locate = (source: MediaSource = MOVIE, credentials: Credentials = SCRIPT) =>
  testSite({ credentials }).site.download(source).locate(signal);

describe("what cannot be fetched", () => {
  test.each<[string, () => Response, string]>([
    ["an empty field", () => siteError(404, 104, "Field sg_uploaded_movie is empty."), "E_MEDIA_MISSING"],
    ["an empty picture", () => siteError(404, 104, "File not found"), "E_MEDIA_MISSING"],
    ["one being scanned", () => siteError(409, 103, "being scanned"), "E_SITE_BUSY"],
    ["one locked away", () => siteError(410, 103, "quarantined"), "E_QUARANTINED"],
    ["one this user may not see", () => siteError(403, 103, "no"), "E_FORBIDDEN"],
    [
      "a placeholder",
      () => redirect(`${ORIGIN}/images/status/transient/thumbnail_pending.png`),
      "E_MEDIA_MISSING",
    ],
    ["a file address", () => redirect("file:///etc/passwd"), "E_SITE"],
    ["a data address", () => redirect("data:text/plain,hello"), "E_SITE"],
    ["no address at all", () => redirect("http://"), "E_SITE"],
    ["plain http from an https site", () => redirect("http://bucket.example/a"), "E_SITE"],
    ["plain http on the site's own name", () => redirect("http://studio.test/a"), "E_SITE"],
    ["plain http in a description", () => json({ url: "http://bucket.example/a" }), "E_SITE"],
  ])("%s", async (_name, make, code) => {
    answerField(make);
    expect((await errorOf(locate())).code).toBe(code);
  });

  test.each([103, 104])("whatever code a missing record is given (%i)", async (code) => {
    mock.answer(({ path }) =>
      path.endsWith("access_token") ? undefined : siteError(404, code, "Version: 23404 not found"),
    );
    expect((await errorOf(locate())).code).toBe("E_RECORD_MISSING");
  });

  test("a local link described without an address", async () => {
    answerField((alt) =>
      alt ? siteError(400, 103, "alt?") : json({ link_type: "local", id: 1, name: "a" }),
    );
    expect((await errorOf(locate())).code).toBe("E_MEDIA_MISSING");
  });
});

describe("where the bytes are", () => {
  test("on storage, without any bearer", async () => {
    answerField(() => redirect("https://bucket.example/a?X-Amz-Signature=1"));
    expect(await locate()).toEqual({ url: "https://bucket.example/a?X-Amz-Signature=1", headers: {} });
    expect(mock.asked()).toEqual(["GET /api/v1/entity/versions/23404/sg_uploaded_movie?alt=original"]);
    expect(mock.state.seen.map(({ url }) => url.origin)).toEqual([ORIGIN, ORIGIN]);
  });

  test.each([
    "https://studio.test.evil.example/a",
    "https://studio.test:8443/a",
    "https://studio.test@evil.example/a",
  ])("a look-alike of the site gets no bearer: %s", async (location) => {
    answerField(() => redirect(location));
    expect((await locate()).headers).toEqual({});
  });

  test("on the site itself, with the bearer", async () => {
    answerField(() => redirect("/file_serve/attachment/5"));
    expect(await locate()).toEqual({
      url: `${ORIGIN}/file_serve/attachment/5`,
      headers: { authorization: "Bearer token-1" },
    });
  });

  test("a session's cookie goes to the site's own pages and nowhere else", async () => {
    const session: Credentials = { kind: "session", sessionToken: "abcdef0123" };
    answerField(() => redirect("/file_serve/attachment/5"));
    expect((await locate(MOVIE, session)).headers).toEqual({
      authorization: "Bearer token-1",
      cookie: "_session_id=abcdef0123",
    });
    answerField(() => redirect("https://bucket.example/a"));
    expect((await locate(MOVIE, session)).headers).toEqual({});
  });

  test("of an Attachment, by its own file", async () => {
    answerField(() => redirect("https://bucket.example/a"));
    await locate({ kind: "attachment", id: 111339, alt: "thumbnail" });
    expect(mock.asked()).toEqual(["GET /api/v1/entity/attachments/111339/this_file?alt=thumbnail"]);
  });

  test("is asked anew each time: addresses end", async () => {
    let calls = 0;
    answerField(() => {
      calls += 1;
      return redirect(`https://bucket.example/${calls}`);
    });
    const port = testSite().site.download(MOVIE);
    expect((await port.locate(signal)).url).toBe("https://bucket.example/1");
    expect((await port.locate(signal)).url).toBe("https://bucket.example/2");
  });

  test.each([400, 406])("a site that answers alt with %i describes the field instead", async (status) => {
    answerField((alt) =>
      alt
        ? siteError(status, 103, "alt?")
        : json({ url: "/file_serve/attachment/7", name: "a", link_type: "upload", id: 7 }),
    );
    expect(await locate()).toEqual({
      url: `${ORIGIN}/file_serve/attachment/7`,
      headers: { authorization: "Bearer token-1" },
    });
  });

  test("a site that ignores alt describes the field at once", async () => {
    answerField(() => json("https://bucket.example/picture"));
    expect((await locate()).url).toBe("https://bucket.example/picture");
    expect(mock.asked()).toHaveLength(1);
  });
});
