import type { WantedPart } from "./multiparts.ts";
import { S3Error } from "./s3-error.ts";

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

export function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return NAMED[name] ?? whole;
  });
}

/** What stands in each `<name>…</name>`, one level of nesting at most; not unescaped. */
export function elementsOf(xml: string, name: string): string[] {
  return Array.from(
    xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, "g")),
    (match) => match[1] ?? "",
  );
}

/** The text in the first `<name>…</name>`; undefined when there is none. */
export function textOf(xml: string, name: string): string | undefined {
  const [first] = elementsOf(xml, name);
  return first === undefined ? undefined : unescapeXml(first.trim());
}

export function document(root: string, fields: Readonly<Record<string, string>>): string {
  const inner = Object.entries(fields).map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${inner.join("")}</${root}>`;
}

/** The parts that a completion names, ETags without quotes. Throws MalformedXML. */
export function wantedParts(xml: string): WantedPart[] {
  const parts = elementsOf(xml, "Part").map((part) => ({
    number: Number(textOf(part, "PartNumber") ?? Number.NaN),
    etag: (textOf(part, "ETag") ?? "").replaceAll('"', ""),
  }));
  const wrong = parts.length === 0 || parts.some(({ number, etag }) => !(number >= 1) || etag === "");
  if (!wrong) return parts;
  throw new S3Error(
    400,
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}
