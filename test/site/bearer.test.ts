import { HttpResponse } from "msw";
import { describe, expect, test } from "vitest";
import { redactText } from "../../src/shared/redact.ts";
import type { Credentials } from "../../src/site/types.ts";
import {
  errorOf,
  json,
  mockSite,
  ORIGIN,
  record,
  SCRIPT,
  siteError,
  testSite,
  tokenReply,
} from "./mock-site.ts";

const mock = mockSite();
const VERSION = { type: "Version", id: 23404 };
const isToken = (path: string): boolean => path === "/api/v1/auth/access_token";
const anyRecord = () => json(record("Version", 23404));

describe("a refused sign-in", () => {
  async function refusal(credentials: Credentials, reply: () => Response, authMethod = "default") {
    mock.answer(({ path }) => {
      if (isToken(path)) return reply();
      if (path === "/api/v1/")
        return json({ shotgun_version: "v8.89", site_name: "x", user_authentication_method: authMethod });
      return anyRecord();
    });
    const { site } = testSite({ credentials });
    const error = await errorOf(site.read(VERSION, []));
    return { error, site };
  }
  const person: Credentials = { kind: "password", login: "ada", password: "correct horse" };

  test("without credentials nothing is asked", async () => {
    const { error } = await refusal({ kind: "none" }, () => tokenReply("never"));
    expect(error).toMatchObject({
      code: "E_NOT_SIGNED_IN",
      exit: 4,
      fix: expect.stringContaining("SGMEDIA_SCRIPT_NAME"),
    });
    expect(mock.state.seen).toEqual([]);
  });

  test("a wrong script key names the script and what the site said", async () => {
    const { error } = await refusal(SCRIPT, () => siteError(400, 102, "Can't authenticate script"));
    expect(error).toMatchObject({
      code: "E_AUTH_REFUSED",
      message: 'The site refused the script key of "farm-bot".',
      why: `studio.test answered 400 "Can't authenticate script".`,
      fix: expect.stringContaining("SGMEDIA_SCRIPT_KEY"),
    });
  });

  test("it is asked for once, however many calls follow: accounts lock", async () => {
    const { site } = await refusal(SCRIPT, () => siteError(400, 102, "Can't authenticate script"));
    await Promise.all([
      errorOf(site.read(VERSION, [])),
      errorOf(site.count("Shot", [])),
      errorOf(site.whoami()),
    ]);
    expect(mock.tokens()).toHaveLength(1);
  });

  test("a script that may not act for a person", async () => {
    const credentials: Credentials = {
      kind: "script",
      scriptName: "farm-bot",
      scriptKey: "key-of-farm-bot",
      sudoAsLogin: "ada",
    };
    const { error } = await refusal(credentials, () => siteError(400, 102, "User cannot be impersonated"));
    expect(error).toMatchObject({
      code: "E_AUTH_REFUSED",
      message: 'The script "farm-bot" may not act for "ada".',
    });
    expect(new URLSearchParams(mock.tokens()[0]?.body).get("scope")).toBe("sudo_as_login:ada");
  });

  test.each([
    ["default", null],
    ["oxygen", /Autodesk Identity.*personal access token/],
    ["saml2", /single sign-on/],
  ])("a wrong password on a site of kind %s", async (authMethod, hint) => {
    const { error } = await refusal(person, () => siteError(400, 102, "Can't authenticate user"), authMethod);
    expect(error).toMatchObject({
      code: "E_AUTH_REFUSED",
      message: 'The site refused the password of "ada".',
    });
    if (hint) expect(error.why).toMatch(hint);
    else expect(error.why).toBe(`studio.test answered 400 "Can't authenticate user".`);
    expect(JSON.stringify(error.toDocument())).not.toContain("correct horse");
  });

  test.each([
    [106, "Something"],
    [102, "Two factor authentication is required"],
  ])("a missing one-time code (%i %s)", async (code, title) => {
    const { error } = await refusal(person, () => siteError(400, code, title));
    expect(error).toMatchObject({ code: "E_AUTH_TWO_FACTOR", exit: 4 });
    expect(error.fix).toContain("SGMEDIA_AUTH_TOKEN");
  });

  test("an ended session", async () => {
    const { error } = await refusal({ kind: "session", sessionToken: "0123456789abcdef" }, () =>
      siteError(400, 102, "Can't authenticate session"),
    );
    expect(error).toMatchObject({
      code: "E_AUTH_REFUSED",
      message: "The session has ended or was signed out.",
    });
  });

  test("a site that is none answers a web page", async () => {
    const { error } = await refusal(SCRIPT, () =>
      HttpResponse.html("<!doctype html><p>hello", { status: 404 }),
    );
    expect(error).toMatchObject({ code: "E_SITE", message: "The site answered a web page, not JSON." });
    expect(error.why).toContain(`Is ${ORIGIN} a Flow Production Tracking site?`);
  });

  test("a redirect is not followed: the key stays here", async () => {
    const { error } = await refusal(
      SCRIPT,
      () =>
        new Response(null, {
          status: 307,
          headers: { location: "https://elsewhere.test/api/v1/auth/access_token" },
        }),
    );
    expect(error).toMatchObject({
      code: "E_SITE",
      fix: expect.stringContaining("--site https://elsewhere.test"),
    });
    expect(mock.state.seen.map(({ url }) => url.host)).toEqual(["studio.test"]);
  });

  test("a token that would break a header is no token", async () => {
    const { error } = await refusal(SCRIPT, () => tokenReply("evil\r\nx: y"));
    expect(error.code).toBe("E_SITE");
  });
});

