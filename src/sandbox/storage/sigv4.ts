import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** AWS Signature Version 4 in the query string (presigned URLs), body unsigned. */
export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

export interface PresignRequest {
  readonly method: string;
  /** `http://127.0.0.1:40002`. */
  readonly origin: string;
  /** Path with each segment not yet encoded: `/bucket/a b.mov`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly expiresSeconds: number;
  readonly nowMs: number;
}

/** A URL that lets its bearer do one thing for a while. */
export function presign(key: SigningKey, request: PresignRequest): string {
  const stamp = stampOf(request.nowMs);
  const scope = `${stamp.slice(0, 8)}/${key.region}/s3/aws4_request`;
  const { host } = new URL(request.origin);
  const query: Record<string, string> = {
    ...request.query,
    "X-Amz-Algorithm": ALGORITHM,
    "X-Amz-Credential": `${key.accessKeyId}/${scope}`,
    "X-Amz-Date": stamp,
    "X-Amz-Expires": String(request.expiresSeconds),
    "X-Amz-SignedHeaders": "host",
  };
  const path = request.path.split("/").map(encode).join("/");
  const canonicalQuery = canonicalQueryOf(Object.entries(query));
  const canonical = [request.method, path, canonicalQuery, `host:${host}\n`, "host", "UNSIGNED-PAYLOAD"].join(
    "\n",
  );
  const signature = signatureOf(key, stamp, scope, canonical);
  return `${request.origin}${path}?${canonicalQuery}&X-Amz-Signature=${signature}`;
}

/** What is wrong with a presigned request; null when it is right. */
export type SignatureProblem =
  | { readonly code: "AccessDenied"; readonly message: string }
  | { readonly code: "SignatureDoesNotMatch"; readonly message: string }
  | { readonly code: "AuthorizationQueryParametersError"; readonly message: string }
  | { readonly code: "InvalidAccessKeyId"; readonly message: string };

export function checkSignature(
  key: SigningKey,
  request: {
    method: string;
    url: URL;
    headers: Readonly<Record<string, string | string[] | undefined>>;
    nowMs: number;
  },
): SignatureProblem | null {
  const { searchParams } = request.url;
  const given = searchParams.get("X-Amz-Signature");
  const stamp = searchParams.get("X-Amz-Date");
  const credential = searchParams.get("X-Amz-Credential")?.split("/");
  const expires = Number(searchParams.get("X-Amz-Expires") ?? Number.NaN);
  const signedHeaders = searchParams.get("X-Amz-SignedHeaders")?.split(";");
  if (
    given === null ||
    stamp === null ||
    !credential ||
    !signedHeaders ||
    searchParams.get("X-Amz-Algorithm") !== ALGORITHM
  ) {
    return { code: "AccessDenied", message: "Access Denied" };
  }
  if (!(expires >= 1 && expires <= 604_800) || !/^\d{8}T\d{6}Z$/.test(stamp) || credential.length !== 5) {
    return {
      code: "AuthorizationQueryParametersError",
      message: "The authorization query parameters are malformed",
    };
  }
  if (credential[0] !== key.accessKeyId) {
    return {
      code: "InvalidAccessKeyId",
      message: "The AWS Access Key Id you provided does not exist in our records.",
    };
  }
  const unsigned = Object.keys(request.headers).filter(
    (name) => name.startsWith("x-amz-") && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    return {
      code: "AccessDenied",
      message: "There were headers present in the request which were not signed",
    };
  }
  const scope = credential.slice(1).join("/");
  const path = request.url.pathname
    .split("/")
    .map((each) => encode(decodeURIComponent(each)))
    .join("/");
  const query = canonicalQueryOf([...searchParams].filter(([name]) => name !== "X-Amz-Signature"));
  const headers = signedHeaders
    .map(
      (name) =>
        `${name}:${String(request.headers[name] ?? "")
          .trim()
          .replace(/\s+/g, " ")}\n`,
    )
    .join("");
  const canonical = [request.method, path, query, headers, signedHeaders.join(";"), "UNSIGNED-PAYLOAD"].join(
    "\n",
  );
  const wanted = Buffer.from(signatureOf(key, stamp, scope, canonical));
  const got = Buffer.from(given);
  if (wanted.length !== got.length || !timingSafeEqual(wanted, got)) {
    return {
      code: "SignatureDoesNotMatch",
      message:
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    };
  }
  return request.nowMs > millisecondsOf(stamp) + expires * 1000
    ? { code: "AccessDenied", message: "Request has expired" }
    : null;
}

function signatureOf(key: SigningKey, stamp: string, scope: string, canonical: string): string {
  const [day = "", region = ""] = scope.split("/");
  const digest = createHash("sha256").update(canonical).digest("hex");
  let signing: Buffer = hmac(`AWS4${key.secretAccessKey}`, day);
  for (const part of [region, "s3", "aws4_request"]) signing = hmac(signing, part);
  return hmac(signing, [ALGORITHM, stamp, scope, digest].join("\n")).toString("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function canonicalQueryOf(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Percent-encoding as the signature counts it: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function stampOf(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
}

function millisecondsOf(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
