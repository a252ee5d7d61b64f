import type { IncomingMessage } from "node:http";

export class BodyTooLarge extends Error {}

/** The body, whole. Rejects above the limit (the connection can still be answered) and when the client hangs up. */
export async function readBody(req: IncomingMessage, limitBytes = 64 * 1024 * 1024): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of req) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > limitBytes) throw new BodyTooLarge(`The body is longer than ${limitBytes} bytes.`);
    chunks.push(chunk as Buffer);
  }
  if (!req.complete) throw new Error("The client hung up.");
  return Buffer.concat(chunks);
}
