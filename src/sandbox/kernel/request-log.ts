export interface LogEntry {
  /** When its head had come, in milliseconds since 1970. */
  readonly atMs: number;
  readonly surface: "site" | "rpc" | "storage";
  readonly method: string;
  /** Without its query, so without any signature or upload id. */
  readonly path: string;
  /** 0 when not a byte of an answer was sent. */
  readonly status: number;
  /** Body bytes that were taken in, also of a request that was cut. */
  readonly bytesIn: number;
  /** Body bytes that went out, also of an answer that was cut. */
  readonly bytesOut: number;
  readonly partNumber: number | null;
  readonly range: string | null;
  /** Requests with the same number came over one connection. */
  readonly connectionId: number;
  readonly headerNames: readonly string[];
  readonly faultId: number | null;
  /** The answer did not go out whole. */
  readonly aborted: boolean;
}

const MOST_ENTRIES = 200_000;

/** Every request, in the order they ended; the oldest are forgotten first. */
export class RequestLog {
  readonly #most: number;
  #entries: LogEntry[] = [];

  constructor(mostEntries = MOST_ENTRIES) {
    this.#most = mostEntries;
  }

  add(entry: LogEntry): void {
    // A tenth at a time, so that forgetting costs nothing to speak of.
    if (this.#entries.length >= this.#most) this.#entries = this.#entries.slice(Math.ceil(this.#most / 10));
    this.#entries.push(entry);
  }

  entries(): readonly LogEntry[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
  }
}
