import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { signText } from "../store/signature.ts";
import type { Caller, Link, Sandbox } from "../types.ts";

/** Life of a bearer (contract/rest.md 2). */
const BEARER_LIFE_S = 600;
const REFRESH_LIFE_S = 24 * 3600;

interface Claims {
  iss: string;
  aud: string;
  iat: number;
  exp: number;
  jti: string;
  user: Link;
  sudo_as_login: string | null;
  auth_type: "api_key" | "password" | "session_token";
  session_uuid: string | null;
  /** The site's own note of what the token is for; a bearer has none. */
  use?: "refresh";
}

const AUTH_TYPES = { script: "api_key", password: "password", session_token: "session_token" } as const;
const CALLER_TYPES = { api_key: "script", password: "password", session_token: "session_token" } as const;

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function seal(sandbox: Sandbox, text: string): string {
  return createHmac("sha256", signText(sandbox.store, "bearer")).update(text).digest("base64url");
}

function mint(sandbox: Sandbox, claims: Claims): string {
  const text = `${encode({ alg: "HS256" })}.${encode(claims)}`;
  return `${text}.${seal(sandbox, text)}`;
}

/** The claims of a token that this site made and that has not run out. */
function read(sandbox: Sandbox, token: string): Claims | undefined {
  const [head, body, signature, ...rest] = token.split(".");
  if (!head || !body || !signature || rest.length > 0) return undefined;
  const expected = Buffer.from(seal(sandbox, `${head}.${body}`));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
  const claims = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as Claims;
  return claims.exp * 1000 > sandbox.nowMs() ? claims : undefined;
}

/** What the token endpoint answers. The bearer's middle part names the caller (contract/rest.md 2). */
export function mintTokens(
  sandbox: Sandbox,
  caller: Caller,
  sudoAsLogin: string | null,
): Record<string, unknown> {
  const iat = Math.floor(sandbox.nowMs() / 1000);
  const host = new URL(sandbox.origin).host;
  const claims: Claims = {
    iss: host,
    aud: host,
    iat,
    exp: iat + BEARER_LIFE_S,
    jti: randomUUID(),
    user: caller.signedIn,
    sudo_as_login: sudoAsLogin,
    auth_type: AUTH_TYPES[caller.authType],
    session_uuid: null,
  };
  const refresh: Claims = { ...claims, exp: iat + REFRESH_LIFE_S, jti: randomUUID(), use: "refresh" };
  return {
    token_type: "Bearer",
    access_token: mint(sandbox, claims),
    expires_in: BEARER_LIFE_S,
    refresh_token: mint(sandbox, refresh),
  };
}

export interface TokenOwner {
  signedIn: Link;
  authType: Caller["authType"];
  sudoAsLogin: string | null;
}

function ownerOf(claims: Claims): TokenOwner {
  return {
    signedIn: claims.user,
    authType: CALLER_TYPES[claims.auth_type],
    sudoAsLogin: claims.sudo_as_login,
  };
}

/** Whose bearer it is; undefined when it is forged, foreign or has run out. */
export function ownerOfBearer(sandbox: Sandbox, token: string): TokenOwner | undefined {
  const claims = read(sandbox, token);
  return claims && claims.use === undefined ? ownerOf(claims) : undefined;
}

/** Spends a refresh token; each is good once. */
export function spendRefreshToken(sandbox: Sandbox, token: string): TokenOwner | undefined {
  const claims = read(sandbox, token);
  if (claims?.use !== "refresh") return undefined;
  const spent = `refresh.spent.${claims.jti}`;
  if (sandbox.store.setting(spent) !== undefined) return undefined;
  sandbox.store.setSetting(spent, claims.exp);
  return ownerOf(claims);
}
