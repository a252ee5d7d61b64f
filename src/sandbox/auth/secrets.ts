import { timingSafeEqual } from "node:crypto";
import type { Link, Row, Store } from "../types.ts";

/** Settings that hold what a row may not show: the sandbox prints them at every start, so they are kept as they are. */
const passwordKey = (row: Link): string => `secret.${row.type}.${row.id}`;
const twoFactorKey = (row: Link): string => `twoFactor.${row.type}.${row.id}`;

/** Sets a person's password or a script's key; null takes it away. */
export function setPassword(store: Store, row: Link, password: string | null): void {
  store.setSetting(passwordKey(row), password);
}

function passwordOf(store: Store, row: Link): string | undefined {
  const value = store.setting(passwordKey(row));
  return typeof value === "string" ? value : undefined;
}

export function isPassword(store: Store, row: Link, given: string): boolean {
  const known = Buffer.from(passwordOf(store, row) ?? "");
  const sent = Buffer.from(given);
  return known.length > 0 && known.length === sent.length && timingSafeEqual(known, sent);
}

/** Gives a person two-factor sign-in with this base32 secret. */
export function setTwoFactorSecret(store: Store, row: Link, secret: string): void {
  store.setSetting(twoFactorKey(row), secret);
}

export function twoFactorSecretOf(store: Store, row: Link): string | undefined {
  const value = store.setting(twoFactorKey(row));
  return typeof value === "string" ? value : undefined;
}

/** The live person of that login, compared without case. */
export function personByLogin(store: Store, login: string): Row | undefined {
  const wanted = login.toLowerCase();
  return [...store.rows("HumanUser")].find(
    (row) => !row.retired && String(row.fields["login"] ?? "").toLowerCase() === wanted,
  );
}

/** The live script user of that name. */
export function scriptByName(store: Store, name: string): Row | undefined {
  return [...store.rows("ApiUser")].find((row) => !row.retired && row.fields["firstname"] === name);
}
