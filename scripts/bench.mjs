/**
 * Whole processes against each other: `npm run bench -- [--rounds 3] [--only up,down,...] [--size 4GiB] [--peers <folder>] [--delay-tool tundelay.c]`.
 * Every client runs once a round, in turned order in odd rounds; what counts is the median and the ratios in one run, since client and
 * server share the machine. Peers: curl, md5sum and openssl from PATH, aria2c if there, rclone and aws from --peers, and the official
 * Python client (shotgun-api3) from the Python of --peers. Prints a Markdown table and writes it to --out.
 * Whatever ends it, also Ctrl-C, it takes its processes, network namespaces and files with it; --dir keeps the files that it made to be sent.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomFillSync } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    "big-mib": { type: "string", default: "4096" },
    "wan-mib": { type: "string", default: "1024" },
    files: { type: "string", default: "2000" },
    peers: { type: "string", default: "" },
    "delay-tool": { type: "string", default: "" },
    out: { type: "string", default: "" },
    dir: { type: "string", default: "" },
  },
});
const rounds = Number(values.rounds);
const folder = values.dir || mkdtempSync(join(tmpdir(), "sgmedia-bench-"));
mkdirSync(folder, { recursive: true });
const program = join(root, "bin", "sgmedia.js");
const peer = (name) =>
  [join(values.peers, name), join(values.peers, "bin", name), join(values.peers, "aws", "bin", name)].find(
    (path) => values.peers && statSync(path, { throwIfNoEntry: false })?.isFile(),
  );
const onPath = (name) => (spawnSync("which", [name]).status === 0 ? name : undefined);
const tools = { aria2: onPath("aria2c"), rclone: peer("rclone"), aws: peer("aws"), python: peer("python") };
/** What must be undone however this ends: processes, namespaces, files. Last come, first gone. */
const undo = [];
function cleanUp() {
  while (undo.length > 0) {
    try {
      undo.pop()();
    } catch {
      // It was gone already.
    }
  }
}
process.on("exit", cleanUp);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));
if (!values.dir) undo.push(() => rmSync(folder, { recursive: true, force: true }));

/** A process group of our own, gone at the latest when we are. */
function start(argv, options) {
  const child = spawn(argv[0], argv.slice(1), { ...options, detached: true });
  const stop = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  };
  undo.push(stop);
  child.once("exit", () => undo.splice(undo.indexOf(stop), 1));
  return { child, stop };
}

/** A folder on the memory disk, where there is one. */
function memoryFolder() {
  const target = mkdtempSync(existsSync("/dev/shm") ? "/dev/shm/sgmedia-bench-" : join(folder, "down-"));
  undo.push(() => rmSync(target, { recursive: true, force: true }));
  return target;
}

const lines = [];
const say = (line = "") => {
  console.log(line);
  lines.push(line);
};

await build({
  entryPoints: [join(root, "test/bench/server.ts")],
  outfile: join(folder, "server.mjs"),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["@ffmpeg-installer/ffmpeg"],
  banner: { js: 'import { createRequire as __c } from "node:module"; const require = __c(import.meta.url);' },
  logLevel: "error",
});

function makeFile(name, mib) {
  const path = join(folder, name);
  if (existsSync(path) && statSync(path).size === mib * 1048576) return path;
  const fd = openSync(path, "w");
  const block = Buffer.alloc(16 * 1048576);
  randomFillSync(block);
  for (let written = 0; written < mib; written += 16) {
    block.writeUInt32LE(written, 0);
    writeSync(fd, block, 0, Math.min(16, mib - written) * 1048576);
  }
  return path;
}

