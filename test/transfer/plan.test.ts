import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compositeEtag, etagKind, inferPartSizes, plainEtag } from "../../src/transfer/etag.ts";
import { IntervalSet } from "../../src/transfer/interval-set.ts";
import {
  choosePartSize,
  cutStretches,
  planUpload,
  streamPartSize,
  tileParts,
} from "../../src/transfer/plan.ts";
import { composite, md5 } from "./fake-storage.ts";

const MIB = 1024 * 1024;
/** Up to what 10,000 parts of 500 MiB hold. */
const anySize = fc.oneof(
  fc.integer({ min: 1, max: 200 * MIB }),
  fc.integer({ min: 1, max: 9000 * 500 * MIB }),
);

describe("parts", () => {
  it("tile any size exactly, in few enough parts of whole MiB that the storage takes", () => {
    fc.assert(
      fc.property(anySize, (sizeBytes) => {
        const plan = planUpload(sizeBytes, null);
        const parts = tileParts(sizeBytes, plan.partSizeBytes);
        expect(parts.length).toBe(plan.partCount);
        expect(parts.length).toBeLessThanOrEqual(9000);
        expect(plan.multipart).toBe(sizeBytes > 16 * MIB);
        let at = 0;
        for (const [index, part] of parts.entries()) {
          if (part.number !== index + 1 || part.offset !== at || part.bytes < 1)
            throw new Error(`part ${part.number}`);
          at += part.bytes;
        }
        expect(at).toBe(sizeBytes);
        if (!plan.multipart) return;
        expect(plan.partSizeBytes % MIB).toBe(0);
        expect(plan.partSizeBytes).toBeGreaterThanOrEqual(16 * MIB);
        expect(plan.partSizeBytes).toBeLessThanOrEqual(500 * MIB);
      }),
      { numRuns: 200 },
    );
  });

  it("of a given size are taken as given, or refused with a size that will do", () => {
    fc.assert(
      fc.property(anySize, fc.integer({ min: 1, max: 600 * MIB }), (sizeBytes, partSizeBytes) => {
        let plan: ReturnType<typeof planUpload>;
        try {
          plan = planUpload(sizeBytes, partSizeBytes);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: "E_USAGE" });
          expect((thrown as { fix: string }).fix).toMatch(/--part-size \d+MiB/);
          return;
        }
        if (plan.multipart)
          expect(plan).toMatchObject({ partSizeBytes, partCount: Math.ceil(sizeBytes / partSizeBytes) });
        else expect(partSizeBytes).toBeGreaterThanOrEqual(sizeBytes);
      }),
    );
  });

  it("of a stream hold hundreds of gigabytes in 10,000", () => {
    let total = 0;
    for (let number = 1; number <= 10_000; number += 1) total += streamPartSize(number);
    expect(total).toBeGreaterThan(400 * 1024 * MIB);
  });
});

describe("stretches", () => {
  const stretch = fc.record({ offset: fc.nat(500), bytes: fc.integer({ min: 1, max: 100 }) });

  it("what is held and what is missing tile the whole, however the pieces came", () => {
    fc.assert(
      fc.property(fc.array(stretch), fc.integer({ min: 1, max: 700 }), (pieces, sizeBytes) => {
        const held = new IntervalSet();
        const truth = new Array<boolean>(700).fill(false);
        for (const { offset, bytes } of pieces) {
          held.add(offset, bytes);
          truth.fill(true, offset, offset + bytes);
        }
        expect(held.totalBytes).toBe(truth.filter(Boolean).length);
        const missing = new Array<boolean>(sizeBytes).fill(false);
        for (const { offset, bytes } of cutStretches(held.missing(sizeBytes), 37)) {
          expect(bytes).toBeLessThanOrEqual(37);
          for (let at = offset; at < offset + bytes; at += 1) {
            expect(missing[at]).toBe(false);
            missing[at] = true;
          }
        }
        expect(missing).toEqual(truth.slice(0, sizeBytes).map((there) => !there));
        for (let at = 0; at < sizeBytes; at += 13) expect(held.covers(at, 1)).toBe(truth[at]);
      }),
    );
  });
});

describe("checksums", () => {
  it("a composite equals the reference", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 2000 }),
        fc.integer({ min: 1, max: 700 }),
        (data, partSize) => {
          const bytes = Buffer.from(data);
          const md5s = tileParts(bytes.length, partSize).map((part) =>
            md5(bytes.subarray(part.offset, part.offset + part.bytes)),
          );
          expect(compositeEtag(md5s)).toBe(composite(bytes, partSize));
        },
      ),
    );
  });

  it("every inferred part size gives the number of parts; those in use are among them, the usual first", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6 * MIB, max: 4000 * MIB }),
        fc.constantFrom(16 * MIB, 20_000_000, 5 * MIB, 8 * MIB),
        (sizeBytes, partSize) => {
          const parts = Math.ceil(sizeBytes / partSize);
          const sizes = inferPartSizes(sizeBytes, parts);
          for (const size of sizes) expect(Math.ceil(sizeBytes / size)).toBe(parts);
          expect(parts === 1 || sizes.includes(partSize)).toBe(true);
          if (parts > 1 && partSize === 16 * MIB) expect(sizes[0]).toBe(choosePartSize(sizeBytes));
        },
      ),
    );
  });

  it("ETags are told apart", () => {
    const hex = "0123456789abcdef0123456789ABCDEF";
    expect(plainEtag(`"${hex}"`)).toBe(hex);
    expect(plainEtag(`W/"${hex}"`)).toBe(hex);
    expect(plainEtag('""')).toBeNull();
    expect(plainEtag(undefined)).toBeNull();
    expect(etagKind(hex)).toEqual({ kind: "md5", md5: hex.toLowerCase() });
    expect(etagKind(`${hex}-12`)).toEqual({ kind: "composite", etag: `${hex}-12`.toLowerCase(), parts: 12 });
    for (const odd of [null, `${hex}0`, `${hex}-0`, `${hex}-10001`, "abc"])
      expect(etagKind(odd).kind).toBe("opaque");
  });
});
