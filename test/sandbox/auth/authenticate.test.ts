import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type AuthParams,
  authenticateParams,
  callerOfBearer,
  isAuthFailure,
} from "../../../src/sandbox/auth/authenticate.ts";
import { isOneTimeCode, oneTimeCode } from "../../../src/sandbox/auth/one-time-code.ts";
import { setPassword, setTwoFactorSecret } from "../../../src/sandbox/auth/secrets.ts";
import { callerOfSession, openSession, renewSession, sessionOf } from "../../../src/sandbox/auth/sessions.ts";
import { mintTokens, spendRefreshToken } from "../../../src/sandbox/auth/token.ts";
import type { Caller, Link } from "../../../src/sandbox/types.ts";
import { type BareSite, bareSite } from "../bare-site.ts";

const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
let site: BareSite;
let script: Link;
let ada: Link;
let tove: Link;

beforeEach(async () => {
  site = await bareSite();
  const { store } = site.sandbox;
  const add = (type: string, fields: Record<string, unknown>, password: string): Link => {
    const link = { type, id: store.insert(type, { sg_status_list: "act", ...fields }, null).id };
    setPassword(store, link, password);
    return link;
  };
  script = add("ApiUser", { firstname: "farm-bot" }, "the-key");
  ada = add("HumanUser", { login: "ada", can_impersonate_this_user: true }, "ada-pass");
  tove = add("HumanUser", { login: "tove", can_impersonate_this_user: false }, "tove-pass");
  setTwoFactorSecret(store, tove, SECRET);
});
afterEach(() => site.close());

const SCRIPT: AuthParams = { script_name: "farm-bot", script_key: "the-key" };

function outcome(params: AuthParams): Caller | string {
  const result = authenticateParams(site.sandbox, params);
  return isAuthFailure(result) ? `${result.code} ${result.message}` : result;
}

/** RFC 6238 appendix B, the SHA-1 rows, last six digits. */
describe("one-time codes", () => {
  it.each([
    [59, "287082"],
    [1111111109, "081804"],
    [1111111111, "050471"],
    [1234567890, "005924"],
    [2000000000, "279037"],
    [20000000000, "353130"],
  ])("at %i seconds it is %s", (seconds, code) => expect(oneTimeCode(SECRET, seconds * 1000)).toBe(code));

  it("holds for the neighbouring steps and no longer", () => {
    const at = 1_700_000_010_000;
    const code = oneTimeCode(SECRET, at);
    expect([-60_000, -30_000, 0, 30_000, 60_000].map((off) => isOneTimeCode(SECRET, code, at + off))).toEqual(
      [false, true, true, true, false],
    );
  });
});

describe("credentials", () => {
  it("of a script", () => {
    expect(outcome(SCRIPT)).toEqual({ as: script, signedIn: script, authType: "script" });
    expect(outcome({ ...SCRIPT, script_key: "wrong" })).toBe("102 Can't authenticate script 'farm-bot'");
    expect(outcome({ script_name: "nobody", script_key: "the-key" })).toBe(
      "102 Can't authenticate script 'nobody'",
    );
  });

  it("of a person, in any case of the login", () => {
    expect(outcome({ user_login: "ADA", user_password: "ada-pass" })).toMatchObject({
      as: ada,
      authType: "password",
    });
    expect(outcome({ user_login: "ada", user_password: "x" })).toBe("102 Can't authenticate user 'ada'.");
  });

  it("of a person with two factors: 106 without the code, and only after the password", () => {
    const code = oneTimeCode(SECRET, site.sandbox.nowMs());
    const login = { user_login: "tove", user_password: "tove-pass" };
    expect(outcome(login)).toMatch(/^106 /);
    expect(outcome({ ...login, user_password: "x" })).toMatch(/^102 /);
    expect(outcome({ ...login, auth_token: "000000" === code ? "000001" : "000000" })).toMatch(/^102 /);
    expect(outcome({ ...login, auth_token: code })).toMatchObject({ as: tove });
  });

  it("that are missing or of someone disabled", () => {
    expect(outcome({})).toBe("102 Missing or invalid authentication arguments");
    site.sandbox.store.change("HumanUser", ada.id, { sg_status_list: "dis" }, null);
    expect(outcome({ user_login: "ada", user_password: "ada-pass" })).toBe(
      "102 Can't authenticate user 'ada'.",
    );
  });
});