describe("a bearer", () => {
  test("goes by form, never in a URL, and rides on every call", async () => {
    mock.answer(({ path }) => (isToken(path) ? undefined : anyRecord()));
    await testSite().site.read(VERSION, ["code"]);
    const [token] = mock.tokens();
    expect(token?.method).toBe("POST");
    expect(token?.path).toBe("/api/v1/auth/access_token");
    expect(token?.headers.get("content-type")).toBe("application/x-www-form-urlencoded");
    expect(Object.fromEntries(new URLSearchParams(token?.body))).toEqual({
      grant_type: "client_credentials",
      client_id: "farm-bot",
      client_secret: "key-of-farm-bot",
    });
    expect(token?.headers.has("authorization")).toBe(false);
    expect(mock.state.seen[1]?.headers.get("authorization")).toBe("Bearer token-1");
  });

  test.each<[Credentials, Record<string, string>]>([
    [
      { kind: "password", login: "ada", password: "p w&=ü" },
      { grant_type: "password", username: "ada", password: "p w&=ü" },
    ],
    [
      { kind: "session", sessionToken: "abcdef" },
      { grant_type: "session_token", session_token: "abcdef" },
    ],
  ])("is minted by the grant of its kind", async (credentials, form) => {
    mock.answer(({ path }) => (isToken(path) ? undefined : anyRecord()));
    await testSite({ credentials }).site.read(VERSION, []);
    expect(Object.fromEntries(new URLSearchParams(mock.tokens()[0]?.body))).toEqual(form);
  });

  test("one mint serves twenty callers", async () => {
    mock.answer(({ path }) => (isToken(path) ? undefined : anyRecord()));
    const { site } = testSite();
    await Promise.all(Array.from({ length: 20 }, () => site.read(VERSION, [])));
    expect(mock.tokens()).toHaveLength(1);
  });

  test("twenty callers refused at once mint once more and all go through", async () => {
    mock.answer(({ path, headers }) => {
      if (isToken(path)) return undefined;
      return headers.get("authorization") === "Bearer token-1"
        ? siteError(401, 102, "Token expired")
        : anyRecord();
    });
    const { site } = testSite();
    await Promise.all(Array.from({ length: 20 }, () => site.read(VERSION, [])));
    expect(mock.tokens()).toHaveLength(2);
  });

  test("a refusal of the old token that comes late does not cost the new one", async () => {
    let late = (): void => {};
    const untilReplaced = new Promise<void>((resolve) => {
      late = resolve;
    });
    mock.answer(async ({ path, headers }) => {
      if (isToken(path)) return undefined;
      if (headers.get("authorization") !== "Bearer token-1") return anyRecord();
      if (path.includes("/shots/")) await untilReplaced;
      return siteError(401, 102, "Token expired");
    });
    const { site } = testSite();
    const slow = site.read({ type: "Shot", id: 1 }, []);
    await site.read(VERSION, []);
    late();
    await slow;
    expect(mock.tokens()).toHaveLength(2);
  });

  test("one caller giving up does not take the mint from the others", async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    mock.answer(async ({ path }) => {
      if (!isToken(path)) return anyRecord();
      await gate;
      return undefined;
    });
    const { site } = testSite();
    const giveUp = new AbortController();
    const first = errorOf(site.read(VERSION, [], giveUp.signal));
    const second = site.read(VERSION, []);
    giveUp.abort();
    expect((await first).code).toBe("E_INTERRUPTED");
    release();
    expect((await second)?.id).toBe(23404);
    expect(mock.tokens()).toHaveLength(1);
  });

  test("is minted again a minute before it ends, not earlier", async () => {
    mock.answer(({ path }) => (isToken(path) ? undefined : anyRecord()));
    const { site, clock } = testSite();
    await site.read(VERSION, []);
    clock.nowMs += 539_000;
    await site.read(VERSION, []);
    expect(mock.tokens()).toHaveLength(1);
    clock.nowMs += 1_000;
    await site.read(VERSION, []);
    expect(mock.tokens()).toHaveLength(2);
    expect(mock.state.seen.at(-1)?.headers.get("authorization")).toBe("Bearer token-2");
  });

  test("a create refused with 401 is replayed: nothing was made", async () => {
    mock.answer(({ path, headers }) => {
      if (isToken(path)) return undefined;
      return headers.get("authorization") === "Bearer token-1"
        ? siteError(401, 102, "Token expired")
        : json(record("Version", 9), 201);
    });
    expect((await testSite().site.create("Version", { code: "a" })).id).toBe(9);
    expect(mock.asked()).toEqual(["POST /api/v1/entity/versions", "POST /api/v1/entity/versions"]);
  });

  test("refused twice is an error, not a loop", async () => {
    mock.answer(({ path }) => (isToken(path) ? undefined : siteError(401, 102, "No")));
    const error = await errorOf(testSite().site.read(VERSION, []));
    expect(error).toMatchObject({ code: "E_AUTH_REFUSED", fix: expect.stringContaining("sgmedia config") });
    expect(mock.asked()).toHaveLength(2);
  });

  test("is struck out of every text from then on", async () => {
    mock.answer(({ path }) =>
      isToken(path)
        ? tokenReply("opaque-bearer-77")
        : siteError(400, 103, "you sent opaque-bearer-77 and key-of-farm-bot"),
    );
    const { site, lines } = testSite();
    const error = await errorOf(site.read(VERSION, []));
    expect(error.why).toBe('studio.test answered 400 "you sent *** and ***".');
    expect(redactText("opaque-bearer-77-refresh")).not.toContain("bearer");
    expect(lines.join("\n")).not.toMatch(/opaque-bearer|farm-bot/);
  });
});

