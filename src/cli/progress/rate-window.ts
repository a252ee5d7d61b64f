const WINDOW_MS = 10_000;
const SAMPLE_EVERY_MS = 200;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** Bytes a second over the last ten seconds. Samples are spaced, so that a busy transfer costs no more than a slow one. */
export class RateWindow {
  private samples: Sample[] = [];

  /** `bytes` is the whole so far. After a fall (a part is sent again) what was gained in vain no longer counts. */
  add(bytes: number, atMs: number): void {
    while ((this.samples.at(-1)?.bytes ?? 0) > bytes) this.samples.pop();
    const last = this.samples.at(-1);
    if (last && atMs - last.atMs < SAMPLE_EVERY_MS && this.samples.length > 1) {
      this.samples[this.samples.length - 1] = { atMs: last.atMs, bytes };
      return;
    }
    this.samples.push({ atMs, bytes });
    const oldest = atMs - WINDOW_MS;
    while (this.samples.length > 2 && (this.samples[1] as Sample).atMs <= oldest) this.samples.shift();
  }

  /** Null until there is something to tell from; falls to 0 when nothing moves any more. */
  bytesPerSecond(nowMs: number): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last) return null;
    const elapsedMs = nowMs - first.atMs;
    if (elapsedMs < 500) return null;
    if (nowMs - last.atMs > WINDOW_MS) return 0;
    return ((last.bytes - first.bytes) * 1000) / elapsedMs;
  }
}
