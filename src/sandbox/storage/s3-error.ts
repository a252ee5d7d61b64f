import type { ServerResponse } from "node:http";

/** An error as S3 answers it: a code and XML. */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "S3Error";
    this.status = status;
    this.code = code;
  }
}

export function answerError(res: ServerResponse, error: S3Error, headers: Record<string, string> = {}): void {
  const id = String(res.getHeader("x-amz-request-id") ?? "");
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message><RequestId>${id}</RequestId></Error>`;
  res.writeHead(error.status, { "content-type": "application/xml", ...headers });
  res.end(res.req.method === "HEAD" ? undefined : body);
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
