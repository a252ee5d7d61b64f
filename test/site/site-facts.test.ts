import { describe, expect, test } from "vitest";
import { errorOf, json, mockSite, ORIGIN, record, siteError, testSite, tokenReply } from "./mock-site.ts";

const mock = mockSite();
const VERSION = { type: "Version", id: 23404 };

function jwt(payload: object): string {
  return `eyJhbGciOiJub25lIn0.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.sig`;
}

describe("whoami", () => {
  test.each(["opaque", "a.b.c", jwt([]), jwt({ user: "x", exp: "soon" })])(
    "of a token that tells nothing (%s) is nothing but the script's name",
    async (token) => {
      mock.answer(({ path }) => (path.endsWith("access_token") ? tokenReply(token) : undefined));
      expect(await testSite().site.whoami()).toEqual({
        user: null,
        login: "farm-bot",
        authType: null,
        expiresAtMs: null,
      });
    },
  );

  test("reads the bearer and looks a person's login up", async () => {
    const token = jwt({
      user: { type: "HumanUser", id: 42 },
      auth_type: "session_token",
      sudo_as_login: null,
      exp: 1_767_323_045,
    });
    mock.answer(({ path }) => {
      if (path.endsWith("access_token")) return tokenReply(token);
      return json(record("HumanUser", 42, { login: "ada@studio.test" }));
    });
    expect(
      await testSite({ credentials: { kind: "session", sessionToken: "abcdef" } }).site.whoami(),
    ).toEqual({
      user: { type: "HumanUser", id: 42 },
      login: "ada@studio.test",
      authType: "session_token",
      expiresAtMs: 1_767_323_045_000,
    });
    expect(mock.asked()).toEqual(["GET /api/v1/entity/human_users/42?fields=login"]);
  });
});

describe("info", () => {
  test("needs no token", async () => {
    mock.answer(({ path }) =>
      path === "/api/v1/"
        ? json({ shotgun_version: "v8.89.0.1", site_name: "studio", user_authentication_method: "oxygen" })
        : undefined,
    );
    expect(await testSite({ credentials: { kind: "none" } }).site.info()).toEqual({
      version: "v8.89.0.1",
      siteName: "studio",
      authMethod: "oxygen",
    });
    expect(mock.state.seen.map(({ headers }) => headers.get("authorization"))).toEqual([null]);
  });

  test("of something else that speaks JSON", async () => {
    mock.answer(() => json({ hello: "world" }));
    expect((await errorOf(testSite().site.info())).code).toBe("E_SITE");
  });
});

test("preferences are asked by name; unknown ones are absent", async () => {
  mock.answer(({ path }) =>
    path.startsWith("/api/v1/preferences") ? json({ support_local_storage: true }) : undefined,
  );
  expect(await testSite().site.preferences(["support_local_storage", "nope"])).toEqual({
    support_local_storage: true,
  });
  expect(mock.asked()).toEqual(["GET /api/v1/preferences?prefs=support_local_storage%2Cnope"]);
});

test("local storages with the roots that they have", async () => {
  const rows = [
    record("LocalStorage", 1, {
      code: "primary",
      windows_path: "Z:\\proj",
      mac_path: "/Volumes/proj",
      linux_path: "/mnt/proj",
    }),
    record("LocalStorage", 2, { code: "empty", windows_path: "", mac_path: null }),
  ];
  mock.answer(({ path }) => (path.endsWith("local_storages/_search") ? json(rows) : undefined));
  expect(await testSite().site.localStorages()).toEqual([
    { id: 1, name: "primary", windows: "Z:\\proj", mac: "/Volumes/proj", linux: "/mnt/proj" },
    { id: 2, name: "empty", windows: null, mac: null, linux: null },
  ]);
});

describe("media", () => {
  const wrapped = (value: unknown) => ({ value, editable: false });
  function answer(field: () => Response, exists = true): void {
    mock.answer(({ path }) => {
      if (path.endsWith("access_token")) return undefined;
      if (path.startsWith("/api/v1/schema")) {
        return json({
          code: { name: wrapped("Name"), data_type: wrapped("text") },
          sg_uploaded_movie: { name: wrapped("Movie"), data_type: wrapped("url") },
        });
      }
      if (path === "/api/v1/entity/versions/23404")
        return exists ? json(record("Version", 23404)) : siteError(404, 103, "not found");
      return field();
    });
  }

  test("of a record that is not there", async () => {
    answer(() => siteError(404, 103, "not found"), false);
    expect((await errorOf(testSite().site.media(VERSION, "sg_uploaded_movie"))).code).toBe(
      "E_RECORD_MISSING",
    );
  });

  test("of a field that is not there, with near names", async () => {
    answer(() => siteError(404, 103, "Field 'Version.sg_uploaded_movi' does not exist."));
    expect(await errorOf(testSite().site.media(VERSION, "sg_uploaded_movi"))).toMatchObject({
      code: "E_FIELD_UNKNOWN",
      message: 'Version has no field "sg_uploaded_movi".',
      why: "Did you mean sg_uploaded_movie?",
      fix: "sgmedia fields Version",
    });
  });

  test("of a field that holds text", async () => {
    answer(() => siteError(400, 103, "Field Version.code is not an image or attachment."));
    expect(await errorOf(testSite().site.media(VERSION, "code"))).toMatchObject({
      code: "E_FIELD_TAKES_NO_FILE",
      why: "It is a text field.",
    });
  });

  test("that is empty, or there", async () => {
    answer(() => json(null));
    expect(await testSite().site.media(VERSION, "sg_uploaded_movie")).toEqual({ kind: "empty" });
    answer(() =>
      json({ link_type: "upload", id: 5, name: "a.mov", url: "https://x.example/?X-Amz-Signature=1" }),
    );
    expect(await testSite().site.media(VERSION, "sg_uploaded_movie")).toMatchObject({
      kind: "upload",
      name: "a.mov",
    });
    expect(mock.asked().at(-1)).toBe("GET /api/v1/entity/versions/23404/sg_uploaded_movie");
  });
});

test("attachmentsOf searches by the record's link", async () => {
  mock.answer(({ path }) =>
    path.endsWith("attachments/_search") ? json([record("Attachment", 9, { filename: "a.png" })]) : undefined,
  );
  expect(await testSite().site.attachmentsOf(VERSION)).toEqual([
    { type: "Attachment", id: 9, fields: { filename: "a.png" } },
  ]);
  const search = mock.state.seen.at(-1);
  expect(search?.url.origin).toBe(ORIGIN);
  expect(JSON.parse(search?.body ?? "").filters).toEqual([["attachment_links", "is", VERSION]]);
});
