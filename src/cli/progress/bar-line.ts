import { printableLine } from "../output/printable.ts";
import { itemText, totalText } from "./progress-text.ts";
import type { ItemModel, TotalModel } from "./transfer-model.ts";

/** How a bar is drawn: what is accepted, what is under way, what is to come. */
export interface BarStyle {
  readonly accepted: string;
  readonly inFlight: string;
  readonly rest: string;
}
export const UNICODE_BAR: BarStyle = { accepted: "█", inFlight: "▒", rest: "░" };
export const ASCII_BAR: BarStyle = { accepted: "#", inFlight: "+", rest: "-" };

const MOST_LABEL = 24;
const BAR_WIDTH = 24;

export function itemLine(item: ItemModel, nowMs: number, width: number, style: BarStyle): string {
  const bar = barOf(item.acceptedBytes, item.movedBytes, item.sizeBytes, style);
  return fitLine(`${labelOf(item.label, width)} ${bar}${itemText(item, nowMs)}`, width);
}

export function totalLine(total: TotalModel, nowMs: number, width: number, style: BarStyle): string {
  const bar = barOf(total.acceptedBytes, total.acceptedBytes, total.expectedBytes, style);
  return fitLine(`${labelOf("total", width)} ${bar}${totalText(total, nowMs)}`, width);
}

/** A wait without a size, where bars are about. */
export function stepLine(text: string, elapsedMs: number, width: number): string {
  return fitLine(`${printableLine(text)} (${Math.floor(elapsedMs / 1000)} s)`, width);
}

/** Empty where the size is not known: a bar would promise something. */
function barOf(accepted: number, moved: number, size: number | null, style: BarStyle): string {
  if (size === null || size <= 0) return "";
  const cells = (bytes: number) => Math.min(BAR_WIDTH, Math.floor((bytes / size) * BAR_WIDTH));
  const full = cells(accepted);
  const moving = Math.max(0, cells(moved) - full);
  return `${style.accepted.repeat(full)}${style.inFlight.repeat(moving)}${style.rest.repeat(BAR_WIDTH - full - moving)} `;
}

function labelOf(label: string, width: number): string {
  const room = Math.max(8, Math.min(MOST_LABEL, Math.floor(width / 3)));
  const letters = [...printableLine(label)];
  if (letters.length <= room) return letters.join("").padEnd(room);
  // The end of a file's name tells more than its middle: version and extension.
  const tail = Math.floor(room / 2);
  return `${letters.slice(0, room - tail - 1).join("")}…${letters.slice(-tail).join("")}`;
}

function fitLine(line: string, width: number): string {
  const letters = [...line];
  return letters.length <= width ? line : letters.slice(0, Math.max(1, width - 1)).join("");
}
