import { createHash, createHmac } from "node:crypto";

/** AWS Signature Version 4 in the query string (presigned URLs), body unsigned. */
export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export const ALGORITHM = "AWS4-HMAC-SHA256";

export interface PresignRequest {
  readonly method: string;
  /** `http://127.0.0.1:40002`. */
  readonly origin: string;
  /** Path with each segment not yet encoded: `/bucket/a b.mov`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Signed besides the host, so that whoever sends the request must send them with these values. Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresSeconds: number;
  readonly nowMs: number;
}

/** A URL that lets its bearer do one thing for a while. */
export function presign(key: SigningKey, request: PresignRequest): string {
  const stamp = stampOf(request.nowMs);
  const scope = `${stamp.slice(0, 8)}/${key.region}/s3/aws4_request`;
  const headers: Record<string, string> = { ...request.headers, host: new URL(request.origin).host };
  const signedHeaders = Object.keys(headers).sort();
  const query: Record<string, string> = {
    ...request.query,
    "X-Amz-Algorithm": ALGORITHM,
    "X-Amz-Credential": `${key.accessKeyId}/${scope}`,
    "X-Amz-Date": stamp,
    "X-Amz-Expires": String(request.expiresSeconds),
    "X-Amz-SignedHeaders": signedHeaders.join(";"),
  };
  const path = canonicalPath(request.path.split("/"));
  const signature = signatureOf(key, {
    method: request.method,
    path,
    query: Object.entries(query),
    headers: signedHeaders.map((name) => [name, headers[name] ?? ""]),
    stamp,
    scope,
  });
  return `${request.origin}${path}?${canonicalQuery(Object.entries(query))}&X-Amz-Signature=${signature}`;
}

export interface SignedParts {
  readonly method: string;
  /** As `canonicalPath` gives it. */
  readonly path: string;
  /** Without the signature, not encoded. */
  readonly query: readonly (readonly [string, string])[];
  /** In the order of SignedHeaders. */
  readonly headers: readonly (readonly [string, string])[];
  readonly stamp: string;
  /** `20130524/us-east-1/s3/aws4_request`. */
  readonly scope: string;
}

/** The signature of a request, in hex. */
export function signatureOf(key: SigningKey, parts: SignedParts): string {
  const canonical = [
    parts.method,
    parts.path,
    canonicalQuery(parts.query),
    ...parts.headers.map(([name, value]) => `${name}:${value.trim().replace(/\s+/g, " ")}`),
    "",
    parts.headers.map(([name]) => name).join(";"),
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const digest = createHash("sha256").update(canonical).digest("hex");
  let signing: string | Buffer = `AWS4${key.secretAccessKey}`;
  for (const word of parts.scope.split("/")) signing = hmac(signing, word);
  return hmac(signing, [ALGORITHM, parts.stamp, parts.scope, digest].join("\n")).toString("hex");
}

export function canonicalPath(segments: readonly string[]): string {
  return segments.map(encode).join("/");
}

function canonicalQuery(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** Percent-encoding as the signature counts it: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `20130524T000000Z`. */
function stampOf(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
}
