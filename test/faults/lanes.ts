import { Site } from "../e2e/harness.ts";
import { FaultBench } from "./run-case.ts";

/** Sandboxes that each run one case at a time, so that many cases run at once and none sees another. */
export class Lanes {
  readonly #all: readonly FaultBench[];
  readonly #free: FaultBench[];
  readonly #waiting: ((bench: FaultBench) => void)[] = [];

  private constructor(benches: readonly FaultBench[]) {
    this.#all = benches;
    this.#free = [...benches];
  }

  static async open(count: number): Promise<Lanes> {
    // Random bytes are no movie: what transcoding would say of them is of no interest here.
    const launch = { silent: true, env: { SGMEDIA_FFMPEG: "/nowhere/ffmpeg" } };
    const sites = await Promise.all(Array.from({ length: count }, () => Site.launch(launch)));
    return new Lanes(sites.map((site) => new FaultBench(site)));
  }

  async use<T>(work: (bench: FaultBench) => Promise<T>): Promise<T> {
    const bench = this.#free.pop() ?? (await new Promise<FaultBench>((take) => this.#waiting.push(take)));
    try {
      return await work(bench);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(bench);
      else this.#free.push(bench);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((bench) => bench.site.stop()));
  }
}
