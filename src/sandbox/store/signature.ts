import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Store } from "../types.ts";

const KEY = "signing.key";

function siteKey(store: Store): string {
  const known = store.setting(KEY);
  if (typeof known === "string") return known;
  const fresh = randomBytes(32).toString("hex");
  store.setSetting(KEY, fresh);
  return fresh;
}

/** HMAC-SHA256 of the text under the site's own key, base64url. */
export function signText(store: Store, text: string): string {
  return createHmac("sha256", siteKey(store)).update(text).digest("base64url");
}

export function isSignatureOf(store: Store, text: string, signature: string): boolean {
  const expected = Buffer.from(signText(store, text));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
