import { SgmediaError } from "./errors.ts";

/** Empty text means "none" to undici and keeps it from reading the environment by itself. */
export function proxySettings(env: Readonly<Record<string, string | undefined>>): {
  httpProxy: string;
  httpsProxy: string;
  noProxy: string;
} {
  return {
    httpProxy: proxyUrl("HTTP_PROXY", env["http_proxy"] ?? env["HTTP_PROXY"]),
    httpsProxy: proxyUrl("HTTPS_PROXY", env["https_proxy"] ?? env["HTTPS_PROXY"]),
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
  };
}

/** Studios write `host:port` and `user:pass@host:port` as well as URLs (contract/login.md 7). Throws E_CONFIG. */
function proxyUrl(name: string, value: string | undefined): string {
  const text = value?.trim() ?? "";
  if (text === "") return "";
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (URL.canParse(url)) return url;
  throw new SgmediaError("E_CONFIG", `${name} is no proxy address.`, {
    why: "It cannot be read as host:port or as a URL.",
    fix: `Set it as ${name}=http://proxy.example:8080`,
  });
}
