/**
 * Runs the built program's tests under other versions of Node: `npm run test:nodes`, or with versions as arguments.
 * The versions come from npm packages that hold the binary.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const versions = process.argv.length > 2 ? process.argv.slice(2) : ["22", "24"];
const cache = join(root, "node_modules", ".cache", "nodes");
mkdirSync(cache, { recursive: true });
let failed = false;
for (const version of versions) {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cache, version);
  mkdirSync(folder, { recursive: true });
  const install = spawnSync("npm", ["install", "--no-save", "--prefix", folder, `${name}@${version}`], {
    stdio: "inherit",
  });
  if (install.status !== 0) process.exit(1);
  const binary = join(folder, "node_modules", name, "bin", "node");
  console.log(`\n=== Node ${version}`);
  const run = spawnSync(binary, [join(root, "scripts", "test.mjs")], { cwd: root, stdio: "inherit" });
  failed ||= run.status !== 0;
}
process.exit(failed ? 1 : 0);
