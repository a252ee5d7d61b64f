import { createHmac, timingSafeEqual } from "node:crypto";

const STEP_MS = 30_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function decodeBase32(secret: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of secret.toUpperCase().replace(/[\s=-]/g, "")) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) throw new Error(`"${letter}" is no base32 letter.`);
    value = ((value << 5) | digit) & 0xffff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  return Buffer.from(bytes);
}

/** The six digits of a secret (base32) at a moment: RFC 6238 with SHA-1 and steps of 30 seconds. */
export function oneTimeCode(secret: string, atMs: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / STEP_MS)));
  const mac = createHmac("sha1", decodeBase32(secret)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Whether a code is the one of this step or of a neighbouring one. */
export function isOneTimeCode(secret: string, code: string, nowMs: number): boolean {
  const given = Buffer.from(code.trim());
  return [-1, 0, 1].some((steps) => {
    const expected = Buffer.from(oneTimeCode(secret, nowMs + steps * STEP_MS));
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
}
