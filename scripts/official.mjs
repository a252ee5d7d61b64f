/**
 * Runs the official Python client's own live tests against a fresh sandbox, once for each kind of storage:
 * `npm run test:official -- <folder with a checkout of the client>`. Nothing of the checkout is copied or changed.
 * Fails below 105 passed tests in a mode, or when a test of uploads, downloads, thumbnails or sign-in fails.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { pythonWith } from "./python-venv.mjs";

const LEAST_PASSED = 105;
const NEVER_FAILS = /upload|download|thumbnail|auth/i;
const SUITES = ["tests/test_api.py", "tests/test_api_long.py"];
const program = join(import.meta.dirname, "..", "bin", "sgmedia.js");

const checkout = resolve(process.argv[2] ?? "");
if (!process.argv[2] || SUITES.some((suite) => !existsSync(join(checkout, suite)))) {
  console.error("usage: npm run test:official -- <folder with a checkout of shotgunsoftware/python-api>");
  process.exit(2);
}
// Neither this machine's site nor its proxy may come into play.
const clean = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(SG_|SGMEDIA_|SHOTGRID_|SHOTGUN_|(https?|all)_proxy$)/i.test(name),
  ),
);
const python = pythonWith(["pytest==8.4.2"]);
const verdicts = [];
for (const mode of ["s3", "sg"]) verdicts.push(await runMode(mode));
process.exit(verdicts.every(Boolean) ? 0 : 1);

/** @param {string} mode */
async function runMode(mode) {
  const sandbox = spawn(process.execPath, [program, "sandbox", "--json", "--storage", mode], {
    env: clean,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const folder = mkdtempSync(join(tmpdir(), "sgmedia-official-"));
  try {
    const ready = JSON.parse(await firstLine(sandbox.stdout));
    await addProject(ready);
    const report = join(folder, "report.xml");
    // Started as a program of its own: the suite's folder is the one it runs in, and it leaves no cache there.
    const run = spawnSync(
      python,
      ["-B", "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", `--junitxml=${report}`, ...SUITES],
      { cwd: checkout, env: { ...clean, ...settings(ready) }, encoding: "utf8" },
    );
    if (!existsSync(report)) throw new Error(`pytest wrote no report:\n${run.stdout}${run.stderr}`);
    return judge(mode, readFileSync(report, "utf8"));
  } finally {
    sandbox.kill("SIGTERM");
    if (sandbox.exitCode === null) await new Promise((done) => sandbox.once("exit", done));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the suite reads (contract/rpc.md 6.1). The records it names are made by the suite itself. */
function settings(ready) {
  return {
    SG_SERVER_URL: ready.site,
    SG_SCRIPT_NAME: ready.scriptName,
    SG_API_KEY: ready.scriptKey,
    SG_HUMAN_LOGIN: ready.person.login,
    SG_HUMAN_NAME: ready.person.name,
    SG_HUMAN_PASSWORD: ready.person.password,
    SG_PROJECT_NAME: ready.project.name,
    SG_ASSET_CODE: "official asset",
    SG_VERSION_CODE: "official version",
    SG_SHOT_CODE: "official shot",
    SG_TASK_CONTENT: "official task",
    SG_PLAYLIST_CODE: "official playlist",
  };
}

/** The suite compares two projects and makes only one. */
async function addProject(ready) {
  const auth = { script_name: ready.scriptName, script_key: ready.scriptKey };
  const args = { type: "Project", fields: [{ field_name: "name", value: "official second project" }] };
  const reply = await fetch(`${ready.site}/api3/json`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ method_name: "create", params: [auth, args] }),
  });
  const answer = await reply.json();
  if (answer.exception) throw new Error(answer.message);
}

/** @param {string} xml a JUnit report */
function judge(mode, xml) {
  const tests = [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(
    ([, head, body = ""]) => ({
      name: `${attribute(head, "classname").split(".").at(-1)}::${attribute(head, "name")}`,
      state: /<(?:failure|error)\b/.test(body) ? "failed" : /<skipped\b/.test(body) ? "skipped" : "passed",
    }),
  );
  const named = (state) => tests.filter((test) => test.state === state).map((test) => test.name);
  const [passed, failed, skipped] = [named("passed"), named("failed"), named("skipped")];
  console.log(`${mode}: ${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  for (const name of failed) console.log(`  ${name}${NEVER_FAILS.test(name) ? "   <- must not fail" : ""}`);
  if (passed.length < LEAST_PASSED) console.log(`  fewer than ${LEAST_PASSED} passed`);
  return passed.length >= LEAST_PASSED && !failed.some((name) => NEVER_FAILS.test(name));
}

function attribute(head, name) {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(head)?.[1] ?? "";
}

async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error("the sandbox did not start");
}
