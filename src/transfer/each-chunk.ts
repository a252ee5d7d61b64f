import { finished, type Readable } from "node:stream";

/** What a taker says of a chunk: nothing (go on), that it is enough, or either of it later. */
export type Taken = undefined | "enough";

/**
 * Hands on the chunks of a body as they came off the network. (An iterator would join those that wait into new memory.) While `take` waits,
 * the line is held back. Rejects with what the stream or `take` throws, never while `take` is still at work; the body is closed then, and
 * after "enough".
 */
export async function eachChunk(
  body: Readable,
  take: (chunk: Buffer) => Taken | Promise<Taken>,
): Promise<void> {
  let over = false;
  let working: Promise<void> | null = null;
  try {
    await new Promise<void>((resolve, reject) => {
      const said = (taken: Taken): void => {
        if (taken !== "enough") return;
        over = true;
        resolve();
      };
      finished(body, { writable: false }, (error) => (error ? reject(error) : resolve()));
      body.on("data", (chunk: Buffer) => {
        // What was under way when it ended still comes.
        if (over) return;
        try {
          const taken = take(chunk);
          if (!(taken instanceof Promise)) return said(taken);
          body.pause();
          working = taken.then(said).then(() => {
            working = null;
            body.resume();
          });
          working.catch(reject);
        } catch (thrown) {
          over = true;
          reject(thrown);
        }
      });
    });
  } finally {
    over = true;
    if (!body.readableEnded) body.on("error", () => {}).destroy();
    await (working as Promise<void> | null)?.catch(() => {});
  }
}
