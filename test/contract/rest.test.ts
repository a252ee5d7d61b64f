import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oneTimeCode } from "../../src/sandbox/auth/one-time-code.ts";
import { openSession } from "../../src/sandbox/auth/sessions.ts";
import { ARRAY, HASH, type Json, openSite, type Site } from "./rest-client.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const first = (answer: { json: Json }) => answer.json.errors[0];

describe("1 base, version, headers", () => {
  it("both prefixes answer the same but for api_version and the prefix in links", async () => {
    const [one, other] = [
      await site.get("/api/v1/entity/versions/23425?fields=code,entity"),
      await site.get("/api/v1.1/entity/versions/23425?fields=code,entity"),
    ];
    expect(JSON.parse(other.text.replaceAll("/api/v1.1/", "/api/v1/"))).toEqual(one.json);
    expect(other.json.links.self).toBe("/api/v1.1/entity/versions/23425");
    const infos = await Promise.all(["/api/v1/", "/api/v1.1/"].map((path) => site.get(path)));
    expect(infos.map((info) => info.json.data.api_version)).toEqual(["1.0", "1.1"]);
  });

  it.each(["/api/v1.2/", "/api/v2/entity/versions", "/api/v0/", "/api"])("%s is 404", async (path) => {
    const answer = await site.get(path);
    expect(answer.status).toBe(404);
    expect(first(answer)).toMatchObject({ status: 404, code: 103, detail: null });
  });

  it("server info needs no token", async () => {
    const { status, json } = await site.get("/api/v1/", { signedIn: false });
    expect(status).toBe(200);
    expect(Object.keys(json.data).sort()).toEqual([
      "api_version",
      "authentication_app_session_launcher_enabled",
      "os",
      "shotgun_version",
      "site_id",
      "site_name",
      "unified_login_flow_enabled",
      "user_authentication_method",
    ]);
    expect(json.data).toMatchObject({ user_authentication_method: "default", api_version: "1.0" });
  });

  it("everything else needs one", async () => {
    const answer = await site.get("entity/versions/23425", { signedIn: false });
    expect([answer.status, first(answer).code]).toEqual([401, 102]);
    const forged = await site.get("entity/versions/23425", {
      signedIn: false,
      headers: { Authorization: "Bearer a.b.c" },
    });
    expect(forged.status).toBe(401);
  });

  it.each([
    ["auth/access_token", "application/json", "'application/x-www-form-urlencoded'"],
    ["entity/versions/_search", "application/json", `'${ARRAY}', '${HASH}'`],
    ["entity/versions/_summarize", "application/json", `'${ARRAY}', '${HASH}'`],
    ["entity/_text_search", "application/json", `'${ARRAY}', '${HASH}'`],
    ["entity/versions", ARRAY, "'application/json'"],
    ["entity/_batch", ARRAY, "'application/json'"],
    ["entity/versions/23404/sg_uploaded_movie/_upload", ARRAY, "'application/json'"],
    ["entity/versions/23404/sg_uploaded_movie/_upload/multipart_abort", "text/plain", "'application/json'"],
  ])("POST %s as %s is 415 with the legal set", async (path, type, legal) => {
    const answer = await site.post(path, {}, { type });
    expect(answer.status).toBe(415);
    expect(first(answer)).toMatchObject({ code: 103, title: `Unsupported Content-Type '${type}'` });
    expect(first(answer).source.content_type).toContain(legal);
  });

  it("links are root-relative and carry the prefix; a second prefix is 404 without a source", async () => {
    const { json } = await site.get("entity/versions/23425?fields=code");
    expect(json.links.self).toBe("/api/v1/entity/versions/23425");
    const doubled = await site.get(`/api/v1${json.links.self}`);
    expect(doubled.status).toBe(404);
    expect(first(doubled)).toMatchObject({ status: 404, code: 103, source: null, detail: null });
  });

  it.each(["Version", "version", "versions", "VERSIONS"])(
    "the segment %s is taken, links are plural snake",
    async (segment) => {
      const { status, json } = await site.get(`entity/${segment}/23425?fields=code`);
      expect([status, json.data.type, json.data.links.self]).toEqual([
        200,
        "Version",
        "/api/v1/entity/versions/23425",
      ]);
    },
  );

  it("an unknown segment is 404 by name", async () => {
    const answer = await site.get("entity/vershion");
    expect(first(answer)).toMatchObject({
      status: 404,
      code: 103,
      detail: "Entity type 'vershion' does not exist.",
    });
  });

  it("any origin may call it", async () => {
    const { headers } = await site.get("/api/v1/", { headers: { Origin: "https://elsewhere.example" } });
    expect(headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("2 authentication", () => {
  const claims = (answer: { json: Json }) =>
    JSON.parse(Buffer.from(answer.json.access_token.split(".")[1], "base64url").toString());
  const script = () => ({
    grant_type: "client_credentials",
    client_id: site.started.ready.scriptName,
    client_secret: site.started.ready.scriptKey,
  });
  const person = () => ({
    grant_type: "password",
    username: site.started.ready.person.login,
    password: site.started.ready.person.password,
  });

  it("client_credentials gives a bearer of 600 seconds whose middle part names the script", async () => {
    const answer = await site.token(script());
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      token_type: "Bearer",
      expires_in: 600,
      refresh_token: expect.any(String),
    });
    expect(claims(answer)).toMatchObject({
      user: { type: "ApiUser", id: expect.any(Number) },
      auth_type: "api_key",
      sudo_as_login: null,
      exp: expect.any(Number),
    });
  });

  it("password signs a person in; what is made is theirs", async () => {
    const answer = await site.token(person());
    const user = claims(answer).user;
    expect(user.type).toBe("HumanUser");
    const made = await site.post(
      "entity/tags",
      { name: "made by a person" },
      { signedIn: false, headers: { Authorization: `Bearer ${answer.json.access_token}` } },
    );
    expect(made.json.data.relationships.created_by.data).toMatchObject(user);
  });

  it("a session token can be spent again and again", async () => {
    const { sandbox } = site.started;
    const login = await site.token(person());
    const user = claims(login).user;
    const token = openSession(sandbox, { as: user, signedIn: user, authType: "password" });
    for (let times = 0; times < 2; times += 1) {
      const answer = await site.token({ grant_type: "session_token", session_token: token });
      expect(answer.status).toBe(200);
      expect(claims(answer)).toMatchObject({ user, auth_type: "session_token" });
    }
    const cookie = { headers: { Cookie: `_session_id=${token}` }, signedIn: false };
    const { status, json } = await site.get("/internal_api/session", cookie);
    expect([status, json.expired, json.expiresAt - json.notifyAt]).toEqual([200, false, 900]);
    expect((await site.post("/internal_api/session", undefined, cookie)).json).toEqual({ message: "OK" });
  });

  it("a refresh token is good once", async () => {
    const { json } = await site.token(person());
    const again = { grant_type: "refresh_token", refresh_token: json.refresh_token };
    const renewed = await site.token(again);
    expect(renewed.status).toBe(200);
    expect(claims(renewed).user.type).toBe("HumanUser");
    expect((await site.token(again)).status).toBe(401);
  });

  it("two factors: refused without the code, with a wrong one, taken with the right one", async () => {
    const { login, password, secret } = site.started.ready.twoFactorPerson;
    const form = { grant_type: "password", username: login, password };
    expect((await site.token(form)).status).toBe(400);
    const code = oneTimeCode(secret, Date.now());
    const wrong = code === "123456" ? "123457" : "123456";
    expect((await site.token({ ...form, auth_token: wrong })).status).toBe(400);
    expect((await site.token({ ...form, auth_token: code })).status).toBe(200);
  });

  it("the scope impersonates, a body field does not", async () => {
    const { login } = site.started.ready.person;
    const field = await site.token({ ...script(), sudo_as_login: login });
    expect(claims(field).sudo_as_login).toBeNull();
    const scope = await site.token({ ...script(), scope: `sudo_as_login:${login}` });
    expect(claims(scope)).toMatchObject({ sudo_as_login: login, user: { type: "ApiUser" } });
    const made = await site.post(
      "entity/tags",
      { name: "made for a person" },
      { signedIn: false, headers: { Authorization: `Bearer ${scope.json.access_token}` } },
    );
    expect(made.json.data.relationships.created_by.data.type).toBe("HumanUser");
  });

  it.each([
    [
      { grant_type: "client_credentials", client_id: "sgmedia", client_secret: "wrong" },
      400,
      102,
      "Can't authenticate script 'sgmedia'",
    ],
    [
      { grant_type: "password", username: "ada", password: "wrong" },
      400,
      102,
      "Can't authenticate user 'ada'.",
    ],
    [{ grant_type: "password" }, 400, 103, "Missing or invalid authentication arguments"],
    [
      { grant_type: "session_token", session_token: "fake value" },
      400,
      102,
      "Can't authenticate session token ending with 'alue'",
    ],
    [{ grant_type: "refresh_token", refresh_token: "fake" }, 401, 102, "Unauthorized"],
    [{ grant_type: "authorization_code" }, 400, 103, "Unsupported grant_type"],
    [{ grant_type: "" }, 400, 103, "Unsupported grant_type"],
  ])("%j is refused", async (form, status, code, title) => {
    const answer = await site.token(form);
    expect([answer.status, first(answer).code, first(answer).title]).toEqual([status, code, title]);
  });

  it.each([
    ["nobody", "Cannot 'sudo' - unknown or retired user: 'nobody'"],
    ["tove", "Cannot 'sudo' - user account has 'can_impersonate_this_user' turned off: 'tove'"],
  ])("acting as %s is refused with its reason", async (login, title) => {
    const answer = await site.token({ ...script(), scope: `sudo_as_login:${login}` });
    expect([answer.status, first(answer).code, first(answer).title]).toEqual([400, 102, title]);
  });

  it("there is no route for who one is", async () => {
    const paths = ["me", "auth/me", "session", "auth/session", "users/me", "entity/human_users/me"];
    const answers = await Promise.all(paths.map((path) => site.get(path)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 404));
  });

  it("a session without its cookie is 401 in the form of /internal_api", async () => {
    const answer = await site.get("/internal_api/session");
    expect([answer.status, answer.json]).toEqual([401, { message: "Unauthorized" }]);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("5 schema", () => {
  it("lists types and a type's fields, every property wrapped", async () => {
    const { json: types } = await site.get("schema");
    expect(types.data["Version"]).toEqual({
      name: { value: "Version", editable: false },
      visible: { value: true, editable: false },
    });
    const { json: fields } = await site.get("schema/Version/fields");
    expect(fields.data.sg_uploaded_movie).toMatchObject({
      data_type: { value: "url", editable: false },
      editable: { value: true, editable: false },
      mandatory: { value: false, editable: false },
      unique: { value: false, editable: false },
      properties: { default_value: { value: null } },
    });
    expect(fields.data.image.data_type.value).toBe("image");
    expect(fields.data.image.editable.value).toBe(true);
    expect(fields.data.entity.properties.valid_types.value).toContain("Shot");
    expect(fields.data.sg_uploaded_movie_mp4.visible.value).toBe(false);
    const { json: one } = await site.get(`schema/Version/fields/sg_status_list?project_id=1`);
    expect(one.data.properties).toMatchObject({
      valid_values: { value: expect.arrayContaining(["rev"]) },
      hidden_values: { value: [] },
      default_value: { value: "rev" },
    });
  });

  it.each([
    ["schema/Vershion", "Entity type 'Vershion' does not exist."],
    ["schema/versions", "Entity type 'versions' does not exist."],
    ["schema/Nonsense/fields", "Entity type 'Nonsense' does not exist."],
    ["schema/Version/fields/sg_nothing", "Field 'Version.sg_nothing' does not exist."],
  ])("%s is 404", async (path, detail) => {
    const answer = await site.get(path);
    expect(first(answer)).toMatchObject({ status: 404, code: 103, detail });
  });
});
