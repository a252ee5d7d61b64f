/**
 * The thread that hashes. It takes one job after another: a stretch of an open file (read by its descriptor, at an offset, so
 * the page cache has it) or bytes handed over feed running hashes in order; a stretch of a file can have an MD5 of its own, and
 * those of several that wait are made side by side.
 */
import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { parentPort, receiveMessageOnPort } from "node:worker_threads";
import { LANES, Md5Lanes } from "./md5-lanes.js";

/**
 * @typedef {{ fd: number, offset: number, bytes: number }} Stretch
 * @typedef {{ kind: "open", stream: number, algorithm: "md5" | "sha256" }} OpenJob
 * @typedef {{ kind: "drop", stream: number }} DropJob
 * @typedef {{ kind: "feed", job: number, streams: readonly number[], from: Stretch | Uint8Array }} FeedJob
 * @typedef {{ kind: "md5", job: number, from: Stretch }} Md5Job
 * @typedef {{ kind: "digest", job: number, stream: number }} DigestJob
 * @typedef {OpenJob | DropJob | FeedJob | Md5Job | DigestJob} HashMessage
 * @typedef {{ job: number, digest: string | null, short: boolean, error: string | null }} HashReply
 */

const READ_BYTES = 256 * 1024;
const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
/** @type {Map<number, import("node:crypto").Hash>} */
const streams = new Map();
/** @type {HashMessage[]} */
const waiting = [];
/** @type {Md5Lanes | null | undefined} */
let lanes;

/** @param {number} id */
function stream(id) {
  const found = streams.get(id);
  if (!found) throw new Error(`no running hash ${id}`);
  return found;
}

/** @param {Stretch | Uint8Array} from @param {readonly import("node:crypto").Hash[]} hashes @returns {boolean} Whether all of it was there. */
function feed(from, hashes) {
  if (from instanceof Uint8Array) {
    for (const each of hashes) each.update(from);
    return true;
  }
  for (let done = 0; done < from.bytes; ) {
    const wanted = Math.min(READ_BYTES, from.bytes - done);
    const got = readSync(from.fd, buffer, 0, wanted, from.offset + done);
    if (got === 0) return false;
    const chunk = buffer.subarray(0, got);
    for (const each of hashes) each.update(chunk);
    done += got;
  }
  return true;
}

/** @param {readonly Stretch[]} stretches @returns {(string | null)[]} Null: that file ended too early. */
function md5s(stretches) {
  lanes = lanes === undefined && stretches.length > 1 ? openLanes() : lanes;
  if (lanes && stretches.length > 1)
    return lanes.digest(
      stretches.map(({ fd, offset, bytes }) => ({
        bytes,
        read: (into, at) => readSync(fd, into, 0, into.length, offset + at),
      })),
    );
  return stretches.map((each) => {
    const hash = createHash("md5");
    return feed(each, [hash]) ? hash.digest("hex") : null;
  });
}

/** Null where the machine has no vectors, or no room in its address space. */
function openLanes() {
  try {
    return new Md5Lanes();
  } catch {
    return null;
  }
}

/** @param {number} job @param {string | null} digest @param {boolean} short */
function reply(job, digest, short = false) {
  parentPort?.postMessage(/** @type {HashReply} */ ({ job, digest, short, error: null }));
}

/** @param {Exclude<HashMessage, Md5Job>} message */
function follow(message) {
  if (message.kind === "open") streams.set(message.stream, createHash(message.algorithm));
  else if (message.kind === "drop") streams.delete(message.stream);
  else if (message.kind === "feed") {
    const whole = feed(message.from, message.streams.map(stream));
    reply(message.job, null, !whole);
  } else {
    const digest = stream(message.stream).digest("hex");
    streams.delete(message.stream);
    reply(message.job, digest);
  }
}

/** @param {number} job @param {unknown} thrown */
function fail(job, thrown) {
  parentPort?.postMessage({ job, digest: null, short: false, error: String(thrown) });
}

/** @param {readonly Md5Job[]} jobs */
function hashTogether(jobs) {
  try {
    for (const [index, digest] of md5s(jobs.map(({ from }) => from)).entries())
      reply(jobs[index]?.job ?? 0, digest, digest === null);
  } catch (thrown) {
    // A file that cannot be read is no fault of the others'.
    if (jobs.length > 1) for (const each of jobs) hashTogether([each]);
    else fail(jobs[0]?.job ?? 0, thrown);
  }
}

/** Takes the first that waits, and what can be done beside it. */
function next() {
  const first = waiting.shift();
  if (!first) return;
  if (first.kind === "md5") {
    const together = [first];
    for (let at = 0; at < waiting.length && together.length < LANES; ) {
      const other = waiting[at];
      if (other?.kind === "md5") together.push(.../** @type {Md5Job[]} */ (waiting.splice(at, 1)));
      else at += 1;
    }
    return hashTogether(together);
  }
  try {
    follow(first);
  } catch (thrown) {
    if ("job" in first) fail(first.job, thrown);
  }
}

parentPort?.on("message", (/** @type {HashMessage} */ message) => {
  waiting.push(message);
  while (waiting.length > 0) {
    for (;;) {
      const more = parentPort && receiveMessageOnPort(parentPort);
      if (!more) break;
      waiting.push(more.message);
    }
    next();
  }
});
