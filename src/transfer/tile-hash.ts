import type { HashPool } from "./hash-pool.ts";
import { OrderedHash } from "./ordered-hash.ts";

/** MD5 of each tile of bytes that come in order. */
export class TileHash {
  readonly #hash: OrderedHash;
  readonly #tileBytes: number;
  readonly #md5s: Promise<string>[] = [];
  #left: number;

  constructor(pool: HashPool, tileBytes: number) {
    this.#hash = new OrderedHash(pool, [], { tiles: true });
    this.#tileBytes = tileBytes;
    this.#left = tileBytes;
  }

  async update(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + this.#left);
      await this.#hash.update(piece);
      at += piece.length;
      this.#left -= piece.length;
      if (this.#left === 0) this.#endTile();
    }
  }

  /** All of them, in order. */
  async finish(): Promise<string[]> {
    if (this.#left < this.#tileBytes) this.#endTile();
    return Promise.all(this.#md5s);
  }

  close(): Promise<void> {
    return this.#hash.close();
  }

  #endTile(): void {
    const md5 = this.#hash.endTile();
    // A failure is thrown by `finish`.
    md5.catch(() => {});
    this.#md5s.push(md5);
    this.#left = this.#tileBytes;
  }
}
