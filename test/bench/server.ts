/** The server of the bench: the sandbox's site, and storage that only moves bytes. Options are one JSON argument. */
import { createKernel } from "../../src/sandbox/kernel/kernel.ts";
import { startSandbox } from "../../src/sandbox/start.ts";
import { createSink } from "./sink.ts";

interface BenchServerOptions {
  readonly host: string;
  readonly source: { readonly path: string; readonly etag: string } | null;
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly keepBelowBytes: number;
}

const options = JSON.parse(process.argv[2] ?? "{}") as BenchServerOptions;
const kernel = createKernel({
  host: options.host,
  nowMs: Date.now,
  ...(options.tls ? { tls: options.tls } : {}),
});
let origin = "";
const sink = createSink({
  origin: () => origin,
  source: options.source,
  keepBelowBytes: options.keepBelowBytes,
});
origin = (await kernel.listen("storage", 0, [sink.surface])).origin;
const { ready } = await startSandbox({ host: options.host, openStorage: async () => sink });
process.stdout.write(`${JSON.stringify(ready)}\n`);
