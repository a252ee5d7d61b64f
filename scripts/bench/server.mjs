import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { start } from "./processes.mjs";

/** Builds test/bench/server.ts into the folder. */
export async function buildServer(folder) {
  await build({
    entryPoints: [join(import.meta.dirname, "../../test/bench/server.ts")],
    outfile: join(folder, "server.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["@ffmpeg-installer/ffmpeg"],
    banner: {
      js: 'import { createRequire as __c } from "node:module"; const require = __c(import.meta.url);',
    },
    logLevel: "error",
  });
}

/** The sandbox's site, and a storage that only moves bytes. What it prints when it is ready, and how to stop it. */
export async function startServer(folder, options, prefix = []) {
  const settings = { host: "127.0.0.1", keepBelowBytes: 1_000_000, source: null, ...options };
  const { child, stop } = start(
    [...prefix, process.execPath, join(folder, "server.mjs"), JSON.stringify(settings)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  for await (const line of createInterface({ input: child.stdout })) return { ...JSON.parse(line), stop };
  throw new Error("the server did not start");
}

/** A certificate for 127.0.0.1: its path, and what the server wants. */
export function makeCertificate(folder) {
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name));
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  spawnSync("openssl", ["req", ...kind, ...names, "-keyout", key, "-out", cert]);
  return { cert, tls: { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") } };
}
