import { formatBytes, formatDurationMs } from "../../shared/units.ts";
import type { ItemProgress, StepProgress } from "../../workflow/types.ts";
import { itemText, noteText, totalText } from "./progress-text.ts";
import { retryText, TotalModel } from "./transfer-model.ts";
import type { CliProgress, Ticker } from "./types.ts";

/** Nobody waits longer than this for a sign of life. */
const FIRST_LINE_MS = 1500;
const NEXT_LINE_MS = 15_000;
const LOOK_EVERY_MS = 500;

/** Whole lines, never `\r`: one soon, one now and then, one at the end. For logs, CI and pipes. */
export function createPlainProgress(write: (line: string) => void, ticker: Ticker): CliProgress {
  const total = new TotalModel();
  const startedAtMs = ticker.nowMs();
  const steps = new Map<StepProgress, { text: string; startedAtMs: number }>();
  let stop: (() => void) | null = null;
  let nextLineAtMs = 0;
  let lines = 0;

  /** Something begins: a lone file or wait gets its first line soon, one of many waits for its turn. */
  const wake = (): void => {
    const soonMs = ticker.nowMs() + FIRST_LINE_MS;
    if (total.totalItems <= 1) nextLineAtMs = stop ? Math.min(nextLineAtMs, soonMs) : soonMs;
    else if (!stop) nextLineAtMs = soonMs;
    stop ??= ticker.every(LOOK_EVERY_MS, look);
  };
  const look = (): void => {
    const nowMs = ticker.nowMs();
    if (nowMs < nextLineAtMs || total.items.size + steps.size === 0) return;
    nextLineAtMs = nowMs + NEXT_LINE_MS;
    lines += 1;
    const [item] = total.items;
    if (total.totalItems > 1 && total.items.size > 0) write(totalText(total, nowMs));
    else if (item) write(`${item.label}: ${itemText(item, nowMs)}`);
    for (const step of steps.values()) {
      write(`${step.text} (${formatDurationMs(nowMs - step.startedAtMs)})`);
    }
  };

  return {
    item(label, sizeBytes): ItemProgress {
      const item = total.start(label, sizeBytes, ticker.nowMs());
      wake();
      const end = (how: "done" | "failed", text: string): void => {
        if (item.ended) return;
        const slow = ticker.nowMs() - item.startedAtMs >= FIRST_LINE_MS;
        total.end(item, how);
        if (how === "failed" ? total.totalItems > 1 : slow || total.totalItems === 1)
          write(`${label}: ${text}`);
      };
      return {
        event(event) {
          item.apply(event, ticker.nowMs());
          if (event.kind === "retry") write(`${label}: ${retryText(event)}`);
          if (event.kind === "note") write(noteText(label, event.text));
          if (event.kind === "resumed") write(`${label}: goes on at ${formatBytes(event.acceptedBytes)}`);
        },
        done: (text) => end("done", text),
        failed: (error) => end("failed", `failed: ${error.message}`),
      };
    },
    step(text): StepProgress {
      const state = { text, startedAtMs: ticker.nowMs() };
      const end = (last?: string): void => {
        if (steps.delete(step) && last !== undefined) write(last);
      };
      const step: StepProgress = {
        update(next) {
          state.text = next;
        },
        done: (last) => end(last),
        failed: () => end(),
      };
      steps.set(step, state);
      wake();
      return step;
    },
    expect({ items, bytes }) {
      total.expectedItems = items;
      total.expectedBytes = bytes;
    },
    note: write,
    warn: (text) => write(`warning  ${text}`),
    line: write,
    close() {
      stop?.();
      stop = null;
      if (lines > 0 && total.startedItems > 1) {
        const took = formatDurationMs(ticker.nowMs() - startedAtMs);
        const failed = total.failedItems > 0 ? `, ${total.failedItems} failed` : "";
        write(
          `${total.doneItems} of ${total.totalItems} files${failed}, ${formatBytes(total.acceptedBytes)} in ${took}`,
        );
      }
      lines = 0;
    },
  };
}
