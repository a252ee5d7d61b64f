import { randomBytes } from "node:crypto";
import { createKernel, type Kernel } from "../../../src/sandbox/kernel/kernel.ts";
import type { Surface } from "../../../src/sandbox/types.ts";

export const SIZE = 400_000;
/** What every GET gives. */
export const BYTES = randomBytes(SIZE);

/** A site and a storage that know nothing of faults: they give BYTES, and remember what came in and when. */
export class FaultBench {
  readonly kernel: Kernel = createKernel({ host: "127.0.0.1", nowMs: Date.now });
  /** Each body as far as it came, whether it came whole or not. */
  readonly bodies: Buffer[] = [];
  /** How much of the body was in when its bytes came after the longest silence. */
  silenceAt = -1;
  /** Requests that a handler was asked to answer. */
  asked = 0;
  site = "";
  storage = "";

  static async start(): Promise<FaultBench> {
    const bench = new FaultBench();
    bench.site = (await bench.kernel.listen("site", 0, [bench.#surface])).origin;
    bench.storage = (await bench.kernel.listen("storage", 0, [bench.#surface])).origin;
    return bench;
  }

  reset(): void {
    this.kernel.faults.clear();
    this.kernel.log.clear();
    this.bodies.length = 0;
    this.asked = 0;
    this.silenceAt = -1;
  }

  readonly #surface: Surface = async (req, res) => {
    this.asked += 1;
    if (req.method === "GET") {
      res.writeHead(200, { "Content-Length": SIZE });
      res.end(BYTES);
      return true;
    }
    const chunks: Buffer[] = [];
    let longestMs = 0;
    let lastMs = performance.now();
    let sizeBytes = 0;
    try {
      for await (const chunk of req) {
        const silenceMs = performance.now() - lastMs;
        if (silenceMs > longestMs) [longestMs, this.silenceAt] = [silenceMs, sizeBytes];
        lastMs = performance.now();
        sizeBytes += (chunk as Buffer).length;
        chunks.push(Buffer.from(chunk as Buffer));
      }
    } finally {
      this.bodies.push(Buffer.concat(chunks));
    }
    res.statusCode = 201;
    res.end("kept");
    return true;
  };
}
