import { execFile } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const MIB = 1024 * 1024;

/** A process of its own that carries one file up or down and tells the most memory it ever had, in MB. */
const program = `
import { createEngine } from "${root}/src/transfer/engine.ts";
const [way, url, path, journalDir] = process.argv.slice(2);
const engine = createEngine({ journalDir, partJobs: null, partSizeBytes: null, limitRateBytes: null, retries: 1,
  connectTimeoutMs: 5000, stallTimeoutMs: 20000, hash: true });
const { signal } = new AbortController();
const key = { site: "s", record: "Version:1", field: null, path };
const port = {
  open: async ({ multipart }) => ({ mode: multipart ? "multipart" : "single", ticket: {} }),
  issuePart: async () => ({ url, headers: {} }), acceptReply: (ticket) => ticket, complete: async () => {},
  findCompleted: async () => true, abort: async () => {}, locate: async () => ({ url, headers: {} }),
};
const job = { key, port, intent: {}, restart: false, signal };
if (way === "up") await engine.upload({ ...job, source: { kind: "file", path } });
else await engine.download({ ...job, target: { kind: "file", path, replace: true } });
await engine.close();
console.log(Math.round(process.resourceUsage().maxRSS / 1024));
`;

let dir: string;
let stop: () => void;
let url: string;
let sizeBytes = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sgmedia-memory-"));
  await build({
    stdin: { contents: program, resolveDir: root, loader: "ts" },
    outfile: join(dir, "run.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "error",
    banner: {
      js: 'import { createRequire as r } from "node:module"; const require = r(import.meta.url); const __filename = import.meta.url;',
    },
  });
  await build({
    entryPoints: [join(root, "src/transfer/hash-worker.js")],
    outfile: join(dir, "hash-worker.js"),
    bundle: true,
    format: "cjs",
    platform: "node",
  });
  const server = createServer((req, res) => {
    if (req.method === "PUT") {
      req.resume().on("end", () => res.writeHead(200, { etag: '"opaque"', "content-length": 0 }).end());
      return;
    }
    const range = /bytes=(\d+)-(\d+)/.exec(req.headers.range ?? "");
    const first = Number(range?.[1] ?? 0);
    const last = Math.min(Number(range?.[2] ?? 0), sizeBytes - 1);
    res.writeHead(206, {
      etag: '"opaque"',
      "content-length": last + 1 - first,
      "content-range": `bytes ${first}-${last}/${sizeBytes}`,
    });
    let left = last + 1 - first;
    const block = Buffer.alloc(64 * 1024);
    const more = (): void => {
      while (left > 0) {
        const piece = block.subarray(0, left);
        left -= piece.length;
        if (!res.write(piece)) return void res.once("drain", more);
      }
      res.end();
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/k`;
  stop = () => server.close();
});
afterAll(async () => {
  stop();
  await rm(dir, { recursive: true });
});

async function mostMegabytes(way: "up" | "down", bytes: number): Promise<number> {
  const path = join(dir, `${way}.mov`);
  sizeBytes = bytes;
  if (way === "up") {
    const file = await open(path, "w");
    await file.truncate(bytes);
    await file.close();
  }
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(dir, "run.mjs"),
    way,
    url,
    path,
    join(dir, "journals"),
  ]);
  await rm(path);
  return Number(stdout);
}

describe("memory", () => {
  for (const way of ["up", "down"] as const) {
    it(`does not grow with the file, ${way}`, async () => {
      const small = await mostMegabytes(way, 128 * MIB);
      const large = await mostMegabytes(way, 1024 * MIB);
      expect(large).toBeLessThan(200);
      expect(large).toBeLessThan(small * 1.5);
    });
  }
});
