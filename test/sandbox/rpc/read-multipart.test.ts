import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedForm, readMultipart, wholeOf } from "../../../src/sandbox/rpc/read-multipart.ts";

interface Part {
  name: string;
  filename: string | null;
  contentType: string | null;
  text: string;
}

/** The bytes in pieces of a given size, as a socket may deliver them. */
async function* inPieces(bytes: Buffer, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

async function parse(text: string, pieceBytes = 7): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of readMultipart(inPieces(Buffer.from(text), pieceBytes), "B")) {
    const { name, filename, contentType } = part;
    parts.push({ name, filename, contentType, text: (await wholeOf(part.body, 1000)).toString() });
  }
  return parts;
}

const file = (headers: string, body: string) => `--B\r\n${headers}\r\n\r\n${body}\r\n`;

describe("a form with a file", () => {
  const text = file('Content-Disposition: form-data; name="entity_id"', "42");
  const disposition = 'Content-Disposition: form-data; name="file"; filename="Noëlご "x".jpg"';
  const picture = file(`${disposition}\r\nContent-Type: image/jpeg\r\nContent-Length: 9`, "a\r\n--C\r\nb");

  it.each([1, 2, 3, 16, 10_000])(
    "in pieces of %d bytes: raw UTF-8 names, unescaped quotes, line ends in the body",
    async (size) => {
      expect(await parse(`${text}${picture}--B--\r\n\r\n`, size)).toEqual([
        { name: "entity_id", filename: null, contentType: null, text: "42" },
        { name: "file", filename: 'Noëlご "x".jpg', contentType: "image/jpeg", text: "a\r\n--C\r\nb" },
      ]);
    },
  );

  it("a part that nobody reads is passed over", async () => {
    const names: string[] = [];
    for await (const part of readMultipart(inPieces(Buffer.from(`${picture}${text}--B--`), 5), "B")) {
      names.push(part.name);
    }
    expect(names).toEqual(["file", "entity_id"]);
  });

  it.each([
    ["nothing at all", ""],
    ["no end", `${text}${picture}`],
    ["cut inside a part", text.slice(0, -4)],
    ["a part without a name", file("Content-Type: text/plain", "x")],
  ])("%s is refused", async (_, body) => {
    await expect(parse(body)).rejects.toThrow(MalformedForm);
  });

  it("a text longer than the limit is refused", async () => {
    const long = file('Content-Disposition: form-data; name="a"', "x".repeat(1001));
    await expect(parse(`${long}--B--`)).rejects.toThrow("longer than 1000 bytes");
  });
});

it("gives every body back, however it is cut", async () => {
  const line = fc.constantFrom("\r\n", "\r", "\n", "-", "--", "--A", "x", "\r\n-", "\r\n--");
  const bodies = fc.array(
    fc.array(line, { maxLength: 12 }).map((pieces) => pieces.join("")),
    { maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(bodies, fc.integer({ min: 1, max: 9 }), async (texts, size) => {
      const parts = texts.map((text) => file('Content-Disposition: form-data; name="a"', text));
      const got = await parse(`${parts.join("")}--B--`, size);
      expect(got.map((part) => part.text)).toEqual(texts);
    }),
    { numRuns: 200 },
  );
});
