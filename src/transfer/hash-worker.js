/**
 * The thread that hashes. It takes one job after another: a stretch of an open file (read by its descriptor, at an offset, so
 * the page cache has it) or bytes handed over; each may feed running hashes in order and have an MD5 of its own.
 */
import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { parentPort } from "node:worker_threads";

/**
 * @typedef {{ kind: "open", stream: number, algorithm: "md5" | "sha256" }} OpenJob
 * @typedef {{ kind: "drop", stream: number }} DropJob
 * @typedef {{ kind: "hash", job: number, streams: number[], md5: boolean, fd: number, offset: number, bytes: number }} FileJob
 * @typedef {{ kind: "bytes", job: number, streams: number[], md5: boolean, chunk: Uint8Array }} BytesJob
 * @typedef {{ kind: "digest", job: number, stream: number }} DigestJob
 * @typedef {OpenJob | DropJob | FileJob | BytesJob | DigestJob} HashMessage
 * @typedef {{ job: number, digest: string | null, short: boolean, error: string | null }} HashReply
 */

const READ_BYTES = 256 * 1024;
const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
/** @type {Map<number, import("node:crypto").Hash>} */
const streams = new Map();

/** @param {number} id */
function stream(id) {
  const found = streams.get(id);
  if (!found) throw new Error(`no running hash ${id}`);
  return found;
}

/**
 * @param {FileJob | BytesJob} message
 * @returns {{ digest: string | null, short: boolean }}
 */
function hash(message) {
  const own = message.md5 ? createHash("md5") : null;
  const fed = message.streams.map(stream);
  if (own) fed.push(own);
  if (message.kind === "bytes") {
    for (const each of fed) each.update(message.chunk);
    return { digest: own ? own.digest("hex") : null, short: false };
  }
  for (let done = 0; done < message.bytes; ) {
    const wanted = Math.min(READ_BYTES, message.bytes - done);
    const got = readSync(message.fd, buffer, 0, wanted, message.offset + done);
    if (got === 0) return { digest: null, short: true };
    const chunk = buffer.subarray(0, got);
    for (const each of fed) each.update(chunk);
    done += got;
  }
  return { digest: own ? own.digest("hex") : null, short: false };
}

parentPort?.on("message", (/** @type {HashMessage} */ message) => {
  if (message.kind === "open") {
    streams.set(message.stream, createHash(message.algorithm));
    return;
  }
  if (message.kind === "drop") {
    streams.delete(message.stream);
    return;
  }
  /** @type {HashReply} */
  let reply;
  try {
    if (message.kind === "digest") {
      const digest = stream(message.stream).digest("hex");
      streams.delete(message.stream);
      reply = { job: message.job, digest, short: false, error: null };
    } else {
      reply = { job: message.job, ...hash(message), error: null };
    }
  } catch (thrown) {
    reply = { job: message.job, digest: null, short: false, error: String(thrown) };
  }
  parentPort?.postMessage(reply);
});
