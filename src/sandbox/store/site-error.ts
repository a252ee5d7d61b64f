/** The site's codes: 102 sign-in, 103 a request that is wrong in itself, 104 a problem with the data (contract/rest.md 9). */
export type SiteErrorCode = 102 | 103 | 104 | 106 | 110 | 111;

interface SiteErrorDetail {
  code?: SiteErrorCode;
  source?: Record<string, unknown> | null;
  detail?: string | null;
}

/** A refusal as the site words it. REST sends all of it; JSON-RPC sends `message` and `code`. */
export class SiteError extends Error {
  /** HTTP status on REST. */
  readonly status: number;
  readonly code: SiteErrorCode;
  readonly source: Record<string, unknown> | null;
  readonly detail: string | null;

  constructor(
    status: number,
    title: string,
    { code = 103, source = {}, detail = null }: SiteErrorDetail = {},
  ) {
    super(title);
    this.name = "SiteError";
    this.status = status;
    this.code = code;
    this.source = source;
    this.detail = detail;
  }
}

/** 404 in the shape that a wrong path, type or field gets. */
export function notFound(detail: string | null, code: SiteErrorCode = 103): SiteError {
  return new SiteError(404, "Not Found", { code, source: null, detail });
}

/** 400 whose source names the parameters that are wrong. */
export function badParameters(source: Record<string, unknown>): SiteError {
  return new SiteError(400, "Request Parameters invalid.", { source });
}

/** A value as the site quotes it in its messages: `{"type" => "Shot", "id" => 7}`. */
export function quoteValue(value: unknown): string {
  if (value === null || value === undefined) return "nil";
  if (Array.isArray(value)) return `[${value.map(quoteValue).join(", ")}]`;
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)} => ${quoteValue(item)}`);
    return `{${pairs.join(", ")}}`;
  }
  return JSON.stringify(value);
}

/** The kind of a JSON value in the site's words. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "NilClass";
  if (Array.isArray(value)) return "Array";
  if (typeof value === "string") return "String";
  if (typeof value === "boolean") return value ? "TrueClass" : "FalseClass";
  if (typeof value === "number") return Number.isInteger(value) ? "Integer" : "Float";
  return "Hash";
}
