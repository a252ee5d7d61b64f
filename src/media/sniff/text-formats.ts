import type { KnownFormat } from "./file-kind.ts";

const PORTABLE: Readonly<Record<string, KnownFormat>> = {
  P1: "pbm",
  P2: "pgm",
  P3: "ppm",
  P4: "pbm",
  P5: "pgm",
  P6: "ppm",
  P7: "pam",
  PF: "pfm",
  Pf: "pfm",
};

/** Formats whose head is text: the portable maps (`P1`…`P7`, `PF`) and SVG. */
export function byText(head: Uint8Array): KnownFormat | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("latin1");
  return byPortableHeader(text) ?? (isSvg(text) ? "svg" : undefined);
}

/** Two letters say little, so the size that must follow them is asked for too. */
function byPortableHeader(text: string): KnownFormat | undefined {
  const format = PORTABLE[text.slice(0, 2)];
  if (!format || !/\s/.test(text.charAt(2))) return undefined;
  if (format === "pam")
    return /^(?:#.*\n)*(?:WIDTH|HEIGHT|DEPTH|MAXVAL|TUPLTYPE)\b/m.test(text.slice(3, 400))
      ? format
      : undefined;
  const rest = text.slice(3, 4096).replace(/^\s*(?:#[^\n]*\n\s*)*/, "");
  return /^\d+\s/.test(rest) ? format : undefined;
}

/** The first element is `svg`, after whatever XML allows before it. */
function isSvg(text: string): boolean {
  let rest = text.startsWith("\xef\xbb\xbf") ? text.slice(3) : text;
  for (;;) {
    rest = rest.trimStart();
    const close = rest.startsWith("<?") ? "?>" : rest.startsWith("<!--") ? "-->" : undefined;
    if (close !== undefined) {
      const end = rest.indexOf(close);
      if (end === -1) return false;
      rest = rest.slice(end + close.length);
    } else if (/^<!DOCTYPE\s+svg\b/i.test(rest)) {
      return true;
    } else {
      return /^<(?:\w+:)?svg[\s>/]/.test(rest);
    }
  }
}
