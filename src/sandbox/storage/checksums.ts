import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { crc32 } from "node:zlib";
import { crc32c } from "./crc32c.ts";
import { S3Error } from "./s3-error.ts";

/** A checksum that the sender announced, kept up as bytes arrive. */
export interface AnnouncedChecksum {
  /** `x-amz-checksum-crc32c` or `content-md5`. */
  readonly header: string;
  update(chunk: Uint8Array): void;
  /** Throws BadDigest when the bytes were others. `digest`: what they gave, where it was taken anyway. */
  verify(digest?: Buffer): void;
}

interface Running {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

const KINDS: Readonly<Record<string, { sizeBytes: number; start: () => Running }>> = {
  "content-md5": { sizeBytes: 16, start: () => hashed("md5") },
  "x-amz-checksum-crc32": { sizeBytes: 4, start: () => counted(crc32) },
  "x-amz-checksum-crc32c": { sizeBytes: 4, start: () => counted(crc32c) },
  "x-amz-checksum-sha1": { sizeBytes: 20, start: () => hashed("sha1") },
  "x-amz-checksum-sha256": { sizeBytes: 32, start: () => hashed("sha256") },
};

/** What came in the headers; `x-amz-` ones are signed, or the request would not have got here. Throws on what is no checksum. */
export function announcedChecksums(headers: IncomingHttpHeaders): AnnouncedChecksum[] {
  return Object.entries(KINDS).flatMap(([header, { sizeBytes, start }]) => {
    const text = headers[header];
    if (text === undefined) return [];
    const wanted = Buffer.from(String(text), "base64");
    if (wanted.length !== sizeBytes) throw invalid(header);
    const running = start();
    const verify = (digest = running.digest()): void => {
      if (!digest.equals(wanted)) throw mismatch(header);
    };
    return [{ header, update: running.update, verify }];
  });
}

function invalid(header: string): S3Error {
  return header === "content-md5"
    ? new S3Error(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
    : new S3Error(400, "InvalidRequest", `Value for ${header} header is invalid.`);
}

function mismatch(header: string): S3Error {
  const name =
    header === "content-md5" ? "Content-MD5" : header.slice("x-amz-checksum-".length).toUpperCase();
  return new S3Error(400, "BadDigest", `The ${name} you specified did not match what we received.`);
}

function hashed(name: string): Running {
  const hash = createHash(name);
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() };
}

function counted(step: (chunk: Uint8Array, before: number) => number): Running {
  let sum = 0;
  return {
    update: (chunk) => {
      sum = step(chunk, sum);
    },
    digest: () => {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(sum);
      return out;
    },
  };
}
