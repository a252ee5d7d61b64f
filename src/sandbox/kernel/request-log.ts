export interface LogEntry {
  readonly atMs: number;
  readonly surface: "site" | "rpc" | "storage";
  readonly method: string;
  /** Without its query, so without any signature. */
  readonly path: string;
  readonly status: number;
  /** Body bytes that came in, also of a request that was cut. */
  readonly bytesIn: number;
  /** Bytes that went out: the body's of a whole answer, everything on the wire of a cut one. */
  readonly bytesOut: number;
  readonly partNumber: number | null;
  readonly range: string | null;
  readonly connectionId: number;
  readonly headerNames: readonly string[];
  readonly faultId: number | null;
  readonly aborted: boolean;
}

const MOST_ENTRIES = 200_000;

/** Every request, the oldest forgotten first. */
export class RequestLog {
  #entries: LogEntry[] = [];

  add(entry: LogEntry): void {
    if (this.#entries.length >= MOST_ENTRIES) this.#entries = this.#entries.slice(MOST_ENTRIES / 10);
    this.#entries.push(entry);
  }

  entries(): readonly LogEntry[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
  }
}
