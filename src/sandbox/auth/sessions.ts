import { randomBytes } from "node:crypto";
import type { Caller, Link, Sandbox } from "../types.ts";

/** The site preference "User Session Expiry", as measured: a sliding day (contract/login.md 3). */
const SESSION_LIFE_S = 24 * 3600;
const SLIDE_EVERY_S = 300;

/** Times in seconds since 1970. */
export interface Session {
  user: Link;
  createdAt: number;
  expiresAt: number;
}

const keyOf = (token: string): string => `session.${token}`;

function nowS(sandbox: Sandbox): number {
  return Math.floor(sandbox.nowMs() / 1000);
}

/** Opens a session for whoever the caller stands for and gives its token: 32 hex digits. */
export function openSession(sandbox: Sandbox, caller: Caller): string {
  const token = randomBytes(16).toString("hex");
  const createdAt = nowS(sandbox);
  const session: Session = { user: caller.as, createdAt, expiresAt: createdAt + SESSION_LIFE_S };
  sandbox.store.setSetting(keyOf(token), session);
  return token;
}

/** The session of a token, while it is alive. Reading it renews nothing. */
export function sessionOf(sandbox: Sandbox, token: string): Session | undefined {
  const session = sandbox.store.setting(keyOf(token)) as Session | undefined;
  return session && session.expiresAt > nowS(sandbox) ? session : undefined;
}

/** Moves a session's end to a day from now. */
export function renewSession(sandbox: Sandbox, token: string): boolean {
  const session = sessionOf(sandbox, token);
  if (!session) return false;
  sandbox.store.setSetting(keyOf(token), { ...session, expiresAt: nowS(sandbox) + SESSION_LIFE_S });
  return true;
}

/** Whose session it is. Use slides its end, which is written at most every 300 seconds. */
export function callerOfSession(sandbox: Sandbox, token: string): Caller | undefined {
  const session = sessionOf(sandbox, token);
  const row = session && sandbox.store.row(session.user.type, session.user.id);
  if (!session || !row || row.retired) return undefined;
  if (nowS(sandbox) + SESSION_LIFE_S - session.expiresAt >= SLIDE_EVERY_S) renewSession(sandbox, token);
  return { as: session.user, signedIn: session.user, authType: "session_token" };
}
