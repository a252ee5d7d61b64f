/** The part of a name that stands for the frame number: `#`, `@@@`, `%04d` (contract/rv-paths.md 2). */
export interface Cookie {
  /** As written. */
  readonly text: string;
  /** Characters that a frame number has at least, its minus sign counted; 0 for none. */
  readonly width: number;
  readonly fill: "zero" | "space";
  /** A plus before numbers that are not negative (`%+04d`). */
  readonly plus: boolean;
}

export const COOKIE = /[#@]+|%[-+ 0-9]*[di]/;

/** The cookie that a text is; RV never substitutes `%-4d` and `% 4d`, so that they are none: undefined. */
export function readCookie(text: string): Cookie | undefined {
  if (/^#+$/.test(text)) return { text, width: 4, fill: "zero", plus: false };
  if (/^@+$/.test(text)) return { text, width: zeroWidth(text.length), fill: "zero", plus: false };
  const printf = /^%(\+?)(0?)(\d*)[di]$/.exec(text);
  if (!printf) return undefined;
  const width = zeroWidth(Number(printf[3] || 0));
  return { text, width, fill: printf[2] || width === 0 ? "zero" : "space", plus: printf[1] === "+" };
}

/** The cookie for frames that are zero-filled to a width; 0 and 1 are no padding. */
export function zeroCookie(width: number): Cookie {
  const text = zeroWidth(width) === 0 ? "%d" : `%0${width}d`;
  return { text, width: zeroWidth(width), fill: "zero", plus: false };
}

function zeroWidth(width: number): number {
  return width <= 1 ? 0 : width;
}

/** A frame number as it stands in a file's name. The sign counts into the width: 4 wide, -7 is `-007`. */
export function formatFrame(cookie: Cookie, frame: number): string {
  const sign = frame < 0 ? "-" : cookie.plus ? "+" : "";
  const digits = String(Math.abs(frame));
  if (cookie.fill === "space") return `${sign}${digits}`.padStart(cookie.width, " ");
  return `${sign}${digits.padStart(cookie.width - sign.length, "0")}`;
}

/** The spelling that RV, Nuke and Toolkit all read: `%04d`, `%d` (contract/rv-paths.md 5). */
export function toPrintf(cookie: Cookie): string {
  if (cookie.width === 0) return cookie.plus ? "%+d" : "%d";
  return `%${cookie.plus ? "+" : ""}${cookie.fill === "zero" ? "0" : ""}${cookie.width}d`;
}
