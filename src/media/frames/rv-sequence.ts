import { COOKIE, formatFrame, readCookie } from "./cookie.ts";
import { countFrames, type FrameRange, type FrameRun, framesOf, runOf } from "./frame-range.ts";

/**
 * One segment before the cookie as RV takes it: a minus in front only where no digit stands before it, digits, up to two minus signs,
 * digits, a step. It is the longest such run that reaches the cookie, which is where its traps come from.
 */
const SEGMENT = String.raw`\d*-?-?\d+(?:x-?\d+)?`;
const TIMED = new RegExp(
  String.raw`(?<range>(?:(?<!\d)-)?${SEGMENT}(?:,-?${SEGMENT})*)?(?<cookie>${COOKIE.source})`,
);
/** RV takes a first number of this size for "not a sequence". */
const NO_FRAME = 2147483647;

/** What RV reads a name as (contract/rv-paths.md 2 and 3), its traps included. */
export interface RvSequence {
  /** The text of the range before the cookie; null where there is none. */
  readonly rangeText: string | null;
  /** The name without the range. */
  readonly pattern: string;
  /** The frames that the range names, empty for `10-1`; null: whatever is on disk. */
  readonly frames: FrameRange | null;
  /** A step of 0, which RV counts through for ever. */
  readonly endless: boolean;
  /** Where the cookie stands in `pattern`, and its text. */
  readonly cookieAt: number;
  readonly cookieText: string;
}

/** A name as RV reads it; undefined where it has no cookie, which makes it one file or a movie. */
export function parseRvSequence(text: string): RvSequence | undefined {
  const match = TIMED.exec(text);
  const cookieText = match?.groups?.["cookie"];
  if (!match || cookieText === undefined) return undefined;
  const rangeText = match.groups?.["range"] ?? null;
  const pattern = text.slice(0, match.index) + text.slice(match.index + (rangeText?.length ?? 0));
  const parsed = rangeText === null ? null : parseRvRange(rangeText);
  return {
    rangeText,
    pattern,
    frames: parsed === "endless" ? [] : parsed,
    endless: parsed === "endless",
    cookieAt: match.index,
    cookieText,
  };
}

/**
 * A range's frames as RV reads it: no descending ones, a negative step is 1, an end is only reached by the step. Null for what is no
 * range; "endless" for a step of 0.
 */
export function parseRvRange(text: string): FrameRange | null | "endless" {
  const runs: FrameRun[] = [];
  for (const segment of text.split(",")) {
    const match = /^(-?\d+)-?(-*\d+)?(?:x(-?\d+))?$/.exec(segment);
    if (!match) return null;
    const first = Number(match[1]);
    if (Math.abs(first) >= NO_FRAME) return null;
    const last = match[2] === undefined ? first : Number(match[2].replace(/^-+/, "-"));
    const step = match[3] === undefined || match[3].startsWith("-") ? 1 : Number(match[3]);
    if (step === 0) return "endless";
    if (last >= first) runs.push(runOf(first, last, step));
  }
  return runs;
}

export function countRvFrames(sequence: RvSequence): number | null {
  return sequence.frames === null ? null : countFrames(sequence.frames);
}

/** The name of one frame as RV builds it: every cookie replaced, with RV's arithmetic after it (`#+10`, `@2`, `#x2`). */
export function rvFrameName(pattern: string, frame: number): string {
  const counted = new RegExp(String.raw`(${COOKIE.source})([+-]?\d+)?(?:x(\d+))?`, "g");
  return pattern.replace(counted, (all, text: string, plus?: string, times?: string) => {
    const cookie = readCookie(text);
    return cookie ? formatFrame(cookie, (frame + Number(plus ?? 0)) * Number(times ?? 1)) : all;
  });
}

/** The first file that RV opens for a name with a range; undefined where the range is empty or missing. */
export function firstRvFile(sequence: RvSequence): string | undefined {
  if (sequence.frames === null) return undefined;
  for (const frame of framesOf(sequence.frames)) return rvFrameName(sequence.pattern, frame);
  return undefined;
}
