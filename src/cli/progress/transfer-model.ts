import { RateWindow } from "./rate-window.ts";
import type { TransferEvent } from "./types.ts";

/** One file on its way, as far as its events have told. Pure: time is handed in. */
export class ItemModel {
  readonly number: number;
  readonly label: string;
  readonly startedAtMs: number;
  sizeBytes: number | null;
  /** What the storage (or the file, downloading) holds for certain. */
  acceptedBytes = 0;
  /** Handed to the network and not yet accepted. */
  inFlightBytes = 0;
  resumedBytes = 0;
  /** What it is doing beside moving bytes: waiting to try again, reading back. Null: moving bytes. */
  phase: string | null = null;
  ended: "done" | "failed" | null = null;
  private readonly rate = new RateWindow();

  constructor(number: number, label: string, sizeBytes: number | null, nowMs: number) {
    this.number = number;
    this.label = label;
    this.sizeBytes = sizeBytes;
    this.startedAtMs = nowMs;
    this.rate.add(0, nowMs);
  }

  apply(event: TransferEvent, nowMs: number): void {
    switch (event.kind) {
      case "opened":
        this.sizeBytes = event.sizeBytes ?? this.sizeBytes;
        return;
      case "resumed":
        this.resumedBytes = event.acceptedBytes;
        this.acceptedBytes = Math.max(this.acceptedBytes, event.acceptedBytes);
        break;
      case "accepted":
        this.acceptedBytes = event.acceptedBytes;
        this.phase = null;
        break;
      case "sent":
        this.inFlightBytes = event.sentBytes;
        break;
      case "retry":
        this.phase = retryText(event);
        return;
      case "note":
        this.phase = event.text;
        return;
    }
    this.rate.add(Math.max(0, this.movedBytes - this.resumedBytes), nowMs);
  }

  /** Bytes that have left, accepted or not: what the rate is taken from, since parts are accepted in leaps. */
  get movedBytes(): number {
    const moved = this.acceptedBytes + this.inFlightBytes;
    return this.sizeBytes === null ? moved : Math.min(moved, this.sizeBytes);
  }

  bytesPerSecond(nowMs: number): number | null {
    return this.rate.bytesPerSecond(nowMs);
  }

  /** Null where size or rate are not known, or nothing moves. */
  secondsLeft(nowMs: number): number | null {
    return secondsFor(
      this.sizeBytes === null ? null : this.sizeBytes - this.movedBytes,
      this.bytesPerSecond(nowMs),
    );
  }
}

export function retryText(event: Extract<TransferEvent, { kind: "retry" }>): string {
  const delay = event.delayMs < 1000 ? "" : ` in ${Math.round(event.delayMs / 1000)} s`;
  return `${event.what} again${delay}: ${event.why}`;
}

/** All files of one command together. */
export class TotalModel {
  expectedItems: number | null = null;
  expectedBytes: number | null = null;
  doneItems = 0;
  failedItems = 0;
  private endedBytes = 0;
  private endedMoved = 0;
  private readonly active = new Set<ItemModel>();
  private readonly rate = new RateWindow();
  private count = 0;

  start(label: string, sizeBytes: number | null, nowMs: number): ItemModel {
    this.count += 1;
    const item = new ItemModel(this.count, label, sizeBytes, nowMs);
    this.active.add(item);
    return item;
  }

  end(item: ItemModel, how: "done" | "failed"): void {
    if (item.ended) return;
    item.ended = how;
    this.active.delete(item);
    this.endedBytes += how === "done" ? (item.sizeBytes ?? item.acceptedBytes) : item.acceptedBytes;
    this.endedMoved += item.movedBytes - item.resumedBytes;
    if (how === "done") this.doneItems += 1;
    else this.failedItems += 1;
  }

  get items(): ReadonlySet<ItemModel> {
    return this.active;
  }

  get startedItems(): number {
    return this.count;
  }

  get totalItems(): number {
    return Math.max(this.expectedItems ?? 0, this.count);
  }

  get acceptedBytes(): number {
    let bytes = this.endedBytes;
    for (const item of this.active) bytes += item.acceptedBytes;
    return bytes;
  }

  /** Taken once a drawing, not once an event. */
  bytesPerSecond(nowMs: number): number | null {
    let moved = this.endedMoved;
    for (const item of this.active) moved += item.movedBytes - item.resumedBytes;
    this.rate.add(Math.max(0, moved), nowMs);
    return this.rate.bytesPerSecond(nowMs);
  }

  secondsLeft(nowMs: number): number | null {
    const left = this.expectedBytes === null ? null : this.expectedBytes - this.acceptedBytes;
    return secondsFor(left, this.bytesPerSecond(nowMs));
  }
}

function secondsFor(bytes: number | null, rate: number | null): number | null {
  if (bytes === null || rate === null || rate <= 0) return null;
  return Math.max(0, bytes) / rate;
}
