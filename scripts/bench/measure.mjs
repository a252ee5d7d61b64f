import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { start } from "./processes.mjs";

/** No client may take longer: a hung one would hang the bench. */
const MOST_SECONDS = 900;
const script = join(import.meta.dirname, "../../test/bench/measure.py");

/** Runs a whole process: wall and CPU seconds, most memory in MB, exit code. */
export async function measure({ command, env = {}, prefix = [], folder }) {
  const report = join(folder, "measured.json");
  rmSync(report, { force: true });
  const { child, stop } = start([...prefix, "python3", script, report, ...command], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const timer = setTimeout(stop, MOST_SECONDS * 1000);
  await new Promise((resolve) => child.once("exit", resolve));
  clearTimeout(timer);
  if (!existsSync(report)) return { wall: MOST_SECONDS, cpu: 0, rss: 0, code: "too long" };
  const result = JSON.parse(readFileSync(report, "utf8"));
  if (result.code !== 0) {
    const said = readFileSync(`${report}.err`, "utf8").slice(-600);
    console.error(`  exit ${result.code}: ${command.slice(0, 4).join(" ")} ${said}`);
  }
  return result;
}

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
