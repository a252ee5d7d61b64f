import type { ServerResponse } from "node:http";

/** A grey PNG of 32 by 18 pixels: what `image` shows while the thumbnail is made. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAACAAAAASCAAAAAAfo4OOAAAAE0lEQVR42mNoIAAYRhWMKiBFAQA15CAQ8cnYxQAAAABJRU5ErkJggg==",
  "base64",
);

/** Answers with the placeholder; anyone may see it. */
export function sendPlaceholder(res: ServerResponse): void {
  res.writeHead(200, { "Content-Type": "image/png", "Content-Length": PNG.length });
  res.end(PNG);
}
