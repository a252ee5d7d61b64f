import { describe, expect, it } from "vitest";
import { checkSignature, presign } from "../../../src/sandbox/storage/sigv4.ts";

// The worked example of the S3 documentation for a presigned GET.
const KEY = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
};
const MADE_AT_MS = Date.UTC(2013, 4, 24);
const REQUEST = {
  method: "GET",
  origin: "https://examplebucket.s3.amazonaws.com",
  path: "/test.txt",
  expiresSeconds: 86_400,
  nowMs: MADE_AT_MS,
};

describe("presigned URLs", () => {
  it("carry the signature of the S3 documentation's own example", () => {
    expect(new URL(presign(KEY, REQUEST)).searchParams.get("X-Amz-Signature")).toBe(
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    );
  });

  const headers = { host: "examplebucket.s3.amazonaws.com" };
  const check = (change: (url: URL) => void = () => undefined, more: object = {}) => {
    const url = new URL(
      presign(KEY, {
        ...REQUEST,
        path: "/a b#%/Noëlご.mov",
        query: { "response-content-type": "video/mp4" },
      }),
    );
    change(url);
    return (
      checkSignature(KEY, { method: "GET", url, headers, nowMs: MADE_AT_MS + 1000, ...more })?.code ?? null
    );
  };

  it("are accepted as they were made, odd names included", () => expect(check()).toBeNull());
  it.each([
    ["another method", undefined, { method: "HEAD" }, "SignatureDoesNotMatch"],
    ["another host", undefined, { headers: { host: "other" } }, "SignatureDoesNotMatch"],
    ["another path", (url: URL) => Object.assign(url, { pathname: "/other" }), {}, "SignatureDoesNotMatch"],
    [
      "another query",
      (url: URL) => url.searchParams.set("response-content-type", "text/html"),
      {},
      "SignatureDoesNotMatch",
    ],
    ["no signature", (url: URL) => url.searchParams.delete("X-Amz-Signature"), {}, "AccessDenied"],
    ["a later hour than it lives", undefined, { nowMs: MADE_AT_MS + 86_401_000 }, "AccessDenied"],
    [
      "an x-amz header that was not signed",
      undefined,
      { headers: { ...headers, "x-amz-acl": "public-read" } },
      "AccessDenied",
    ],
    [
      "another key",
      (url: URL) => url.searchParams.set("X-Amz-Credential", "AKIAOTHER/20130524/us-east-1/s3/aws4_request"),
      {},
      "InvalidAccessKeyId",
    ],
  ])("are refused for %s", (_what, change, more, code) => {
    expect(check(change, more)).toBe(code);
  });
});
