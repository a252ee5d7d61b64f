const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
] as const;

/** How long ago, in its largest whole unit: `12 s`, `5 min`, `3 h`, `12 d`. */
export function ageText(ageMs: number): string {
  for (const [unit, unitMs] of UNITS) if (ageMs >= unitMs) return `${Math.floor(ageMs / unitMs)} ${unit}`;
  return `${Math.max(0, Math.floor(ageMs / 1000))} s`;
}
