import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const config = fileURLToPath(import.meta.resolve("../test/soak/vitest.config.ts"));

/** Runs one file of test/soak; `--name value` becomes the environment variable that the file reads, all else goes to vitest. */
export function runSoak(name, options) {
  const env = { ...process.env };
  const rest = [];
  const args = process.argv.slice(2);
  for (let at = 0; at < args.length; at += 1) {
    const variable = options[args[at].replace(/^--/, "").split("=")[0]];
    if (variable === undefined) rest.push(args[at]);
    else env[variable] = args[at].includes("=") ? args[at].split("=")[1] : args[++at];
  }
  const { status } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "test.mjs"), "--config", config, `test/soak/${name}.test.ts`, ...rest],
    { cwd: join(import.meta.dirname, ".."), env, stdio: "inherit" },
  );
  process.exit(status ?? 1);
}
