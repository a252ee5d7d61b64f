import type { Socket } from "node:net";
import type { buildConnector } from "undici";

/** What one slab of memory takes from the network before it is full. */
const SLAB_BYTES = 256 * 1024;
/** With less room than this, the next slab is taken: short reads cost more than the rest of a slab. */
const LEAST_ROOM_BYTES = 64 * 1024;
/** Given back and not needed: beyond this they are left to the collector. */
const MOST_FREE = 64;

interface Slab {
  readonly memory: Buffer;
  filledBytes: number;
  givenBackBytes: number;
  /** The network writes into it no more. */
  full: boolean;
}

/**
 * The memory that downloads are received in, used again and again: a fresh buffer for each read, as Node does it, costs more than all the
 * rest of a fast download. A slab is used again only when every byte that came into it was given back; one of which anything is
 * still held anywhere (response headers are never given back) is left to the collector, so that forgetting to give back is safe.
 */
export class ReceiveMemory {
  readonly #slabs = new WeakMap<ArrayBufferLike, Slab>();
  readonly #free: Slab[] = [];

  /** A connector of undici's whose sockets receive into this memory. Through a proxy's TLS tunnel they receive as usual. */
  connector(build: typeof buildConnector, options: buildConnector.BuildOptions): buildConnector.connector {
    return (to, callback) => {
      let slab = this.#take();
      let socket: Socket | undefined;
      const onread = {
        buffer: (): Uint8Array => {
          if (SLAB_BYTES - slab.filledBytes < LEAST_ROOM_BYTES) {
            this.#close(slab);
            slab = this.#take();
          }
          return slab.memory.subarray(slab.filledBytes);
        },
        callback: (bytes: number, room: Uint8Array): boolean => {
          slab.filledBytes += bytes;
          return socket?.push(room.subarray(0, bytes)) ?? false;
        },
      };
      // One chunk at a time: a stream that holds two joins them into a third.
      const receiving = { ...options, highWaterMark: 1, onread };
      socket = build(receiving)(to, callback) as unknown as Socket;
      return socket;
    };
  }

  /** The bytes of this chunk are needed no more; each byte at most once. Chunks of other memory are nobody's concern. */
  giveBack(chunk: Uint8Array): void {
    const slab = this.#slabs.get(chunk.buffer);
    if (!slab) return;
    slab.givenBackBytes += chunk.length;
    if (slab.full) this.#reuse(slab);
  }

  #take(): Slab {
    const free = this.#free.pop();
    if (free) return free;
    const memory = Buffer.allocUnsafeSlow(SLAB_BYTES);
    const slab = { memory, filledBytes: 0, givenBackBytes: 0, full: false };
    this.#slabs.set(memory.buffer, slab);
    return slab;
  }

  #close(slab: Slab): void {
    slab.full = true;
    this.#reuse(slab);
  }

  #reuse(slab: Slab): void {
    if (slab.givenBackBytes !== slab.filledBytes || this.#free.length >= MOST_FREE) return;
    slab.filledBytes = 0;
    slab.givenBackBytes = 0;
    slab.full = false;
    this.#free.push(slab);
  }
}
