import type { Stretch } from "./plan.ts";

/** Which bytes are there: disjoint stretches in order. */
export class IntervalSet {
  #stretches: Stretch[] = [];

  add(offset: number, bytes: number): void {
    if (bytes <= 0) return;
    let from = offset;
    let to = offset + bytes;
    const apart: Stretch[] = [];
    for (const each of this.#stretches) {
      const end = each.offset + each.bytes;
      if (end < from || each.offset > to) apart.push(each);
      else {
        from = Math.min(from, each.offset);
        to = Math.max(to, end);
      }
    }
    apart.push({ offset: from, bytes: to - from });
    this.#stretches = apart.sort((a, b) => a.offset - b.offset);
  }

  covers(offset: number, bytes: number): boolean {
    return bytes <= 0 || this.coveredFrom(offset) >= offset + bytes;
  }

  /** Where the stretch that holds `offset` ends; `offset` itself when that byte is not there. */
  coveredFrom(offset: number): number {
    const holder = this.#stretches.find((each) => each.offset <= offset && each.offset + each.bytes > offset);
    return holder ? holder.offset + holder.bytes : offset;
  }

  get totalBytes(): number {
    return this.#stretches.reduce((sum, each) => sum + each.bytes, 0);
  }

  /** Where the last stretch ends. */
  get endBytes(): number {
    const last = this.#stretches.at(-1);
    return last ? last.offset + last.bytes : 0;
  }

  /** The gaps of `[0, sizeBytes)`. */
  missing(sizeBytes: number): Stretch[] {
    const gaps: Stretch[] = [];
    let at = 0;
    for (const each of this.#stretches) {
      if (each.offset > at) gaps.push({ offset: at, bytes: Math.min(each.offset, sizeBytes) - at });
      at = each.offset + each.bytes;
    }
    if (at < sizeBytes) gaps.push({ offset: at, bytes: sizeBytes - at });
    return gaps.filter((gap) => gap.bytes > 0);
  }

  [Symbol.iterator](): Iterator<Stretch> {
    return this.#stretches[Symbol.iterator]();
  }
}
