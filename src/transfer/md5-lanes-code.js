/**
 * WebAssembly of MD5 (RFC 1321) over four messages at once, one in each 32-bit lane of a 128-bit register. One MD5 is a single
 * chain of dependent steps, which leaves most of a core idle; four chains fill it.
 *
 * The module exports `memory` and `blocks(state, at0, at1, at2, at3, count)`: `state` is the address of A, B, C and D as
 * four vectors, `at0` to `at3` where the next `count` blocks of 64 bytes of each message are.
 */

/** @typedef {readonly number[]} Code Instructions that leave one value on the stack, or none. */

const SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];
const WORD_OF_STEP = [
  (/** @type {number} */ i) => i,
  (/** @type {number} */ i) => (5 * i + 1) % 16,
  (/** @type {number} */ i) => (3 * i + 5) % 16,
  (/** @type {number} */ i) => (7 * i) % 16,
];

const [STATE, AT, COUNT] = [0, 1, 5];
/** Locals: A to D, a scratch, four rows as loaded, four half-way turned, sixteen words. */
const [CHAIN, SCRATCH, ROW, HALF, WORD] = [6, 10, 11, 15, 19];
const VECTORS = WORD + 16 - CHAIN;

const [I32, V128, NOTHING] = [0x7f, 0x7b, 0x40];
const SIMD = 0xfd;

/**
 * Unsigned LEB128.
 * @param {number} value
 * @returns {number[]}
 */
const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
/** @param {number} value */
const int = (value) => [0x41, ...(value < 64 ? [value] : [(value & 127) | 128, value >>> 7])];
/** @param {number} local */
const get = (local) => [0x20, ...leb(local)];
/** @param {number} local @param {Code} value */
const set = (local, value) => [...value, 0x21, ...leb(local)];
/** @param {Code} base @param {number} offset */
const load = (base, offset) => [...base, SIMD, 0, 4, ...leb(offset)];
/** @param {Code} base @param {number} offset @param {Code} value */
const store = (base, offset, value) => [...base, ...value, SIMD, 11, 4, ...leb(offset)];
/** @param {Code} x @param {Code} y */
const and = (x, y) => [...x, ...y, SIMD, 78];
/** @param {Code} x @param {Code} y */
const or = (x, y) => [...x, ...y, SIMD, 80];
/** @param {Code} x @param {Code} y */
const xor = (x, y) => [...x, ...y, SIMD, 81];
/** @param {Code} x */
const not = (x) => [...x, SIMD, 77];
/** @param {Code} x @param {Code} y */
const add = (x, y) => [...x, ...y, SIMD, ...leb(174)];
/** @param {Code} x @param {number} bits */
const rotate = (x, bits) =>
  or([...x, ...int(bits), SIMD, ...leb(171)], [...x, ...int(32 - bits), SIMD, ...leb(173)]);
/** The same 32 bits in all lanes. @param {number} value */
const all = (value) => {
  const bytes = [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
  return [SIMD, 12, ...bytes, ...bytes, ...bytes, ...bytes];
};
/** 32-bit words 0 to 3 of `x` and 4 to 7 of `y`, in this order. @param {Code} x @param {Code} y @param {readonly number[]} words */
const pick = (x, y, words) => [
  ...x,
  ...y,
  SIMD,
  13,
  ...words.flatMap((word) => [0, 1, 2, 3].map((byte) => word * 4 + byte)),
];

const MIX = [
  (/** @type {Code} */ b, /** @type {Code} */ c, /** @type {Code} */ d) => xor(d, and(b, xor(c, d))),
  (/** @type {Code} */ b, /** @type {Code} */ c, /** @type {Code} */ d) => xor(c, and(d, xor(b, c))),
  (/** @type {Code} */ b, /** @type {Code} */ c, /** @type {Code} */ d) => xor(b, xor(c, d)),
  (/** @type {Code} */ b, /** @type {Code} */ c, /** @type {Code} */ d) => xor(c, or(b, not(d))),
];

/** Four words of each message, turned so that each vector has one word of all four. @param {number} quarter */
function loadWords(quarter) {
  const word = WORD + quarter * 4;
  const row = (/** @type {number} */ n) => get(ROW + n);
  const half = (/** @type {number} */ n) => get(HALF + n);
  return [
    ...[0, 1, 2, 3].flatMap((lane) => set(ROW + lane, load(get(AT + lane), quarter * 16))),
    ...set(HALF, pick(row(0), row(1), [0, 4, 1, 5])),
    ...set(HALF + 1, pick(row(0), row(1), [2, 6, 3, 7])),
    ...set(HALF + 2, pick(row(2), row(3), [0, 4, 1, 5])),
    ...set(HALF + 3, pick(row(2), row(3), [2, 6, 3, 7])),
    ...set(word, pick(half(0), half(2), [0, 1, 4, 5])),
    ...set(word + 1, pick(half(0), half(2), [2, 3, 6, 7])),
    ...set(word + 2, pick(half(1), half(3), [0, 1, 4, 5])),
    ...set(word + 3, pick(half(1), half(3), [2, 3, 6, 7])),
  ];
}

/** @param {number} i From 0 to 63. */
function step(i) {
  const round = i >> 4;
  const chain = (/** @type {number} */ n) => CHAIN + ((n + 64 - i) % 4);
  const [b, c, d] = [get(chain(1)), get(chain(2)), get(chain(3))];
  const constant = all(Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))));
  const word = get(WORD + (WORD_OF_STEP[round]?.(i) ?? 0));
  const mixed = MIX[round]?.(b, c, d) ?? [];
  return [
    ...set(SCRATCH, add(add(add(get(chain(0)), constant), word), mixed)),
    ...set(chain(0), add(b, rotate(get(SCRATCH), SHIFTS[round]?.[i % 4] ?? 0))),
  ];
}

/** @returns {Uint8Array<ArrayBuffer>} The module. */
export function md5LanesCode() {
  const four = [0, 1, 2, 3];
  const sixtyFour = Array.from({ length: 64 }, (_, i) => i);
  const loop = [
    ...four.flatMap(loadWords),
    ...sixtyFour.flatMap(step),
    ...four.flatMap((n) => set(CHAIN + n, add(get(CHAIN + n), load(get(STATE), n * 16)))),
    ...four.flatMap((n) => store(get(STATE), n * 16, get(CHAIN + n))),
    ...four.flatMap((lane) => set(AT + lane, [...get(AT + lane), ...int(64), 0x6a])),
    ...set(COUNT, [...get(COUNT), ...int(1), 0x6b]),
  ];
  const body = [
    ...leb(1),
    ...leb(VECTORS),
    V128,
    ...four.flatMap((n) => set(CHAIN + n, load(get(STATE), n * 16))),
    // Until `count` is 0.
    ...[0x02, NOTHING, 0x03, NOTHING, ...get(COUNT), 0x45, 0x0d, 1, ...loop, 0x0c, 0, 0x0b, 0x0b],
    0x0b,
  ];
  const name = (/** @type {string} */ text) => [text.length, ...Buffer.from(text)];
  const section = (/** @type {number} */ id, /** @type {number[]} */ content) => [
    id,
    ...leb(content.length),
    ...content,
  ];
  return Uint8Array.from([
    ...Buffer.from("\0asm"),
    ...[1, 0, 0, 0],
    ...section(1, [1, 0x60, 6, I32, I32, I32, I32, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name("memory"), 2, 0, ...name("blocks"), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}
