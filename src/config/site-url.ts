import { SgmediaError } from "../shared/errors.ts";

const LOOPBACK = /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The site's origin from what a person wrote: `studio.example` means https, a path is dropped. Throws `code` with the
 * origin of the value in it. `warning` is set for http beyond this machine.
 */
export function cleanSiteUrl(
  written: string,
  origin: string,
): { readonly site: string; readonly warning: string | null } {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `https://${written}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  const code = origin.startsWith("flag ") ? "E_USAGE" : "E_CONFIG";
  if (!url || url.hostname === "" || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new SgmediaError(code, `"${written}" is no address of a site.`, {
      why: `It comes from ${origin}.`,
      fix: "Write it as https://studio.example",
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw new SgmediaError(code, "The site's address has a user name or password in it.", {
      why: `It comes from ${origin}. Secrets do not belong into addresses, which end up in logs.`,
      fix: "Write it as https://studio.example, and set SGMEDIA_LOGIN and SGMEDIA_PASSWORD.",
    });
  }
  const open = url.protocol === "http:" && !LOOPBACK.test(url.hostname);
  return {
    site: url.origin,
    warning: open
      ? `${url.origin} is not encrypted: keys and media can be read on the way. Use https://${url.host}`
      : null,
  };
}
