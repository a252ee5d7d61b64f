import { SgmediaError } from "../shared/errors.ts";
import { formatBytes } from "../shared/units.ts";

export const MIB = 1024 * 1024;
/** Every part but the last must have this much (contract/rest.md 6.3). */
export const SMALLEST_PART_BYTES = 5 * MIB;
/** The largest part the site documents (contract/rest.md 6.3). */
export const LARGEST_PART_BYTES = 500 * MIB;
/** S3 takes 10,000 parts; the rest is room for error. */
const MOST_PARTS_AUTO = 9000;
export const MOST_PARTS = 10_000;
const USUAL_PART_BYTES = 16 * MIB;
const LARGEST_RANGE_BYTES = 64 * MIB;
const RANGES_AT_LEAST = 16;
/** S3 takes no more in one PUT. */
const LARGEST_SINGLE_BYTES = 5 * 1024 * MIB;

export interface UploadPlanSize {
  readonly multipart: boolean;
  readonly partSizeBytes: number;
  readonly partCount: number;
}

/** A stretch of a file: `[offset, offset + bytes)`. */
export interface Stretch {
  readonly offset: number;
  readonly bytes: number;
}

/** A numbered stretch, from 1. */
export interface Part extends Stretch {
  readonly number: number;
}

/** At least 16 MiB, whole MiB, few enough parts. */
export function choosePartSize(sizeBytes: number): number {
  return Math.max(USUAL_PART_BYTES, Math.ceil(sizeBytes / MOST_PARTS_AUTO / MIB) * MIB);
}

/**
 * Long enough that the wait for an answer hardly counts, enough of them for every connection. What came of a range is kept when it
 * breaks off, so that its length costs nothing.
 */
export function chooseRangeSize(sizeBytes: number): number {
  const many = Math.ceil(sizeBytes / RANGES_AT_LEAST / MIB) * MIB;
  return Math.min(LARGEST_RANGE_BYTES, Math.max(USUAL_PART_BYTES, many));
}

/**
 * One PUT up to 16 MiB, else parts; a given part size that is smaller than the file means parts too.
 * Throws E_USAGE for a part size that the storage will refuse at the end.
 */
export function planUpload(sizeBytes: number, partSizeBytes: number | null): UploadPlanSize {
  if (partSizeBytes === null) {
    if (sizeBytes <= USUAL_PART_BYTES) return { multipart: false, partSizeBytes: sizeBytes, partCount: 1 };
    return inParts(sizeBytes, choosePartSize(sizeBytes));
  }
  if (partSizeBytes >= sizeBytes && sizeBytes <= LARGEST_SINGLE_BYTES) {
    return { multipart: false, partSizeBytes: sizeBytes, partCount: 1 };
  }
  if (partSizeBytes < SMALLEST_PART_BYTES) {
    throw refusedPartSize(partSizeBytes, `The storage takes no part under 5 MiB but the last.`, "5MiB");
  }
  if (partSizeBytes > LARGEST_PART_BYTES) {
    throw refusedPartSize(partSizeBytes, `The site takes no part above 500 MiB.`, "500MiB");
  }
  if (Math.ceil(sizeBytes / partSizeBytes) > MOST_PARTS) {
    const least = `${choosePartSize(sizeBytes) / MIB}MiB`;
    throw refusedPartSize(
      partSizeBytes,
      `A file of ${formatBytes(sizeBytes)} has more than 10,000 such parts.`,
      least,
    );
  }
  return inParts(sizeBytes, partSizeBytes);
}

/** The parts of a size, in order: they tile it exactly. */
export function tileParts(sizeBytes: number, partSizeBytes: number): Part[] {
  return Array.from({ length: Math.ceil(sizeBytes / partSizeBytes) }, (_, index) => {
    const offset = index * partSizeBytes;
    return { number: index + 1, offset, bytes: Math.min(partSizeBytes, sizeBytes - offset) };
  });
}

/** Cuts stretches so that none is longer than `mostBytes`. */
export function cutStretches(stretches: readonly Stretch[], mostBytes: number): Stretch[] {
  return stretches.flatMap(({ offset, bytes }) =>
    tileParts(bytes, mostBytes).map((piece) => ({ offset: offset + piece.offset, bytes: piece.bytes })),
  );
}

/**
 * Part sizes for a stream whose length nobody knows: small at first, since parts are kept in memory, larger later so
 * that 10,000 of them hold about 480 GB.
 */
export function streamPartSize(partNumber: number): number {
  if (partNumber <= 1000) return 8 * MIB;
  if (partNumber <= 2000) return 16 * MIB;
  if (partNumber <= 4000) return 32 * MIB;
  return 64 * MIB;
}

function inParts(sizeBytes: number, partSizeBytes: number): UploadPlanSize {
  return { multipart: true, partSizeBytes, partCount: Math.ceil(sizeBytes / partSizeBytes) };
}

function refusedPartSize(partSizeBytes: number, why: string, instead: string): SgmediaError {
  return new SgmediaError("E_USAGE", `A part size of ${formatBytes(partSizeBytes)} will not do.`, {
    why,
    fix: `Leave --part-size out, or give --part-size ${instead}.`,
  });
}
