import type { ObjectStorage } from "../types.ts";
import { dispositionOf } from "./disposition.ts";
import { presign, type SigningKey } from "./sigv4.ts";

/** How long a signed URL lives (contract/rest.md 7: up to 900 s seen). */
const URL_LIFE_SECONDS = 900;

export interface UrlSigner extends Pick<ObjectStorage, "signPut" | "signPart" | "signGet"> {
  /** Any other call; key "" is the bucket itself. */
  sign(method: string, key: string, query?: Record<string, string>): string;
}

/** Signs path-style URLs for one bucket. */
export function createUrlSigner(
  key: SigningKey,
  { bucket, origin, nowMs }: { bucket: string; origin: () => string; nowMs: () => number },
): UrlSigner {
  const sign = (method: string, objectKey: string, query: Record<string, string> = {}): string =>
    presign(key, {
      method,
      origin: origin(),
      path: objectKey === "" ? `/${bucket}` : `/${bucket}/${objectKey}`,
      query,
      expiresSeconds: URL_LIFE_SECONDS,
      nowMs: nowMs(),
    });
  return {
    sign,
    signPut: (objectKey) => sign("PUT", objectKey),
    signPart: (objectKey, uploadId, partNumber) =>
      sign("PUT", objectKey, { partNumber: String(partNumber), uploadId }),
    signGet: (objectKey, { name, contentType } = {}) =>
      sign("GET", objectKey, {
        ...(name === undefined ? {} : { "response-content-disposition": dispositionOf(name) }),
        ...(contentType === undefined ? {} : { "response-content-type": contentType }),
      }),
  };
}
