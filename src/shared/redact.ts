/**
 * The one place that strikes secrets out of text before a person, a log or a document sees it: signatures and
 * credentials in URLs, bearers, and form or JSON fields that hold a secret.
 */
const SECRET_QUERY =
  /([?&](?:X-Amz-[A-Za-z-]+|AWSAccessKeyId|Signature|signature|Policy|Key-Pair-Id|access_token|refresh_token|session_token|client_secret|password|auth_token|script_key|api_key)=)[^&#\s"'<>]*/g;
const SECRET_FIELD =
  /("?(?:client_secret|password|script_key|scriptKey|api_key|auth_token|access_token|refresh_token|session_token|sessionToken|user_password)"?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|[^\s&,}"']+)/g;
const BEARER = /\b(Bearer\s+)[A-Za-z0-9._~+/=-]+/gi;
const JWT = /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g;
const USER_INFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+(?::[^\s/@]*)?@/gi;

const STRUCK = "***";
const knownSecrets = new Set<string>();

/** Registers a secret value of this run, so that it is struck out wherever it turns up. Short values are ignored. */
export function rememberSecret(value: string): void {
  if (value.length >= 6) knownSecrets.add(value);
}

export function redactText(text: string): string {
  let clean = text
    .replace(SECRET_QUERY, `$1${STRUCK}`)
    .replace(
      SECRET_FIELD,
      (_all, name: string, value: string) => `${name}${value.startsWith('"') ? `"${STRUCK}"` : STRUCK}`,
    )
    .replace(BEARER, `$1${STRUCK}`)
    .replace(JWT, STRUCK)
    .replace(USER_INFO, `$1${STRUCK}@`);
  for (const secret of knownSecrets) clean = clean.replaceAll(secret, STRUCK);
  return clean;
}

/** A URL as it may be shown: origin and path only, nothing of its query. */
export function showUrl(url: string | URL): string {
  const parsed = typeof url === "string" ? (URL.canParse(url) ? new URL(url) : undefined) : url;
  return parsed ? `${parsed.origin}${parsed.pathname}` : redactText(String(url));
}
