import { COOKIE, type Cookie, readCookie, toPrintf } from "./cookie.ts";
import { frameError } from "./frame-error.ts";
import { countFrames, countRun, type FrameRange, formatRange, spanOf } from "./frame-range.ts";
import { parseRvRange, parseRvSequence, type RvSequence } from "./rv-sequence.ts";

/** Most frames that a range may name: eleven days at 24 frames a second are under it by far. */
const MOST_FRAMES = 10_000_000;

/** A sequence's name, read without RV's traps. */
export interface SequenceText {
  /** The path up to the frame number, and after it; stereo `%V` and `%v` kept. */
  readonly prefix: string;
  readonly suffix: string;
  readonly cookie: Cookie;
  /** `##`, `###`, `#####`: RV reads 4 wide, others read one digit each; only the disk can say. */
  readonly widthInDoubt: boolean;
  /** The frames that the text names; null: whatever is on disk. */
  readonly range: {
    readonly runs: FrameRange;
    readonly text: string;
    readonly first: number;
    readonly last: number;
    readonly count: number;
  } | null;
  /** The printf spelling without the range: `/mnt/x/shot.%04d.exr`. */
  readonly pattern: string;
  readonly warnings: readonly string[];
}

/** Whether a text is written as a sequence: a cookie in its last part that no arithmetic follows. `foo@2x.png` is none. */
export function isSequenceText(text: string): boolean {
  const sequence = parseRvSequence(lastPart(text));
  return sequence !== undefined && !hasArithmetic(sequence);
}

/**
 * Reads a sequence's name with the rules of contract/rv-paths.md 7: what RV reads in a way that nobody means is refused with
 * E_FRAMES and what to type instead.
 */
export function readSequence(text: string): SequenceText {
  const at = text.length - lastPart(text).length;
  const [folder, name] = [text.slice(0, at), text.slice(at)];
  refuseFolderCookie(text, folder);
  const sequence = parseRvSequence(name);
  if (!sequence) {
    throw frameError(
      `"${text}" names no sequence.`,
      "No #, @ or %04d stands for the frame number.",
      "For example shot.%04d.exr",
    );
  }
  const { cookieText, cookieAt } = sequence;
  const prefix = folder + sequence.pattern.slice(0, cookieAt);
  const suffix = sequence.pattern.slice(cookieAt + cookieText.length);
  const cookie = soundCookie(text, cookieText, `${prefix}%04d${suffix}`);
  const pattern = `${prefix}${toPrintf(cookie)}${suffix}`;
  refuseSecondCookie(text, suffix, prefix);
  if (hasArithmetic(sequence)) {
    throw frameError(
      `"${text}": RV counts with what follows "${cookieText}".`,
      "A digit, a sign or an x there is arithmetic to RV.",
      "Put a dot or an underscore after the frame number, or name a file that is there.",
    );
  }
  refuseLostRange(text, prefix, cookieText + suffix);
  const range =
    sequence.rangeText === null ? null : soundRange(text, sequence.rangeText, prefix, cookieText + suffix);
  const spaces =
    cookie.fill === "space" ? [`${cookieText} pads with blanks; %0${cookie.width}d pads with zeros.`] : [];
  return {
    prefix,
    suffix,
    cookie,
    widthInDoubt: /^#+$/.test(cookieText) && cookieText.length !== 1 && cookieText.length !== 4,
    range,
    pattern,
    warnings: spaces,
  };
}

/** Windows paths are parted by backslashes as well: what stands after the last separator of either kind. */
function lastPart(text: string): string {
  const windows = /^(?:[A-Za-z]:|\\\\)/.test(text);
  return text.split(windows ? /[\\/]/ : "/").at(-1) ?? text;
}

function hasArithmetic({ pattern, cookieAt, cookieText }: RvSequence): boolean {
  return /^(?:[+-]?\d|x\d)/.test(pattern.slice(cookieAt + cookieText.length));
}

function refuseFolderCookie(text: string, folder: string): void {
  const cookie = COOKIE.exec(folder)?.[0];
  if (cookie === undefined) return;
  throw frameError(
    `"${text}" has "${cookie}" in a folder's name.`,
    "RV takes the leftmost one for the frame number, so it would look for frames in other folders.",
    "Rename the folder, or put the frame number in the file's name only.",
  );
}

