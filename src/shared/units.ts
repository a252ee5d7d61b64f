import { SgmediaError } from "./errors.ts";

const FACTORS: Record<string, number> = {
  "": 1,
  b: 1,
  k: 1000,
  kb: 1000,
  m: 1000 ** 2,
  mb: 1000 ** 2,
  g: 1000 ** 3,
  gb: 1000 ** 3,
  t: 1000 ** 4,
  tb: 1000 ** 4,
  ki: 1024,
  kib: 1024,
  mi: 1024 ** 2,
  mib: 1024 ** 2,
  gi: 1024 ** 3,
  gib: 1024 ** 3,
  ti: 1024 ** 4,
  tib: 1024 ** 4,
};

/** Bytes from `16MiB`, `20MB`, `5000000`; decimal and binary prefixes, any case. Throws E_USAGE. */
export function parseSizeBytes(text: string, what = "size"): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const factor = match ? FACTORS[(match[2] ?? "").toLowerCase()] : undefined;
  const bytes = match && factor !== undefined ? Math.round(Number(match[1]) * factor) : Number.NaN;
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new SgmediaError("E_USAGE", `"${text}" is no ${what}.`, {
      why: "It takes a number above 0 with a unit.",
      fix: "For example 16MiB, 20MB or 5000000.",
    });
  }
  return bytes;
}

/** Bytes a second from `20MB/s`, `20MB`, `512KiB/s`. Throws E_USAGE. */
export function parseRateBytes(text: string): number {
  return parseSizeBytes(text.replace(/\s*(?:\/s|ps)\s*$/i, ""), "rate");
}

/** Seconds, as a number above or equal to 0, from `30`, `1.5`, `30s`, `5m`, `1h`. Throws E_USAGE. */
export function parseSeconds(text: string, what = "time"): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(s|m|h)?\s*$/i.exec(text);
  if (!match) {
    throw new SgmediaError("E_USAGE", `"${text}" is no ${what}.`, {
      fix: "Give seconds, for example 30, or 5m, or 1h.",
    });
  }
  const factor = { s: 1, m: 60, h: 3600 }[(match[2] ?? "s").toLowerCase()] ?? 1;
  return Number(match[1]) * factor;
}

/** `94.7 kB`, `1.2 GB`: decimal, three figures. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const text =
    unit === 0
      ? String(Math.round(value))
      : value < 10
        ? value.toFixed(2)
        : value < 100
          ? value.toFixed(1)
          : value.toFixed(0);
  return `${text} ${units[unit]}`;
}

/** `812 ms`, `4.2 s`, `3 min 05 s`, `1 h 02 min`. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds % 60)).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