async function md5Of(path) {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

async function startServer(options, prefix = []) {
  const argv = [
    ...prefix,
    process.execPath,
    join(folder, "server.mjs"),
    JSON.stringify({ host: "127.0.0.1", keepBelowBytes: 1_000_000, ...options }),
  ];
  const { child, stop } = start(argv, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) return { ...JSON.parse(line), stop };
  throw new Error("the server did not start");
}

/** No client may take longer: a hung one would hang the bench. */
const MOST_SECONDS = 900;

async function measure(command, env, prefix) {
  const report = join(folder, "measured.json");
  const argv = [...prefix, "python3", join(root, "test/bench/measure.py"), report, ...command];
  rmSync(report, { force: true });
  const { child, stop } = start(argv, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const timer = setTimeout(stop, MOST_SECONDS * 1000);
  await new Promise((resolve) => child.once("exit", resolve));
  clearTimeout(timer);
  if (!existsSync(report)) return { wall: MOST_SECONDS, cpu: 0, rss: 0, code: "too long" };
  const result = JSON.parse(readFileSync(report, "utf8"));
  if (result.code !== 0)
    console.error(
      `  exit ${result.code}: ${command.slice(0, 4).join(" ")} ${readFileSync(`${report}.err`, "utf8").slice(-600)}`,
    );
  return result;
}

const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Runs every client once a round; `clients` name → {command, env, before}. Prints a table against `base`. */
async function compare(title, bytes, base, clients, { prefix = [], goal = "", n = rounds } = {}) {
  const results = Object.fromEntries(Object.keys(clients).map((name) => [name, []]));
  for (let round = 0; round < n; round += 1) {
    const order = Object.keys(clients);
    if (round % 2 === 1) order.reverse();
    for (const name of order) {
      const { command, env = {}, before } = clients[name];
      before?.();
      results[name].push(await measure(command, env, prefix));
    }
  }
  say(`\n### ${title}\n`);
  if (goal) say(`Goal: ${goal}\n`);
  say(`| client | median s | min–max s | MB/s | CPU s | peak RSS MB | time / ${base} | exit |`);
  say("|---|---|---|---|---|---|---|---|");
  const baseWall = median(results[base].map((each) => each.wall));
  for (const [name, list] of Object.entries(results)) {
    const walls = list.map((each) => each.wall);
    const wall = median(walls);
    const rss = Math.max(...list.map((each) => each.rss));
    const codes = [...new Set(list.map((each) => each.code))].join(",");
    say(
      `| ${name} | ${wall.toFixed(2)} | ${Math.min(...walls).toFixed(2)}–${Math.max(...walls).toFixed(2)} | ${(bytes / wall / 1e6).toFixed(0)} | ${median(list.map((each) => each.cpu)).toFixed(2)} | ${rss.toFixed(0)} | ${(wall / baseWall).toFixed(2)} | ${codes} |`,
    );
  }
  return results;
}

function environment(server, extra = {}) {
  return {
    SGMEDIA_SITE: server.site,
    SGMEDIA_SCRIPT_NAME: server.scriptName,
    SGMEDIA_SCRIPT_KEY: server.scriptKey,
    SGMEDIA_STATE_DIR: join(folder, "state"),
    NO_PROXY: "*",
    ...extra,
  };
}
const up = (file) => [
  process.execPath,
  program,
  "upload",
  file,
  "--version",
  "23404",
  "--attach",
  "--if-exists",
  "new",
  "-q",
];
const down = (id, to) => [
  process.execPath,
  program,
  "download",
  "--attachment",
  String(id),
  "-o",
  to,
  "--if-exists",
  "overwrite",
  "-q",
];
const official = (server, ...rest) => [
  tools.python,
  join(root, "test/bench/official_client.py"),
  server.site,
  server.scriptName,
  server.scriptKey,
  ...rest,
];
const s3 = (server) => ({
  rclone: (file) => [
    tools.rclone,
    "copyto",
    file,
    ":s3:sg-media/rclone.bin",
    "--s3-provider",
    "Other",
    "--s3-endpoint",
    server.storage,
    "--s3-access-key-id",
    "a",
    "--s3-secret-access-key",
    "b",
    "--s3-no-check-bucket",
    "--s3-no-head",
    "--config",
    "/dev/null",
    "--ignore-checksum",
  ],
  aws: (file) => [
    tools.aws,
    "s3",
    "cp",
    file,
    "s3://sg-media/aws.bin",
    "--endpoint-url",
    server.storage,
    "--no-sign-request",
    "--only-show-errors",
    "--region",
    "us-east-1",
  ],
});
const awsEnv = {
  AWS_REQUEST_CHECKSUM_CALCULATION: "when_required",
  AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
  // rclone fails with a bundle, aws with an empty one.
  AWS_CA_BUNDLE: undefined,
};

async function attachmentId(server, file, prefix = []) {
  const argv = [...prefix, ...up(file), "--json"];
  const run = spawnSync(argv[0], argv.slice(1), {
    env: { ...process.env, ...environment(server) },
    maxBuffer: 1e8,
  });
  return JSON.parse(run.stdout.toString()).results[0].attachment.id;
}

function uploadClients(server, file, { peers = true, officialToo = true } = {}) {
  const by = s3(server);
  return {
    "curl -T": { command: ["curl", "-sS", "-T", file, `${server.storage}/sg-media/curl.bin`] },
    sgmedia: { command: up(file), env: environment(server) },
    "sgmedia, no hashing": { command: up(file), env: environment(server, { SGMEDIA_BENCH_NO_HASH: "1" }) },
    ...(peers && tools.aws ? { "aws s3 cp": { command: by.aws(file), env: awsEnv } } : {}),
    ...(peers && tools.rclone ? { rclone: { command: by.rclone(file), env: awsEnv } } : {}),
    ...(officialToo && tools.python
      ? { "official client": { command: official(server, "upload", file) } }
      : {}),
  };
}

function downloadClients(server, id, to, { officialToo = true } = {}) {
  const clean = () => rmSync(to, { force: true });
  return {
    "curl -o": { command: ["curl", "-sS", "-o", to, `${server.storage}/sg-media/any.bin`], before: clean },
    sgmedia: { command: down(id, to), env: environment(server), before: clean },
    "sgmedia, no hashing": {
      command: down(id, to),
      env: environment(server, { SGMEDIA_BENCH_NO_HASH: "1" }),
      before: clean,
    },
    ...(tools.aria2
      ? {
          "aria2c -x4": {
            command: [
              "aria2c",
              "-q",
              "-x4",
              "-s4",
              "--allow-overwrite=true",
              "--file-allocation=none",
              "-d",
              join(to, ".."),
              "-o",
              "back.bin",
              `${server.storage}/sg-media/any.bin`,
            ],
            before: clean,
          },
        }
      : {}),
    ...(officialToo && tools.python
      ? { "official client": { command: official(server, "download", String(id), to), before: clean } }
      : {}),
  };
}

const suites = {
  async up() {
    const file = makeFile("big.bin", Number(values["big-mib"]));
    const server = await startServer({ source: null });
    const clients = {
      ...uploadClients(server, file),
      md5sum: { command: ["md5sum", file] },
      "openssl sha256": { command: ["openssl", "sha256", file] },
    };
    await compare(
      `${values["big-mib"]} MiB up, http, loopback, warm cache`,
      statSync(file).size,
      "curl -T",
      clients,
      {
        goal: "no hashing at most 1.15 of curl; with hashing at most 1.15 of the longest of curl, md5sum, openssl sha256",
      },
    );
    server.stop();
  },
  async tls() {
    const file = makeFile("big.bin", Number(values["big-mib"]));
    const [key, cert] = ["key.pem", "cert.pem"].map((name) => join(folder, name));
    spawnSync("openssl", [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-keyout",
      key,
      "-out",
      cert,
    ]);
    const server = await startServer({
      source: null,
      tls: { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") },
    });
    const trust = { SSL_CERT_FILE: cert, NODE_EXTRA_CA_CERTS: cert, CURL_CA_BUNDLE: cert };
    const clients = uploadClients(server, file, { peers: false, officialToo: false });
    for (const each of Object.values(clients)) each.env = { ...each.env, ...trust };
    await compare(
      `${values["big-mib"]} MiB up, https, loopback, warm cache`,
      statSync(file).size,
      "curl -T",
      clients,
      { goal: "at most 1.4 of curl without hashing, 1.9 with" },
    );
    server.stop();
  },
  async down() {
    const file = makeFile("big.bin", Number(values["big-mib"]));
    const target = memoryFolder();
    const server = await startServer({ source: { path: file, md5: await md5Of(file) } });
    const id = await attachmentId(server, file);
    const clients = {
      ...downloadClients(server, id, join(target, "back.bin")),
      md5sum: { command: ["md5sum", file] },
    };
    await compare(
      `${values["big-mib"]} MiB down, http, loopback, onto a memory disk`,
      statSync(file).size,
      "curl -o",
      clients,
      { goal: "verified at most 1.3 of the longest of curl and md5sum; without at most 1.35 of curl" },
    );
    rmSync(target, { recursive: true });
    server.stop();
  },
  async wan() {
    if (!values["delay-tool"]) return say("\n(50 ms rows left out: no --delay-tool)");
    for (const loss of [0, 500]) await withDelay(25, loss, wanRound);
  },
  async files() {
    const count = Number(values.files);
    const many = join(folder, `many-${count}`);
    mkdirSync(many, { recursive: true });
    for (let n = readdirSync(many).length; n < count; n += 1)
      writeFileSync(join(many, `f${String(n).padStart(5, "0")}.bin`), randomFillSync(Buffer.alloc(100_000)));
    const server = await startServer({ source: null });
    const env = environment(server);
    const sgmedia = {
      command: [
        process.execPath,
        program,
        "upload",
        `${many}/*.bin`,
        "--entity",
        "Shot:1",
        "--if-exists",
        "new",
        "-q",
      ],
      env,
    };
    const clients = {
      sgmedia,
      ...(tools.python ? { "official client": { command: official(server, "upload-folder", many) } } : {}),
    };
    const base = tools.python ? "official client" : "sgmedia";
    await compare(`${count} files of 100 kB up, loopback`, count * 100_000, base, clients, {
      n: 1,
      goal: "at least 8 times the official client",
    });
    const back = join(folder, "back-many");
    const before = () => {
      rmSync(back, { recursive: true, force: true });
      mkdirSync(back);
    };
    const all = {
      sgmedia: {
        command: [process.execPath, program, "download", "--entity", "Shot:1", "-o", `${back}/`, "-q"],
        env,
        before,
      },
      ...(tools.python
        ? { "official client": { command: official(server, "download-all", back), before } }
        : {}),
    };
    const held = count * Object.keys(clients).length;
    await compare(`${held} files of 100 kB down, loopback`, held * 100_000, base, all, {
      n: 1,
      goal: "at least 8 times the official client",
    });
    server.stop();
  },
  async growth() {
    const server = await startServer({ source: null });
    say("\n### Growth: one file, hashing on\n\n| size | s | s per GiB | peak RSS MB |\n|---|---|---|---|");
    for (const mib of [100, 1024, 4096, 20_480]) {
      const path = join(folder, "sparse.bin");
      writeFileSync(path, "x");
      truncateSync(path, mib * 1048576);
      const { wall, rss } = await measure(up(path), environment(server), []);
      say(
        `| ${mib} MiB (sparse) | ${wall.toFixed(2)} | ${((wall * 1024) / mib).toFixed(2)} | ${rss.toFixed(0)} |`,
      );
    }
    server.stop();
  },
};

async function wanRound(host, prefix, serverPrefix, loss) {
  const file = makeFile("wan.bin", Number(values["wan-mib"]));
  const target = memoryFolder();
  const server = await startServer({ host, source: { path: file, md5: await md5Of(file) } }, serverPrefix);
  const what = `50 ms round trip${loss ? `, ${loss / 1000} % loss` : ""}`;
  const id = await attachmentId(server, file, prefix);
  await compare(
    `${values["wan-mib"]} MiB up, ${what}`,
    statSync(file).size,
    "curl -T",
    uploadClients(server, file),
    { prefix, goal: "at least 5 times the official client, at least 2 times curl, not behind aws" },
  );
  await compare(
    `${values["wan-mib"]} MiB down, ${what}`,
    statSync(file).size,
    "curl -o",
    downloadClients(server, id, join(target, "back.bin")),
    { prefix, goal: "at least 2 times curl, not behind aria2c -x4" },
  );
  rmSync(target, { recursive: true });
  server.stop();
}

/** Two network namespaces of our own, joined by a link with delay and loss in user space. Needs root and gcc. */
async function withDelay(oneWayMs, lossPer100000, run) {
  const tool = join(folder, "tundelay");
  const sh = (text) => spawnSync("bash", ["-c", text], { stdio: "inherit" });
  sh(`gcc -O2 -o ${tool} ${values["delay-tool"]}`);
  const [near, far] = [`sgb${process.pid}a`, `sgb${process.pid}b`];
  const { stop } = start([tool, String(oneWayMs), String(lossPer100000), "0"], { stdio: "inherit" });
  const takeDown = () => {
    sh(`ip netns del ${near} 2>/dev/null; ip netns del ${far} 2>/dev/null`);
    stop();
  };
  undo.push(takeDown);
  await new Promise((resolve) => setTimeout(resolve, 500));
  sh(
    `ip netns add ${near}; ip netns add ${far}; ip link set tda netns ${near}; ip link set tdb netns ${far}`,
  );
  for (const [space, device, address] of [
    [near, "tda", "10.77.0.1"],
    [far, "tdb", "10.77.0.2"],
  ])
    sh(
      `ip netns exec ${space} bash -c 'ip addr add ${address}/24 dev ${device}; ip link set ${device} up mtu 1500; ip link set lo up'`,
    );
  try {
    await run("10.77.0.1", ["ip", "netns", "exec", far], ["ip", "netns", "exec", near], lossPer100000);
  } finally {
    takeDown();
  }
}

const only = values.only?.split(",") ?? Object.keys(suites);
say(
  `Node ${process.version}, ${rounds} rounds, peers: curl${tools.aria2 ? ", aria2" : ""}${tools.rclone ? ", rclone" : ""}${tools.aws ? ", aws" : ""}${tools.python ? ", shotgun-api3" : ""}`,
);
for (const name of only) await suites[name]();
if (values.out) writeFileSync(values.out, `${lines.join("\n")}\n`);
process.exit(0);
