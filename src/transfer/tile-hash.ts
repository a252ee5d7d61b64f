import type { HashPool } from "./hash-pool.ts";
import { OrderedHash } from "./ordered-hash.ts";

/** MD5 of each tile of bytes that come in order. */
export class TileHash {
  readonly #pool: HashPool;
  readonly #tileBytes: number;
  readonly #md5s: string[] = [];
  #current: OrderedHash | null = null;
  #left: number;

  constructor(pool: HashPool, tileBytes: number) {
    this.#pool = pool;
    this.#tileBytes = tileBytes;
    this.#left = tileBytes;
  }

  async update(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + this.#left);
      this.#current ??= new OrderedHash(this.#pool, ["md5"]);
      await this.#current.update(piece);
      at += piece.length;
      this.#left -= piece.length;
      if (this.#left === 0) await this.#endTile();
    }
  }

  /** All of them, in order. */
  async finish(): Promise<string[]> {
    if (this.#current) await this.#endTile();
    return this.#md5s;
  }

  async close(): Promise<void> {
    await this.#current?.close();
  }

  async #endTile(): Promise<void> {
    const { md5 = "" } = (await this.#current?.finish()) ?? {};
    this.#md5s.push(md5);
    this.#current = null;
    this.#left = this.#tileBytes;
  }
}