function soundCookie(text: string, cookieText: string, instead: string): Cookie {
  const cookie = readCookie(cookieText);
  if (!cookie || cookie.plus) {
    throw frameError(
      `"${text}": "${cookieText}" cannot stand for a frame number.`,
      "RV does not find files by it.",
      `Type ${instead}`,
    );
  }
  if (/#@|@#/.test(cookieText)) {
    throw frameError(`"${text}" mixes # and @.`, "RV puts the frame in twice.", `Type ${instead}`);
  }
  return cookie;
}

function refuseSecondCookie(text: string, suffix: string, prefix: string): void {
  const second = COOKIE.exec(suffix)?.[0];
  if (second === undefined) return;
  throw frameError(
    `"${text}" has two places for the frame number.`,
    "RV puts the same frame into both.",
    `Keep one, for example ${prefix}%04d${suffix.replace(second, "0001")}`,
  );
}

function refuseLostRange(text: string, prefix: string, rest: string): void {
  const lost = /(\d+-\d+(?:x\d+)?)\s+$/.exec(prefix);
  if (!lost) return;
  throw frameError(
    `"${text}" has a blank between the range and the frame number.`,
    "RV does not see the range then.",
    `Type ${prefix.trimEnd()}${rest}`,
  );
}

function soundRange(
  text: string,
  rangeText: string,
  prefix: string,
  rest: string,
): NonNullable<SequenceText["range"]> {
  const before = lastPart(prefix).at(-1) ?? "";
  const apart = `${prefix.replace(/[-\s]+$/, "")}.${rangeText.replace(/^-/, "")}${rest}`;
  const signed = rangeText.startsWith("-") && !/^[._]?$/.test(before);
  const version = /^\d+$/.test(rangeText) && /(?:^|[._-])v$/i.test(lastPart(prefix));
  if (signed || version || !/^[._\p{L}]?$/u.test(before)) {
    const why = signed
      ? `RV takes the minus before it for a sign and reads the frames ${rangeText}.`
      : version
        ? `RV takes the version's number for the frame ${Number(rangeText)}.`
        : `What stands before it, "${before}", is neither a dot nor an underscore.`;
    const fix = version ? `Type ${prefix}${rangeText}.${rest}, or a range after a dot.` : `Type ${apart}`;
    throw frameError(`"${text}": where the range begins is not clear.`, why, fix);
  }
  for (const segment of rangeText.split(",")) checkSegment(text, segment);
  const runs = parseRvRange(rangeText);
  const span = runs === null || runs === "endless" ? undefined : spanOf(runs);
  if (runs === null || runs === "endless" || !span || Math.abs(span.last) >= 2147483647) {
    throw frameError(
      `"${text}": "${rangeText}" is no frame range.`,
      null,
      "For example 1001-1100, 1-99x2 or 1,5,9-12",
    );
  }
  if (runs.reduce((sum, run) => sum + countRun(run), 0) > MOST_FRAMES) {
    throw frameError(`"${text}" names more than ${MOST_FRAMES} frames.`, null, "Check the range's ends.");
  }
  return { runs, text: formatRange(runs), ...span, count: countFrames(runs) };
}

function checkSegment(text: string, segment: string): void {
  const match = /^(-?\d+)(?:-(-?\d+))?(?:x(-?\d+))?$/.exec(segment);
  if (!match) {
    throw frameError(
      `"${text}": "${segment}" is no frame range.`,
      null,
      "For example 1001-1100, 1-99x2 or 1,5,9-12",
    );
  }
  const [first, last, step] = [Number(match[1]), Number(match[2] ?? match[1]), Number(match[3] ?? 1)];
  if (last < first) {
    throw frameError(
      `"${text}": the range ${segment} runs backwards.`,
      "RV reads no frame at all from it.",
      `Type ${last}-${first}${match[3] ? `x${match[3]}` : ""}`,
    );
  }
  if (step < 1) {
    const why = step === 0 ? "With a step of 0 RV never comes to an end." : "RV reads a negative step as 1.";
    throw frameError(
      `"${text}": the step of ${segment} is ${step}.`,
      why,
      `Type ${first}-${last}, or a step above 0.`,
    );
  }
}
