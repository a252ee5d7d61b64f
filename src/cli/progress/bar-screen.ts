import cliProgress from "cli-progress";
import ora, { type Ora } from "ora";
import type { TextStream } from "../host.ts";

/** Most bars at once; the rest is in the total. */
const MOST_LINES = 12;

/** One line of the screen; asked for its text at each drawing. */
export interface ScreenLine {
  readonly kind: "bar" | "step";
  text(width: number): string;
}

/**
 * The drawn part of the terminal: cli-progress for lines that stand together, ora for one wait that stands alone. Redrawn
 * ten times a second at most, and only where a line's text has changed.
 */
export class BarScreen {
  private readonly stream: TextStream;
  private readonly total: ScreenLine;
  private readonly showTotal: () => boolean;
  private lines: ScreenLine[] = [];
  private multi: cliProgress.MultiBar | null = null;
  private drawn = new Map<ScreenLine, cliProgress.SingleBar>();
  private spinner: Ora | null = null;
  private spinnerClock: NodeJS.Timeout | null = null;

  constructor(stream: TextStream, total: ScreenLine, showTotal: () => boolean) {
    this.stream = stream;
    this.total = total;
    this.showTotal = showTotal;
  }

  add(line: ScreenLine): void {
    this.lines.push(line);
    this.arrange();
  }

  remove(line: ScreenLine): void {
    this.lines = this.lines.filter((each) => each !== line);
    this.arrange();
  }

  /** A step has another text, or has lasted longer. */
  touch(): void {
    const [only] = this.lines;
    if (this.spinner && only) this.spinner.text = only.text(this.width);
  }

  /** A line that stays, above what is drawn. */
  print(text: string): void {
    if (this.multi) {
      this.multi.log(`${text}\n`);
      this.multi.update();
    } else if (this.spinner) {
      this.spinner.clear();
      this.stream.write(`${text}\n`);
      this.spinner.render();
    } else {
      this.stream.write(`${text}\n`);
    }
  }

  close(): void {
    this.lines = [];
    this.arrange();
  }

  private get width(): number {
    return Math.max(20, this.stream.columns ?? 80);
  }

  private arrange(): void {
    const [only] = this.lines;
    if (!only) {
      this.stopSpinner();
      this.stopBars();
    } else if (this.lines.length === 1 && only.kind === "step") {
      this.stopBars();
      this.spinnerClock ??= setInterval(() => this.touch(), 1000).unref();
      this.spinner ??= ora({
        stream: this.stream as NodeJS.WriteStream,
        text: only.text(this.width),
        // That this is a terminal is known here: not to be asked again of the environment.
        isEnabled: true,
        // Standard input may carry the file, and the cursor is ours to give back.
        discardStdin: false,
        hideCursor: false,
      }).start();
    } else {
      this.stopSpinner();
      this.arrangeBars();
    }
  }

  private arrangeBars(): void {
    const room = Math.max(2, Math.min(MOST_LINES, (this.stream.rows ?? 24) - 3));
    const wanted = this.lines.slice(0, room);
    if (this.showTotal() || this.lines.length > room) wanted.push(this.total);
    const multi = this.multi ?? this.startBars();
    for (const [line, bar] of this.drawn) {
      // The total stays at the bottom: it is taken away and put back whenever a line joins.
      const joined = line === this.total && wanted.some((each) => !this.drawn.has(each));
      if (!wanted.includes(line) || joined) {
        multi.remove(bar);
        this.drawn.delete(line);
      }
    }
    for (const line of wanted) {
      if (!this.drawn.has(line)) this.drawn.set(line, multi.create(1, 0, { line }));
    }
  }

  private startBars(): cliProgress.MultiBar {
    this.multi = new cliProgress.MultiBar({
      stream: this.stream,
      fps: 10,
      hideCursor: true,
      clearOnComplete: true,
      // Signals are main's.
      gracefulExit: false,
      format: (_options, _params, payload: { line?: ScreenLine }) => payload.line?.text(this.width) ?? "",
    });
    return this.multi;
  }

  private stopBars(): void {
    if (!this.multi) return;
    this.multi.stop();
    this.multi = null;
    this.drawn = new Map();
  }

  private stopSpinner(): void {
    if (this.spinnerClock) clearInterval(this.spinnerClock);
    this.spinnerClock = null;
    this.spinner?.stop();
    this.spinner = null;
  }
}
