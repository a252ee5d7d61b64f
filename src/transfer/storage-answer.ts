import { AttemptFailed } from "./failure.ts";
import { parseRetryAfter } from "./retry.ts";
import { headerText, type StorageReply } from "./storage-client.ts";

const MOST_TEXT_BYTES = 64 * 1024;

/** The reply's body as text, its first 64 KiB. The rest is thrown away with the connection. */
export async function readText(reply: StorageReply): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of reply.body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_TEXT_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MOST_TEXT_BYTES).toString("utf8");
}

/** What a reply that is no success says, as a failed attempt. S3 explains itself in XML: `<Code>`, `<Message>`. */
export async function refusal(reply: StorageReply, nowMs: number): Promise<AttemptFailed> {
  // A reply that breaks off still has its status.
  const text = await readText(reply).catch(() => "");
  return new AttemptFailed({
    kind: "status",
    host: reply.host,
    status: reply.status,
    code: xmlText(text, "Code"),
    message: xmlText(text, "Message"),
    retryAfterMs: parseRetryAfter(headerText(reply.headers, "retry-after"), nowMs),
  });
}

function xmlText(text: string, tag: string): string | null {
  const found = new RegExp(`<${tag}>([^<]{1,500})</${tag}>`).exec(text)?.[1];
  if (found === undefined) return null;
  const plain = found.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? "");
  return plain.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
