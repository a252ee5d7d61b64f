/** Bundles the command into dist/: ES modules, split so that a start loads only what it uses. */
import { rm } from "node:fs/promises";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: { main: "src/main.ts", "hash-worker": "src/transfer/hash-worker.js" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: true,
  chunkNames: "[name]-[hash]",
  external: ["@ffmpeg-installer/ffmpeg"],
  // CommonJS packages inside an ES module bundle still call require, and ask for their own file's name.
  banner: {
    js: [
      'import { createRequire as __createRequire } from "node:module";',
      'import { fileURLToPath as __fileURLToPath } from "node:url";',
      "const require = __createRequire(import.meta.url);",
      "const __filename = __fileURLToPath(import.meta.url);",
    ].join(""),
  },
  logLevel: "warning",
});
