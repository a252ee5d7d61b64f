import type { CliProgress } from "./types.ts";

/** `--progress none` and `-q`: nothing is drawn. Warnings and notes are still told unless quiet. */
export function createNoProgress(write: (line: string) => void, quiet: boolean): CliProgress {
  const tell = quiet ? () => {} : write;
  const item = { event() {}, done() {}, failed() {} };
  const step = { update() {}, done() {}, failed() {} };
  return {
    item: () => item,
    step: () => step,
    expect() {},
    note: tell,
    warn: (text) => tell(`warning  ${text}`),
    line: write,
    close() {},
  };
}
