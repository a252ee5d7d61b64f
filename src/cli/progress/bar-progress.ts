import type { ItemProgress, StepProgress } from "../../workflow/types.ts";
import type { TextStream } from "../host.ts";
import type { Paint } from "../output/paint.ts";
import { printableLine } from "../output/printable.ts";
import { ASCII_BAR, itemLine, stepLine, totalLine, UNICODE_BAR } from "./bar-line.ts";
import { BarScreen, type ScreenLine } from "./bar-screen.ts";
import { noteText } from "./progress-text.ts";
import { TotalModel } from "./transfer-model.ts";
import type { CliProgress } from "./types.ts";

interface BarOptions {
  readonly stream: TextStream;
  readonly nowMs: () => number;
  readonly paint: Paint;
  /** Whether the terminal's letters have block characters. */
  readonly unicode: boolean;
}

/** Bars on a terminal: several files at once, each with rate and time left, and a total. */
export function createBarProgress({ stream, nowMs, paint, unicode }: BarOptions): CliProgress {
  const total = new TotalModel();
  const style = unicode ? UNICODE_BAR : ASCII_BAR;
  const screen = new BarScreen(
    stream,
    { kind: "bar", text: (width) => totalLine(total, nowMs(), width, style) },
    () => total.totalItems > 1,
  );
  const print = (text: string): void => screen.print(text);

  return {
    item(label, sizeBytes): ItemProgress {
      const item = total.start(label, sizeBytes, nowMs());
      const line: ScreenLine = { kind: "bar", text: (width) => itemLine(item, nowMs(), width, style) };
      screen.add(line);
      const end = (how: "done" | "failed", text: string): void => {
        if (item.ended) return;
        total.end(item, how);
        screen.remove(line);
        print(text);
      };
      return {
        event(event) {
          item.apply(event, nowMs());
          // On the bar it stands only until the next bytes come.
          if (event.kind === "note") print(printableLine(noteText(label, event.text)));
        },
        done: (text) => end("done", `${paint("green", unicode ? "✔" : "ok")} ${shown(label, text)}`),
        failed: (error) =>
          end("failed", `${paint("red", unicode ? "✖" : "failed")} ${shown(label, error.message)}`),
      };
    },
    step(first): StepProgress {
      const startedAtMs = nowMs();
      let text = first;
      const line: ScreenLine = {
        kind: "step",
        text: (width) => stepLine(text, nowMs() - startedAtMs, width),
      };
      screen.add(line);
      return {
        update(next) {
          text = next;
          screen.touch();
        },
        done(last) {
          screen.remove(line);
          if (last !== undefined) print(`${paint("green", unicode ? "✔" : "ok")} ${printableLine(last)}`);
        },
        failed: () => screen.remove(line),
      };
    },
    expect({ items, bytes }) {
      total.expectedItems = items;
      total.expectedBytes = bytes;
    },
    note: (text) => print(printableLine(text)),
    warn: (text) => print(`${paint("yellow", "warning")}  ${printableLine(text)}`),
    line: (text) => print(paint("dim", printableLine(text))),
    close: () => screen.close(),
  };
}

function shown(label: string, text: string): string {
  return printableLine(`${label}: ${text}`);
}
