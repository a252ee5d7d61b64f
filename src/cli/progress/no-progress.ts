import type { ItemProgress } from "../../workflow/types.ts";
import { noteText } from "./progress-text.ts";
import type { CliProgress } from "./types.ts";

/** `--progress none` and `-q`: nothing is drawn. Warnings and notes are still told unless quiet. */
export function createNoProgress(write: (line: string) => void, quiet: boolean): CliProgress {
  const tell = quiet ? () => {} : write;
  const item = (label: string): ItemProgress => ({
    event(event) {
      if (event.kind === "note") tell(noteText(label, event.text));
    },
    done() {},
    failed() {},
  });
  const step = { update() {}, done() {}, failed() {} };
  return {
    item,
    step: () => step,
    expect() {},
    note: tell,
    warn: (text) => tell(`warning  ${text}`),
    line: write,
    close() {},
  };
}