describe("acting as someone", () => {
  it("a script may, for those who allow it", () => {
    expect(outcome({ ...SCRIPT, sudo_as_login: "ada" })).toEqual({
      as: ada,
      signedIn: script,
      authType: "script",
    });
    expect(outcome({ ...SCRIPT, sudo_as_login: "tove" })).toBe(
      "102 Cannot 'sudo' - user account has 'can_impersonate_this_user' turned off: 'tove'",
    );
    expect(outcome({ ...SCRIPT, sudo_as_login: "zoe" })).toBe(
      "102 Cannot 'sudo' - unknown or retired user: 'zoe'",
    );
    site.sandbox.store.change("HumanUser", ada.id, { sg_status_list: "dis" }, null);
    expect(outcome({ ...SCRIPT, sudo_as_login: "ada" })).toBe(
      "102 Cannot 'sudo' - inactive user account: 'ada'",
    );
  });

  it("a person may not", () => {
    expect(outcome({ user_login: "ada", user_password: "ada-pass", sudo_as_login: "tove" })).toMatch(
      /^102 The user does not have permission to 'sudo':/,
    );
  });
});

describe("sessions", () => {
  it("stand for the person, slide with use, and end a day after the last", () => {
    const caller = authenticateParams(site.sandbox, { user_login: "ada", user_password: "ada-pass" });
    if (isAuthFailure(caller)) throw new Error(caller.message);
    const token = openSession(site.sandbox, caller);
    expect(outcome({ session_token: token })).toEqual({ as: ada, signedIn: ada, authType: "session_token" });
    const ends = () => sessionOf(site.sandbox, token)?.expiresAt ?? 0;
    const first = ends();
    site.wait(299_000);
    callerOfSession(site.sandbox, token);
    expect(ends()).toBe(first);
    site.wait(1000);
    callerOfSession(site.sandbox, token);
    expect(ends()).toBe(first + 300);
    expect(renewSession(site.sandbox, token)).toBe(true);
    site.wait(24 * 3600_000);
    expect(callerOfSession(site.sandbox, token)).toBeUndefined();
    expect(renewSession(site.sandbox, token)).toBe(false);
    expect(outcome({ session_token: token })).toBe(
      `102 Can't authenticate session token ending with '${token.slice(-4)}'`,
    );
  });
});

describe("bearers", () => {
  const person = (): Caller => ({ as: ada, signedIn: ada, authType: "password" });
  const bearer = (token: unknown) => callerOfBearer(site.sandbox, `Bearer ${token}`);

  it("name the caller in their middle part and live 600 seconds", () => {
    const tokens = mintTokens(site.sandbox, person(), null);
    expect(tokens).toMatchObject({ token_type: "Bearer", expires_in: 600 });
    const [head, body] = String(tokens["access_token"]).split(".");
    expect(JSON.parse(Buffer.from(head ?? "", "base64url").toString())).toEqual({ alg: "HS256" });
    expect(JSON.parse(Buffer.from(body ?? "", "base64url").toString())).toMatchObject({
      iss: "127.0.0.1:40001",
      user: ada,
      sudo_as_login: null,
      auth_type: "password",
      exp: site.sandbox.nowMs() / 1000 + 600,
    });
    site.wait(599_000);
    expect(bearer(tokens["access_token"])).toEqual(person());
    site.wait(1000);
    expect(bearer(tokens["access_token"])).toBeUndefined();
  });

  it("are worth nothing when they were changed, are no bearers, or come without the word", () => {
    const tokens = mintTokens(site.sandbox, person(), null);
    const [head, , seal] = String(tokens["access_token"]).split(".");
    const other = Buffer.from(JSON.stringify({ exp: 9e9, user: script, auth_type: "api_key" })).toString(
      "base64url",
    );
    expect(bearer(`${head}.${other}.${seal}`)).toBeUndefined();
    expect(bearer(tokens["refresh_token"])).toBeUndefined();
    expect(bearer("nonsense")).toBeUndefined();
    expect(callerOfBearer(site.sandbox, String(tokens["access_token"]))).toBeUndefined();
    expect(callerOfBearer(site.sandbox, undefined)).toBeUndefined();
  });

  it("of an impersonation end with the permission", () => {
    const caller = authenticateParams(site.sandbox, { ...SCRIPT, sudo_as_login: "ada" });
    if (isAuthFailure(caller)) throw new Error(caller.message);
    const tokens = mintTokens(site.sandbox, caller, "ada");
    expect(bearer(tokens["access_token"])).toEqual(caller);
    site.sandbox.store.change("HumanUser", ada.id, { can_impersonate_this_user: false }, null);
    expect(bearer(tokens["access_token"])).toBeUndefined();
  });

  it("are renewed by a refresh token, once", () => {
    const { refresh_token: token, access_token: access } = mintTokens(site.sandbox, person(), null);
    expect(spendRefreshToken(site.sandbox, String(access))).toBeUndefined();
    expect(spendRefreshToken(site.sandbox, String(token))).toMatchObject({ signedIn: ada });
    expect(spendRefreshToken(site.sandbox, String(token))).toBeUndefined();
  });
});
