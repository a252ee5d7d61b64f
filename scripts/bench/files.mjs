import { createHash, randomFillSync } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { atTheEnd } from "./processes.mjs";

const MIB = 1024 * 1024;
const BLOCK_BYTES = 16 * MIB;

/** A folder on the memory disk, where there is one; else in `folder`. */
export function memoryFolder(folder) {
  const target = mkdtempSync(existsSync("/dev/shm") ? "/dev/shm/sgmedia-bench-" : join(folder, "down-"));
  const remove = atTheEnd(() => rmSync(target, { recursive: true, force: true }));
  return { target, remove };
}

/** Bytes that cannot be compressed, no two blocks alike. */
export function makeFile(folder, name, mib) {
  const path = join(folder, name);
  if (existsSync(path) && statSync(path).size === mib * MIB) return path;
  const fd = openSync(path, "w");
  const block = Buffer.alloc(BLOCK_BYTES);
  randomFillSync(block);
  for (let left = mib * MIB; left > 0; left -= BLOCK_BYTES) {
    block.writeUInt32LE(left / MIB, 0);
    writeSync(fd, block, 0, Math.min(BLOCK_BYTES, left));
  }
  closeSync(fd);
  return path;
}

export function makeSparse(folder, mib) {
  const path = join(folder, "sparse.bin");
  writeFileSync(path, "x");
  truncateSync(path, mib * MIB);
  return path;
}

/** A folder of so many files of 100 kB. */
export function makeMany(folder, count) {
  const path = join(folder, `many-${count}`);
  mkdirSync(path, { recursive: true });
  for (let n = readdirSync(path).length; n < count; n += 1)
    writeFileSync(join(path, `f${String(n).padStart(5, "0")}.bin`), randomFillSync(Buffer.alloc(100_000)));
  return path;
}

/** Reads it once, so that what is measured finds it in memory. */
export function warm(path) {
  const fd = openSync(path, "r");
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  while (readSync(fd, block) > 0);
  closeSync(fd);
}

/**
 * Takes and gives back so much memory, so that no client pays for what a virtual machine's host had taken away meanwhile: the first touch
 * of such a page costs more than to write it.
 */
export function warmMemory(folder, sizeBytes) {
  const path = join(folder, "warm.bin");
  const fd = openSync(path, "w");
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let left = sizeBytes; left > 0; left -= BLOCK_BYTES)
    writeSync(fd, block, 0, Math.min(BLOCK_BYTES, left));
  closeSync(fd);
  rmSync(path);
}

/** The ETag that S3 gives what was sent whole: its MD5. */
export async function etagOfWhole(path) {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(path, { highWaterMark: MIB })) hash.update(chunk);
  return hash.digest("hex");
}

/** And what was sent in parts of 16 MiB, as everything larger is by sgmedia, aws and (above 500 MB) the official client: the MD5 of their MD5s. */
export async function etagOfParts(path) {
  const all = createHash("md5");
  let parts = 0;
  for await (const part of createReadStream(path, { highWaterMark: BLOCK_BYTES })) {
    all.update(createHash("md5").update(part).digest());
    parts += 1;
  }
  return `${all.digest("hex")}-${parts}`;
}
