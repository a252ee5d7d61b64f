/** sgmedia and the official Python client take turns on one sandbox: `npm run test:cross`. Closes as scripts/test.mjs does. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonWith } from "./python-venv.mjs";

const python = pythonWith(["shotgun-api3==3.10.3"]);
const config = fileURLToPath(import.meta.resolve("../test/cross/vitest.config.ts"));
const args = [join(import.meta.dirname, "test.mjs"), "--config", config, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, {
  cwd: join(import.meta.dirname, ".."),
  env: { ...process.env, CROSS_PYTHON: python },
  stdio: "inherit",
});
process.exit(status ?? 1);