describe("a one-time code", () => {
  const credentials: Credentials = {
    kind: "password",
    login: "ada",
    password: "secret-pw",
    authToken: "123456",
  };

  test("is spent once; afterwards each refresh token is used once", async () => {
    mock.answer(({ path }) => (isToken(path) ? undefined : anyRecord()));
    const { site, clock } = testSite({ credentials });
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([site.read(VERSION, []), site.read(VERSION, [])]);
      clock.nowMs += 600_000;
    }
    expect(mock.tokens().map(({ body }) => Object.fromEntries(new URLSearchParams(body)))).toEqual([
      { grant_type: "password", username: "ada", password: "secret-pw", auth_token: "123456" },
      { grant_type: "refresh_token", refresh_token: "token-1-refresh" },
      { grant_type: "refresh_token", refresh_token: "token-2-refresh" },
    ]);
  });

  test("is not sent again after a refused refresh", async () => {
    mock.answer(({ path, body }) => {
      if (!isToken(path)) return anyRecord();
      return body.includes("refresh_token=") ? siteError(401, 102, "Invalid refresh token") : undefined;
    });
    const { site, clock } = testSite({ credentials });
    await site.read(VERSION, []);
    clock.nowMs += 600_000;
    expect(await errorOf(site.read(VERSION, []))).toMatchObject({
      code: "E_AUTH_TWO_FACTOR",
      why: 'studio.test answered 401 "Invalid refresh token".',
    });
    expect((await errorOf(site.read(VERSION, []))).code).toBe("E_AUTH_TWO_FACTOR");
    expect(mock.tokens()).toHaveLength(2);
  });

  test("is not sent again when its answer was lost", async () => {
    mock.answer(({ path }) => (isToken(path) ? HttpResponse.error() : anyRecord()));
    const { site } = testSite({ credentials });
    expect((await errorOf(site.read(VERSION, []))).code).toBe("E_NETWORK");
    expect((await errorOf(site.read(VERSION, []))).code).toBe("E_AUTH_TWO_FACTOR");
    expect(mock.tokens()).toHaveLength(1);
  });
});
