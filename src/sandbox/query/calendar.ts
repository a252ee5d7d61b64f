const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export const UNITS = ["HOUR", "DAY", "WEEK", "MONTH", "YEAR"] as const;
export type Unit = (typeof UNITS)[number];

/** Milliseconds since 1970, both ends included. */
export interface Span {
  fromMs: number;
  toMs: number;
}

function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

/** The same moment so many units later; months and years by the calendar, in UTC. */
function shift(ms: number, count: number, unit: Unit): number {
  const date = new Date(ms);
  switch (unit) {
    case "HOUR":
      return ms + count * HOUR_MS;
    case "DAY":
      return ms + count * DAY_MS;
    case "WEEK":
      return ms + count * 7 * DAY_MS;
    case "MONTH":
      return date.setUTCMonth(date.getUTCMonth() + count);
    case "YEAR":
      return date.setUTCFullYear(date.getUTCFullYear() + count);
  }
}

/** The last or (negative `count`) the next so many units from now. Whole days when days are compared. */
export function spanFromNow(nowMs: number, count: number, unit: Unit, wholeDays: boolean): Span {
  const other = shift(nowMs, -count, unit);
  const span = { fromMs: Math.min(nowMs, other), toMs: Math.max(nowMs, other) };
  return wholeDays ? { fromMs: startOfDay(span.fromMs), toMs: startOfDay(span.toMs) } : span;
}

/** The day, week (from Monday), month or year that is `offset` away from the one of now, in UTC. */
export function calendarSpan(nowMs: number, offset: number, unit: Exclude<Unit, "HOUR">): Span {
  const now = new Date(nowMs);
  const year = now.getUTCFullYear();
  const month = now.getUTCMonth();
  const day = now.getUTCDate();
  switch (unit) {
    case "DAY":
      return {
        fromMs: Date.UTC(year, month, day + offset),
        toMs: Date.UTC(year, month, day + offset + 1) - 1,
      };
    case "WEEK": {
      const monday = day - ((now.getUTCDay() + 6) % 7) + offset * 7;
      return { fromMs: Date.UTC(year, month, monday), toMs: Date.UTC(year, month, monday + 7) - 1 };
    }
    case "MONTH":
      return { fromMs: Date.UTC(year, month + offset, 1), toMs: Date.UTC(year, month + offset + 1, 1) - 1 };
    case "YEAR":
      return { fromMs: Date.UTC(year + offset, 0, 1), toMs: Date.UTC(year + offset + 1, 0, 1) - 1 };
  }
}
