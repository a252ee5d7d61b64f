import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** Makes an answer say that it is at most `mostBytes` long, however its headers are written. */
export function announceLess(res: ServerResponse, mostBytes: number): void {
  const setHeader = res.setHeader.bind(res);
  const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => ServerResponse;
  const lowered = <Value>(name: string, value: Value): Value | number =>
    name.toLowerCase() === "content-length" ? Math.min(mostBytes, Number(value)) : value;
  res.setHeader = (name, value) => setHeader(name, lowered(name, value));
  res.writeHead = ((...args: unknown[]) => {
    const headers = args.at(-1);
    if (typeof headers !== "object" || headers === null || Array.isArray(headers)) return writeHead(...args);
    const changed = Object.entries(headers as OutgoingHttpHeaders).map(([name, value]) => [
      name,
      lowered(name, value),
    ]);
    return writeHead(...args.slice(0, -1), Object.fromEntries(changed));
  }) as typeof res.writeHead;
}
