import { formatBytes, formatDurationMs } from "../../shared/units.ts";
import { printableLine } from "../output/printable.ts";
import type { ItemModel, TotalModel } from "./transfer-model.ts";

/** `45% of 2.70 GB, 112 MB/s, 14 s left`. */
export function itemText(item: ItemModel, nowMs: number): string {
  return [
    amountText(item.acceptedBytes, item.sizeBytes),
    ...motionText(item.bytesPerSecond(nowMs), item.secondsLeft(nowMs)),
    ...(item.phase === null ? [] : [printableLine(item.phase)]),
  ].join(", ");
}

/** `3 of 12 files, 45% of 2.70 GB, 112 MB/s, 14 s left`. */
export function totalText(total: TotalModel, nowMs: number): string {
  return [
    `${total.doneItems} of ${total.totalItems} files`,
    ...(total.failedItems > 0 ? [`${total.failedItems} failed`] : []),
    amountText(total.acceptedBytes, total.expectedBytes),
    ...motionText(total.bytesPerSecond(nowMs), total.secondsLeft(nowMs)),
  ].join(", ");
}

function amountText(acceptedBytes: number, sizeBytes: number | null): string {
  if (sizeBytes === null || sizeBytes === 0) return formatBytes(acceptedBytes);
  return `${percentOf(acceptedBytes, sizeBytes)}% of ${formatBytes(sizeBytes)}`;
}

/** A note about one file, with its name in front where it does not say it itself. */
export function noteText(label: string, text: string): string {
  return text.includes(label) ? text : `${label}: ${text}`;
}

/** Rounded down: 100 means all of it. */
function percentOf(bytes: number, sizeBytes: number): number {
  return sizeBytes <= 0 ? 100 : Math.min(100, Math.floor((bytes / sizeBytes) * 100));
}

function leftText(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : formatDurationMs(seconds * 1000);
}

function motionText(rate: number | null, secondsLeft: number | null): string[] {
  if (rate === null) return [];
  return [
    `${formatBytes(rate)}/s`,
    ...(secondsLeft === null ? [] : [`${leftText(Math.ceil(secondsLeft))} left`]),
  ];
}
