import { mayBeFrame } from "./extensions.ts";

/** One file of a sequence: its name taken apart around the frame number. */
export interface FrameName {
  readonly prefix: string;
  /** With its minus sign, if it has one. */
  readonly digits: string;
  readonly suffix: string;
}

/**
 * The frame number in a file's name: the digits right before the extension, or in its place, or between two dots. A version's
 * number (`_v003.exr`) is none, nor is a run of more than nine digits; a minus counts as a sign after a dot, an underscore or at the
 * beginning (contract/rv-paths.md 2 and 5). Undefined where there is none.
 */
export function readFrameName(name: string): FrameName | undefined {
  if (name.startsWith(".") || !mayBeFrame(name)) return undefined;
  const match =
    /^(?<prefix>.*?)(?<digits>\d+)$/s.exec(name) ??
    /^(?<prefix>.*?)(?<digits>\d+)(?<suffix>\.[^.]+)$/s.exec(name) ??
    /^(?<prefix>.*\.)(?<digits>-?\d+)(?<suffix>\..*)$/s.exec(name);
  const { prefix = "", digits = "", suffix = "" } = match?.groups ?? {};
  if (digits === "" || digits.replace("-", "").length > 9 || /(?:^|[._-])v$/i.test(prefix)) return undefined;
  const signed = /(?:^|[._])-$/.test(prefix);
  return signed ? { prefix: prefix.slice(0, -1), digits: `-${digits}`, suffix } : { prefix, digits, suffix };
}

/** Frames of one width: `padding` 0 where the numbers are not filled with zeros to one width. */
export interface FrameGroup {
  readonly prefix: string;
  readonly suffix: string;
  readonly padding: number;
  /** Ascending, each once. */
  readonly frames: readonly number[];
}

/**
 * Files that share all but the number, as sequences. Numbers with zeros in front say how wide they are; the others join the widest of
 * those that they fill, or are a sequence of their own: of their common width, or of none where it is uneven.
 */
export function groupByWidth(prefix: string, suffix: string, digits: readonly string[]): FrameGroup[] {
  const widths = [...new Set(digits.filter(hasLeadingZero).map((each) => each.length))].sort((a, b) => b - a);
  const byWidth = new Map<number, string[]>();
  for (const each of digits) {
    const width = hasLeadingZero(each) ? each.length : (widths.find((one) => one <= each.length) ?? 0);
    const members = byWidth.get(width);
    if (members) members.push(each);
    else byWidth.set(width, [each]);
  }
  return [...byWidth].map(([width, members]) => {
    const lengths = new Set(members.map((each) => each.length));
    const even = lengths.size === 1 ? ([...lengths][0] ?? 0) : 0;
    const frames = [...new Set(members.map(Number))].sort((a, b) => a - b);
    return { prefix, suffix, padding: width > 0 ? width : even > 1 ? even : 0, frames };
  });
}

function hasLeadingZero(digits: string): boolean {
  return /^-?0\d/.test(digits);
}
