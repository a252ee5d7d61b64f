import { readFile } from "node:fs/promises";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { SgmediaError } from "../shared/errors.ts";

/**
 * A TLS context that trusts, beside Node's own roots, `caFile` and what NODE_EXTRA_CA_CERTS names (a context of one's own
 * loses the latter). Undefined where there is no `caFile`: Node's default then holds. Throws E_CONFIG.
 */
export async function trustBeside(
  caFile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SecureContext | undefined> {
  if (caFile === undefined) return undefined;
  try {
    const extra = await readFile(env["NODE_EXTRA_CA_CERTS"] ?? caFile, "utf8").catch(() => "");
    const own = await readFile(caFile, "utf8");
    // OpenSSL takes a file without any certificate in silence.
    if (!own.includes("-----BEGIN ")) throw new Error("it holds no PEM certificate");
    return createSecureContext({ ca: [...rootCertificates, ...(extra ? [extra] : []), own] });
  } catch (thrown) {
    throw new SgmediaError("E_CONFIG", "The file with certificates cannot be used.", {
      why: `${caFile}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      fix: "Give a PEM bundle: SSL_CERT_FILE=/path/to/ca.pem",
      cause: thrown,
    });
  }
}
