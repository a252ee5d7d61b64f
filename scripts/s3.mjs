/**
 * The engine against a real S3 server, with the sandbox signing for it: `npm run test:s3 -- --start <script>`, or
 * SGMEDIA_S3_ENDPOINT for one that runs already (docs/s3.md). Closes as scripts/test.mjs does.
 */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const START_MS = 120_000;
const STOP_MS = 10_000;
/** The user that a starter is to make, unless the AWS variables name another. */
const STARTED_KEYS = { AWS_ACCESS_KEY_ID: "AKTEST", AWS_SECRET_ACCESS_KEY: "SKTEST" };

const { values, positionals } = parseArgs({
  options: { start: { type: "string" }, port: { type: "string", default: "7480" } },
  allowPositionals: true,
});
const start = values.start ?? process.env["SGMEDIA_S3_START"];
const endpoint = process.env["SGMEDIA_S3_ENDPOINT"];

if (start && values.start === undefined && endpoint)
  fail("SGMEDIA_S3_START and SGMEDIA_S3_ENDPOINT exclude each other.");
if (start) process.exitCode = await withStarted(resolve(start), values.port);
else if (endpoint) process.exitCode = await withRunning(endpoint);
else {
  console.log("skipped: no S3 server");
  console.log(
    "To have one started: npm run test:s3 -- --start <script>. For one that runs: SGMEDIA_S3_ENDPOINT.",
  );
}

async function withRunning(url) {
  if (!URL.canParse(url)) fail(`SGMEDIA_S3_ENDPOINT is no address: ${url}`);
  for (const name of Object.keys(STARTED_KEYS))
    if (!process.env[name]) fail(`${name} is not set: the tests make a bucket at ${url} with these keys.`);
  if (!(await answers(url))) fail(`Nothing answers at ${url}.`);
  return runTests({ SGMEDIA_S3_ENDPOINT: url });
}

/** The starter is given a folder and a port. It may stay or leave servers behind, whose `*.pid` files lie in the folder. */
async function withStarted(script, port) {
  const url = `http://127.0.0.1:${port}`;
  if (await answers(url))
    fail(`Something answers at ${url} already: name it with SGMEDIA_S3_ENDPOINT, or choose another --port.`);
  const folder = mkdtempSync(join(tmpdir(), "sgmedia-s3-server-"));
  const log = openSync(join(folder, "starter.log"), "a");
  const starter = spawn(script, [folder, port], { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  const state = { ended: false, why: "" };
  starter.once("error", (thrown) => Object.assign(state, { ended: true, why: thrown.message }));
  starter.once("exit", (code, signal) => {
    Object.assign(state, { ended: true, why: code === 0 ? "" : `it ended with ${code ?? signal}` });
  });
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => stop(starter, folder).then(() => process.exit(1)));
  try {
    const why = await whyNotUp(url, state);
    if (why !== null) {
      console.error(readFileSync(join(folder, "starter.log"), "utf8").split("\n").slice(-30).join("\n"));
      console.error(`${script} started no S3 server at ${url}: ${why}.`);
      return 1;
    }
    return await runTests({ ...STARTED_KEYS, ...awsVariables(), SGMEDIA_S3_ENDPOINT: url });
  } finally {
    await stop(starter, folder);
  }
}

async function whyNotUp(url, state) {
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    // Looked at first: what it left behind may answer only once it has ended.
    const { ended } = state;
    const up = await answers(url);
    if (state.why) return state.why;
    if (up) return null;
    if (ended) return "it ended, and nothing answers there";
    await pause(250);
  }
  return `nothing answers there after ${START_MS / 1000} s`;
}

/** Ends what was started: the starter with its children, and the servers that wrote a `*.pid` into the folder. */
async function stop(starter, folder) {
  const files = readdirSync(folder, { recursive: true }).map(String);
  const servers = files
    .filter((name) => name.endsWith(".pid"))
    .map((name) => Number(readFileSync(join(folder, name), "utf8").trim()))
    .filter((pid) => pid > 1);
  const targets = [...servers, ...(starter.pid ? [-starter.pid] : [])];
  for (const pid of targets) send(pid, "SIGTERM");
  const until = Date.now() + STOP_MS;
  while (targets.some((pid) => send(pid, 0)) && Date.now() < until) await pause(100);
  for (const pid of targets) send(pid, "SIGKILL");
  while (targets.some((pid) => send(pid, 0)) && Date.now() < until + STOP_MS) await pause(100);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function awsVariables() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name in STARTED_KEYS));
}

async function answers(url) {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await reply.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** A process of its own, awaited: signals must still be heard meanwhile. */
async function runTests(env) {
  const config = fileURLToPath(import.meta.resolve("../test/s3/vitest.config.ts"));
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "test.mjs"), "--config", config, ...positionals],
    { cwd: join(import.meta.dirname, ".."), env: { ...process.env, ...env }, stdio: "inherit" },
  );
  return new Promise((done) => child.once("exit", (code) => done(code ?? 1)));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
