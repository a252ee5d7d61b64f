import { describe, expect, it } from "vitest";
import { checkSignature, type SignedRequest } from "../../../src/sandbox/storage/check-signature.ts";
import { type PresignRequest, presign } from "../../../src/sandbox/storage/sigv4.ts";

// The worked example of the S3 documentation for a presigned GET.
const KEY = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
};
const MADE_AT_MS = Date.UTC(2013, 4, 24);
const REQUEST: PresignRequest = {
  method: "GET",
  origin: "https://examplebucket.s3.amazonaws.com",
  path: "/test.txt",
  expiresSeconds: 86_400,
  nowMs: MADE_AT_MS,
};
const HEADERS = { host: "examplebucket.s3.amazonaws.com" };

it("a presigned URL carries the signature of the S3 documentation's own example", () => {
  expect(presign(KEY, REQUEST)).toBe(
    "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
  );
});

/** Signs, changes the URL, checks: the refusal's code and message, or null. */
function check(
  change: (url: URL) => void = () => undefined,
  arrived: Partial<SignedRequest> = {},
  signed: Partial<PresignRequest> = {},
): { code: string; message: string } | null {
  const path = "/a b#%/Noëlご'(*).mov";
  const query = { "response-content-type": "video/mp4", uploads: "" };
  const url = new URL(presign(KEY, { ...REQUEST, path, query, ...signed }));
  change(url);
  const segments = url.pathname.split("/").map(decodeURIComponent);
  const request = { method: "GET", url, segments, headers: HEADERS, nowMs: MADE_AT_MS + 1000, ...arrived };
  try {
    checkSignature(KEY, request);
    return null;
  } catch (thrown) {
    return thrown as { code: string; message: string };
  }
}

const set =
  (name: string, value: string) =>
  (url: URL): void =>
    url.searchParams.set(name, value);
const scope = (text: string) => set("X-Amz-Credential", `AKIAIOSFODNN7EXAMPLE/${text}`);

describe("a presigned request", () => {
  it("is accepted as it was made, odd names included", () => expect(check()).toBeNull());
  it("is accepted with the headers that were signed, whatever stands around their values", () => {
    const headers = { "x-amz-checksum-crc32c": "AAAAAA==", "content-type": "video/mp4" };
    const arrived = { ...HEADERS, ...headers, "content-type": "  video/mp4 " };
    expect(check(undefined, { headers: arrived }, { headers })).toBeNull();
    expect(
      check(undefined, { headers: { ...arrived, "content-type": "text/html" } }, { headers })?.code,
    ).toBe("SignatureDoesNotMatch");
  });

  it.each<[string, (url: URL) => void]>([
    ["another path", (url) => Object.assign(url, { pathname: "/other" })],
    ["another query", set("response-content-type", "text/html")],
    ["one more query", set("versionId", "1")],
    ["a longer life", set("X-Amz-Expires", "86401")],
    ["a signature cut short", set("X-Amz-Signature", "aeee")],
  ])("is refused for %s", (_what, change) => expect(check(change)?.code).toBe("SignatureDoesNotMatch"));

  it.each<[string, Partial<SignedRequest>]>([
    ["another method", { method: "HEAD" }],
    ["another host", { headers: { host: "other" } }],
  ])("is refused for %s", (_what, arrived) =>
    expect(check(undefined, arrived)?.code).toBe("SignatureDoesNotMatch"),
  );

  it.each<[string, number, string | null]>([
    ["its last second", 86_400_000, null],
    ["a second later", 86_401_000, "Request has expired"],
    ["a signer's clock 14 minutes ahead", -14 * 60_000, null],
    ["a signer's clock 16 minutes ahead", -16 * 60_000, "Request is not yet valid"],
  ])("at %s", (_what, afterMs, message) =>
    expect(check(undefined, { nowMs: MADE_AT_MS + afterMs })?.message ?? null).toBe(message),
  );

  it.each<[string, Record<string, string>, (url: URL) => void, string]>([
    ["an x-amz header that was not signed", { "x-amz-acl": "public-read" }, () => undefined, "AccessDenied"],
    ["two ways of signing in", { authorization: "Bearer a" }, () => undefined, "InvalidArgument"],
    [
      "another way of signing in",
      { authorization: "Bearer a" },
      (url) => url.searchParams.delete("X-Amz-Signature"),
      "AccessDenied",
    ],
    ["none", {}, (url) => url.searchParams.delete("X-Amz-Signature"), "AccessDenied"],
    [
      "another key",
      {},
      set("X-Amz-Credential", "AKIAOTHER/20130524/us-east-1/s3/aws4_request"),
      "InvalidAccessKeyId",
    ],
  ])("is refused for %s", (_what, headers, change, code) =>
    expect(check(change, { headers: { ...HEADERS, ...headers } })?.code).toBe(code),
  );

  it.each<[string, (url: URL) => void]>([
    ["another algorithm", set("X-Amz-Algorithm", "AWS3")],
    ["another region", scope("20130524/eu-west-1/s3/aws4_request")],
    ["another service", scope("20130524/us-east-1/ec2/aws4_request")],
    ["another day", scope("20130525/us-east-1/s3/aws4_request")],
    ["half a credential", scope("20130524")],
    ["no date", set("X-Amz-Date", "yesterday")],
    ["a life of more than a week", set("X-Amz-Expires", "604801")],
    ["no life", set("X-Amz-Expires", "0")],
    ["a host that was not signed", set("X-Amz-SignedHeaders", "range")],
  ])("is malformed with %s", (_what, change) =>
    expect(check(change)?.code).toBe("AuthorizationQueryParametersError"),
  );
});
