import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The Python of a virtual environment that holds exactly these packages (pinned). It is kept in node_modules/.cache and made
 * once for each set. Throws when python3 or a package cannot be had.
 * @param {readonly string[]} packages
 * @returns {string}
 */
export function pythonWith(packages) {
  const digest = createHash("sha256").update(packages.join("\n")).digest("hex").slice(0, 12);
  const folder = join(import.meta.dirname, "..", "node_modules", ".cache", `python-${digest}`);
  const windows = process.platform === "win32";
  const python = join(folder, windows ? "Scripts" : "bin", windows ? "python.exe" : "python");
  const done = join(folder, "complete");
  if (existsSync(done)) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(windows ? "python" : "python3", ["-m", "venv", folder]);
  run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
  writeFileSync(done, `${packages.join("\n")}\n`);
  return python;
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}.`);
}
