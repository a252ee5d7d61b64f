import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LANES, Md5Lanes } from "../../src/transfer/md5-lanes.js";

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

/** A stretch whose source gives at most so much at once. */
const stretch = (bytes: Buffer, atMost: number, says = bytes.length) => ({
  bytes: says,
  read: (into: Uint8Array, at: number): number =>
    bytes.copy(into, 0, at, Math.min(bytes.length, at + into.length, at + atMost)),
});

describe("MD5 side by side", () => {
  const lanes = new Md5Lanes();
  const edges = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 131_063, 131_064, 131_072, 131_073, 262_144];

  it("is MD5, whatever the lengths and however the bytes come", () => {
    const length = fc.oneof(fc.constantFrom(...edges), fc.nat(400_000));
    const lengths = fc.array(length, { minLength: 1, maxLength: LANES });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1000, max: 200_000 }), (sizes, atMost) => {
        const all = sizes.map((size) => randomBytes(size));
        expect(lanes.digest(all.map((each) => stretch(each, atMost)))).toEqual(all.map(md5));
      }),
      { numRuns: 60 },
    );
  });

  it("gives null for a source that ends too early, and the others what is theirs", () => {
    const [short, whole] = [randomBytes(200_000), randomBytes(300_000)];
    expect(lanes.digest([stretch(short, 1e9, 200_001), stretch(whole, 1e9)])).toEqual([null, md5(whole)]);
  });

  it("passes on what reading throws, and is as new after it", () => {
    const broken = {
      bytes: 10,
      read: (): number => {
        throw new Error("EIO");
      },
    };
    expect(() => lanes.digest([broken])).toThrow("EIO");
    const bytes = randomBytes(1000);
    expect(lanes.digest([stretch(bytes, 1e9)])).toEqual([md5(bytes)]);
  });
});
