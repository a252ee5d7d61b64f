import { createHash } from "node:crypto";
import { MIB } from "./plan.ts";

/** An ETag without its quotes and weakness mark; null for none. */
export function plainEtag(header: string | null | undefined): string | null {
  if (!header) return null;
  const plain = header
    .trim()
    .replace(/^W\//, "")
    .replace(/^"(.*)"$/, "$1");
  return plain === "" ? null : plain;
}

/** What an ETag can prove: the MD5 of the bytes, the MD5 of the parts' MD5s, or nothing. */
export type EtagKind =
  | { readonly kind: "md5"; readonly md5: string }
  | { readonly kind: "composite"; readonly etag: string; readonly parts: number }
  | { readonly kind: "opaque" };

export function etagKind(etag: string | null): EtagKind {
  if (etag === null) return { kind: "opaque" };
  if (/^[0-9a-f]{32}$/i.test(etag)) return { kind: "md5", md5: etag.toLowerCase() };
  const composite = /^[0-9a-f]{32}-(\d{1,5})$/i.exec(etag);
  const parts = composite ? Number(composite[1]) : 0;
  return parts >= 1 && parts <= 10_000
    ? { kind: "composite", etag: etag.toLowerCase(), parts }
    : { kind: "opaque" };
}

/** With SSE-KMS and SSE-C an ETag looks like an MD5 and is none. */
export function isEtagEncrypted(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  const encryption = String(headers["x-amz-server-side-encryption"] ?? "");
  return (
    encryption.startsWith("aws:kms") ||
    headers["x-amz-server-side-encryption-customer-algorithm"] !== undefined
  );
}

/** `md5(md5(part 1) + md5(part 2) + …)-N`, as S3 names a multipart object. */
export function compositeEtag(md5s: readonly string[]): string {
  const whole = createHash("md5");
  for (const md5 of md5s) whole.update(md5, "hex");
  return `${whole.digest("hex")}-${md5s.length}`;
}

const MOST_CANDIDATES = 24;

/**
 * Part sizes that cut a size into that many parts and that some uploader uses: whole MiB, whole millions (the official
 * client takes 20,000,000: contract/rest.md 6.3), equal shares. The likeliest first.
 */
export function inferPartSizes(sizeBytes: number, parts: number): number[] {
  if (parts === 1) return [sizeBytes];
  const least = Math.ceil(sizeBytes / parts);
  const most = Math.ceil(sizeBytes / (parts - 1)) - 1;
  const fits = (size: number): boolean => size >= least && size <= most;
  const usual = [16 * MIB, 20_000_000, 8 * MIB, 5 * MIB, 64 * MIB, 32 * MIB, 10 * MIB, 50 * MIB, 100 * MIB];
  const steps = (step: number): number[] => {
    const first = Math.ceil(least / step);
    const count = Math.min(MOST_CANDIDATES, Math.floor(most / step) - first + 1);
    return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
  };
  const all = [...usual, ...steps(MIB), ...steps(1_000_000), least].filter(fits);
  return [...new Set(all)].slice(0, MOST_CANDIDATES);
}
