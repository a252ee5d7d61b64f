import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { S3Error } from "./s3-error.ts";
import { ALGORITHM, canonicalPath, type SigningKey, signatureOf } from "./sigv4.ts";

const LONGEST_LIFE_SECONDS = 604_800;
/** How far a signer's clock may be ahead. */
const MOST_SKEW_MS = 15 * 60_000;

export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  /** The path's segments, decoded. */
  readonly segments: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly nowMs: number;
}

/** Throws what S3 answers to a request that is not rightly presigned: method, host, path, query, signed headers, life. */
export function checkSignature(key: SigningKey, request: SignedRequest): void {
  const { headers } = request;
  const { searchParams } = request.url;
  const given = searchParams.get("X-Amz-Signature");
  if (headers.authorization !== undefined) throw refusedHeader(given !== null);
  if (given === null) throw denied("Access Denied");
  const scope = requireScope(key, searchParams);
  const expires = requireExpires(searchParams);
  const stamp = searchParams.get("X-Amz-Date") ?? "";
  const madeAtMs = millisecondsOf(stamp);
  const signed = (searchParams.get("X-Amz-SignedHeaders") ?? "").split(";");
  if (Number.isNaN(madeAtMs))
    throw malformed('X-Amz-Date must be in the ISO8601 Long Format "yyyyMMddTHHmmssZ"');
  if (!stamp.startsWith(scope.slice(0, 8)))
    throw malformed("X-Amz-Credential: the date is not that of X-Amz-Date");
  if (!signed.includes("host")) throw malformed("X-Amz-SignedHeaders must hold host");
  if (Object.keys(headers).some((name) => name.startsWith("x-amz-") && !signed.includes(name)))
    throw denied("There were headers present in the request which were not signed");
  if (madeAtMs > request.nowMs + MOST_SKEW_MS) throw denied("Request is not yet valid");
  if (request.nowMs > madeAtMs + expires * 1000) throw denied("Request has expired");
  const wanted = signatureOf(key, {
    method: request.method,
    path: canonicalPath(request.segments),
    query: [...searchParams].filter(([name]) => name !== "X-Amz-Signature"),
    headers: signed.map((name) => [name, String(headers[name] ?? "")]),
    stamp,
    scope,
  });
  if (same(wanted, given)) return;
  throw new S3Error(
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  );
}

/** The scope in X-Amz-Credential, for this key, region and service. */
function requireScope(key: SigningKey, query: URLSearchParams): string {
  if (query.get("X-Amz-Algorithm") !== ALGORITHM)
    throw malformed(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  const [accessKeyId, ...scope] = (query.get("X-Amz-Credential") ?? "").split("/");
  const [day, region, service, last] = scope;
  if (scope.length !== 4 || !/^\d{8}$/.test(day ?? "") || service !== "s3" || last !== "aws4_request")
    throw malformed("Error parsing the X-Amz-Credential parameter");
  if (accessKeyId !== key.accessKeyId)
    throw new S3Error(
      403,
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
    );
  if (region !== key.region)
    throw malformed(`X-Amz-Credential: the region '${region}' is wrong; expecting '${key.region}'`);
  return scope.join("/");
}

function requireExpires(query: URLSearchParams): number {
  const text = query.get("X-Amz-Expires") ?? "";
  if (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= LONGEST_LIFE_SECONDS)
    return Number(text);
  throw malformed(`X-Amz-Expires must be a number from 1 to ${LONGEST_LIFE_SECONDS}`);
}

/** Only signed URLs are taken here; together with another way of signing in S3 refuses even those. */
function refusedHeader(isSignedToo: boolean): S3Error {
  return isSignedToo
    ? new S3Error(
        400,
        "InvalidArgument",
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
      )
    : denied("Access Denied");
}

function denied(message: string): S3Error {
  return new S3Error(403, "AccessDenied", message);
}

function malformed(message: string): S3Error {
  return new S3Error(400, "AuthorizationQueryParametersError", message);
}

function same(wanted: string, given: string): boolean {
  const [a, b] = [Buffer.from(wanted), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function millisecondsOf(stamp: string): number {
  return Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
