import { SgmediaError } from "../shared/errors.ts";

/**
 * The origin of a site as a person types it: `studio.example` becomes `https://studio.example`; a path is dropped
 * (contract/login.md 1). Throws E_CONFIG.
 */
export function parseSiteOrigin(site: string): string {
  const text = site.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:") || url.hostname === "") {
    throw new SgmediaError("E_CONFIG", "The site's address is no web address.", {
      why: `"${text}" has no host, or a scheme other than https.`,
      fix: "Set it as --site https://studio.shotgrid.autodesk.com",
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw new SgmediaError("E_CONFIG", "The site's address carries a user name or a password.", {
      why: "Addresses end up in logs; credentials must not stand in them.",
      fix: "Set SGMEDIA_LOGIN and SGMEDIA_PASSWORD, or a script key, in its place.",
    });
  }
  return url.origin;
}

/**
 * A link of the site as a URL on the site. Links are root-relative and carry `/api/v1` already (contract/rest.md 1).
 * Throws E_SITE where one leads to another origin: a bearer would follow it.
 */
export function resolveSiteLink(origin: string, link: string): URL {
  const url = URL.canParse(link, origin) ? new URL(link, origin) : undefined;
  if (!url || url.origin !== origin) {
    throw new SgmediaError("E_SITE", "The site's answer leads away from the site.", {
      why: `A link that should stay on ${origin} points to ${url ? url.origin : "no web address"}.`,
      fix: "Run the command again with -v to see what was asked.",
    });
  }
  return url;
}

/** `127.0.0.1`, `::1`, `localhost`: never reached through a proxy. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  );
}
