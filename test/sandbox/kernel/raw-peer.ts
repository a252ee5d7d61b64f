import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A peer that speaks HTTP by hand and sees each byte, and how the connection ended. */
export class RawPeer {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  /** `end`, or the error's code: `ECONNRESET`. */
  readonly ended: Promise<string>;

  constructor(origin: string) {
    this.#socket = connect(Number(new URL(origin).port), "127.0.0.1");
    this.#socket.on("data", (chunk) => this.#chunks.push(chunk));
    // Told at the close: after a reset a read may see an end, when a write was told of the reset first.
    let code = "end";
    this.#socket.once("error", (error: NodeJS.ErrnoException) => {
      code = error.code ?? "error";
    });
    this.ended = new Promise((resolve) => this.#socket.once("close", () => resolve(code)));
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Resolves when the system has taken them all over. */
  sendAll(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  /** `PUT <url> HTTP/1.1`, with a Host and whatever else. */
  ask(method: string, url: string, headers: readonly string[] = []): void {
    const { host, pathname, search } = new URL(url);
    this.send([`${method} ${pathname}${search} HTTP/1.1`, `Host: ${host}`, ...headers, "", ""].join("\r\n"));
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get head(): string {
    const text = this.received.toString("latin1");
    return text.slice(0, text.indexOf("\r\n\r\n") + 4);
  }

  get body(): Buffer {
    return this.received.subarray(this.head.length);
  }

  async until(seen: (peer: this) => boolean): Promise<void> {
    while (!seen(this)) await once(this.#socket, "data");
  }

  /** Sends what is still to be sent, and no more. */
  hangUp(): void {
    this.#socket.end();
  }
}
