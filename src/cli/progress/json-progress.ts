import type { ItemProgress, StepProgress } from "../../workflow/types.ts";
import { toJsonLine } from "../output/document.ts";
import type { ItemModel } from "./transfer-model.ts";
import { TotalModel } from "./transfer-model.ts";
import type { CliProgress, Ticker } from "./types.ts";

const PROGRESS_EVERY_MS = 500;

/** One event a line on stderr. Every line has `event`; those of one file have `item`, counted from 1. */
export function createJsonProgress(write: (line: string) => void, ticker: Ticker): CliProgress {
  const total = new TotalModel();
  let steps = 0;
  const emit = (event: string, facts: object): void => write(toJsonLine({ event, ...facts }).trimEnd());
  const figures = (item: ItemModel): object => {
    const nowMs = ticker.nowMs();
    const rate = item.bytesPerSecond(nowMs);
    const left = item.secondsLeft(nowMs);
    return {
      item: item.number,
      acceptedBytes: item.acceptedBytes,
      inFlightBytes: item.inFlightBytes,
      sizeBytes: item.sizeBytes,
      bytesPerSecond: rate === null ? null : Math.round(rate),
      secondsLeft: left === null ? null : Math.ceil(left),
    };
  };

  return {
    item(label, sizeBytes): ItemProgress {
      const item = total.start(label, sizeBytes, ticker.nowMs());
      let nextAtMs = 0;
      emit("start", { item: item.number, label, sizeBytes });
      return {
        event(event) {
          const nowMs = ticker.nowMs();
          item.apply(event, nowMs);
          const { kind, ...facts } = event;
          if (kind === "accepted" || kind === "sent") {
            if (nowMs < nextAtMs) return;
            nextAtMs = nowMs + PROGRESS_EVERY_MS;
            emit("progress", figures(item));
          } else {
            emit(kind, { item: item.number, ...facts });
          }
        },
        done(text) {
          total.end(item, "done");
          emit("done", { ...figures(item), text });
        },
        failed(error) {
          total.end(item, "failed");
          emit("failed", { ...figures(item), error });
        },
      };
    },
    step(text): StepProgress {
      steps += 1;
      const step = steps;
      emit("step", { step, text });
      return {
        update: (next) => emit("step", { step, text: next }),
        done: (last) => emit("step-done", { step, text: last ?? null }),
        failed: () => emit("step-failed", { step }),
      };
    },
    expect: (expected) => emit("expect", expected),
    note: (text) => emit("note", { text }),
    warn: (text) => emit("warning", { text }),
    line: (text) => emit("request", { text }),
    close() {},
  };
}
