import { readFileSync } from "node:fs";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { SgmediaError } from "./errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A TLS context that trusts Node's own roots and, beside them, `caFile`, SSL_CERT_FILE and NODE_EXTRA_CA_CERTS.
 * Undefined where nothing is added: Node then does as it always does. A `caFile` that cannot be used is E_CONFIG; what
 * the environment names and is not there is passed over, as Node and OpenSSL do.
 */
export function trustedCertificates(caFile: string | undefined, env: Environment): SecureContext | undefined {
  const named = env["SSL_CERT_FILE"] || undefined;
  if (caFile === undefined && named === undefined) return undefined;
  const extra = [
    caFile === undefined ? "" : readBundle(caFile),
    tryRead(named),
    tryRead(env["NODE_EXTRA_CA_CERTS"]),
  ];
  return createSecureContext({ ca: [...rootCertificates, ...extra.filter((pem) => pem !== "")] });
}

function readBundle(path: string): string {
  const pem = tryRead(path);
  if (pem !== "") return pem;
  throw new SgmediaError("E_CONFIG", "The file with certificates cannot be used.", {
    why: `${path} is missing, unreadable or holds no PEM certificate.`,
    fix: `Give a PEM bundle: SSL_CERT_FILE=/path/to/ca.pem`,
  });
}

/** Text without a certificate in it counts as none: a context would refuse it as a whole. */
function tryRead(path: string | undefined): string {
  if (!path) return "";
  try {
    const pem = readFileSync(path, "utf8");
    return pem.includes("-----BEGIN CERTIFICATE-----") || pem.includes("-----BEGIN TRUSTED CERTIFICATE-----")
      ? pem
      : "";
  } catch {
    return "";
  }
}
