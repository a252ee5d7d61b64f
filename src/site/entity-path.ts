import type { RecordRef } from "../shared/records.ts";

export const API_ROOT = "/api/v1";

/**
 * The path segment of a record type as the site's own links spell it: `Version` is `versions`, `EventLogEntry` is
 * `event_log_entries` (contract/rest.md 1).
 */
export function entitySegment(type: string): string {
  const snake = type
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
  const plural = /[^aeiou]y$/.test(snake)
    ? `${snake.slice(0, -1)}ies`
    : /(?:s|x|ch|sh)$/.test(snake)
      ? `${snake}es`
      : `${snake}s`;
  return encodeURIComponent(plural);
}

/** `/api/v1/entity/versions`. */
export function typePath(type: string): string {
  return `${API_ROOT}/entity/${entitySegment(type)}`;
}

/** `/api/v1/entity/versions/23404`, with a field behind it where one is given. */
export function recordPath(ref: RecordRef, field?: string | null): string {
  const path = `${typePath(ref.type)}/${ref.id}`;
  return field == null ? path : `${path}/${encodeURIComponent(field)}`;
}
