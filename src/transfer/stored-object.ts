import { isEtagEncrypted, plainEtag } from "./etag.ts";
import { AttemptFailed } from "./failure.ts";
import { headerText, type StorageReply } from "./storage-client.ts";

/** What is stored, as its first answer said: all later answers must be of the same. */
export interface StoredObject {
  /** Null where the server does not say (a web server that makes the file up as it goes). */
  readonly sizeBytes: number | null;
  /** As received, quotes and all: it goes back in If-Match. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly contentType: string | null;
  /** The server gives stretches. */
  readonly ranged: boolean;
  /** The ETag is no checksum (SSE-KMS, SSE-C). */
  readonly encrypted: boolean;
}

/** The header of a 206: `bytes 0-99/1234`. The total is null for `*`. Undefined for nonsense. */
export function parseContentRange(
  header: string | null,
): { first: number; last: number; totalBytes: number | null } | undefined {
  const match = /^\s*bytes\s+(\d+)-(\d+)\/(\d+|\*)\s*$/i.exec(header ?? "");
  if (!match) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const totalBytes = match[3] === "*" ? null : Number(match[3]);
  const sound = Number.isSafeInteger(last) && first <= last && (totalBytes === null || last < totalBytes);
  return sound ? { first, last, totalBytes } : undefined;
}

export function contentLength(reply: StorageReply): number | null {
  const text = headerText(reply.headers, "content-length");
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

/** The object that an answer is of. */
export function objectOf(reply: StorageReply, sizeBytes: number | null, ranged: boolean): StoredObject {
  return {
    sizeBytes,
    etag: headerText(reply.headers, "etag"),
    lastModified: headerText(reply.headers, "last-modified"),
    contentType: headerText(reply.headers, "content-type"),
    ranged,
    encrypted: isEtagEncrypted(reply.headers),
  };
}

/** Something to know it by when it is asked for again. */
export function isPinned(object: StoredObject): boolean {
  return object.etag !== null || object.lastModified !== null;
}

/** If-Match for later requests. Weak ETags match nothing there; then the answers alone are compared. */
export function pinHeaders(object: StoredObject | null): Record<string, string> {
  if (!object?.etag || object.etag.startsWith("W/")) return {};
  return { "if-match": object.etag };
}

/** Throws where an answer is of another object than the one that was begun with. */
export function assertSameObject(object: StoredObject, reply: StorageReply, totalBytes: number | null): void {
  const changed = (reason: string): AttemptFailed =>
    new AttemptFailed({ kind: "changed", host: reply.host, reason });
  const etag = plainEtag(headerText(reply.headers, "etag"));
  if (etag !== null && object.etag !== null && etag !== plainEtag(object.etag)) {
    throw changed("what is stored was replaced (another ETag)");
  }
  const modified = headerText(reply.headers, "last-modified");
  if (object.etag === null && object.lastModified !== null && modified !== object.lastModified) {
    throw changed("what is stored was replaced (another date)");
  }
  if (totalBytes !== null && object.sizeBytes !== null && totalBytes !== object.sizeBytes) {
    throw changed(`what is stored has ${totalBytes} bytes instead of ${object.sizeBytes}`);
  }
}
