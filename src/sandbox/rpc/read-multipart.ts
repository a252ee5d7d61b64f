const LINE = Buffer.from("\r\n");
const HEADERS_END = Buffer.from("\r\n\r\n");
const MOST_HEADER_BYTES = 16 * 1024;

/** One part of a multipart/form-data body; its bytes have to be read before the next part is asked for. */
export interface FormPart {
  name: string;
  /** Raw UTF-8, as sent; null for a part that is no file. */
  filename: string | null;
  contentType: string | null;
  body: AsyncGenerator<Buffer>;
}

/** The body is no multipart/form-data, or it ends early. */
export class MalformedForm extends Error {}

/** Reads a stream up to marks; what follows a mark stays for the next read. */
class MarkedStream {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer;

  constructor(source: AsyncIterable<Buffer>, head: Buffer) {
    this.#source = source[Symbol.asyncIterator]();
    this.#held = head;
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done) throw new MalformedForm("The form ends early.");
    this.#held = Buffer.concat([this.#held, next.value]);
  }

  /** Everything before the mark, as it comes; the mark itself is dropped. */
  async *until(mark: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark);
      if (at >= 0) {
        const last = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + mark.length);
        if (last.length > 0) yield last;
        return;
      }
      // The mark may have begun at the very end.
      const safe = this.#held.length - mark.length + 1;
      if (safe > 0) {
        const chunk = this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
        yield chunk;
      }
      await this.#more();
    }
  }

  async take(sizeBytes: number): Promise<Buffer> {
    while (this.#held.length < sizeBytes) await this.#more();
    const taken = this.#held.subarray(0, sizeBytes);
    this.#held = this.#held.subarray(sizeBytes);
    return taken;
  }
}

/** A stream's bytes, whole. Throws MalformedForm above the limit. */
export async function wholeOf(body: AsyncIterable<Buffer>, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new MalformedForm(`A part is longer than ${limitBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function partOf(headers: string, body: AsyncGenerator<Buffer>): FormPart {
  const disposition = /^content-disposition:(.*)$/im.exec(headers)?.[1] ?? "";
  // Quotes in a file name come unescaped (contract/rpc.md 2.7): the name goes up to the last one.
  const filename = /;\s*filename="(.*)"/i.exec(disposition)?.[1] ?? null;
  const name = /;\s*name="([^"]*)"/i.exec(disposition)?.[1];
  if (name === undefined) throw new MalformedForm("A part has no name.");
  const contentType = /^content-type:\s*(\S.*?)\s*$/im.exec(headers)?.[1] ?? null;
  return { name, filename, contentType, body };
}

/** The parts of a multipart/form-data body in their order, streaming. Throws MalformedForm. */
export async function* readMultipart(
  source: AsyncIterable<Buffer>,
  boundary: string,
): AsyncGenerator<FormPart> {
  // With a line end in front, the first boundary looks like all the others.
  const stream = new MarkedStream(source, LINE);
  const mark = Buffer.from(`\r\n--${boundary}`);
  for await (const _preamble of stream.until(mark)) {
    // Nothing stands before the first boundary that anyone would read.
  }
  while ((await stream.take(2)).equals(LINE)) {
    const headers = await wholeOf(stream.until(HEADERS_END), MOST_HEADER_BYTES);
    const body = stream.until(mark);
    yield partOf(headers.toString("utf8"), body);
    for await (const _rest of body) {
      // What the reader left of this part.
    }
  }
}
