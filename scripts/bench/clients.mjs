import { spawnSync } from "node:child_process";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const program = join(root, "bin", "sgmedia.js");
const officialClient = join(root, "test/bench/official_client.py");

/** Those of PATH, and of a folder with the current ones; undefined where there is none. */
export function findPeers(folder) {
  const given = (name) =>
    [join(folder, name), join(folder, "bin", name)].find(
      (path) => folder && statSync(path, { throwIfNoEntry: false })?.isFile(),
    );
  const onPath = (name) => (spawnSync("which", [name]).status === 0 ? name : undefined);
  return {
    aria2: onPath("aria2c"),
    rclone: given("rclone"),
    aws: given("aws"),
    s5cmd: given("s5cmd"),
    python: given("python"),
  };
}

/** Says what was measured against. */
export function describePeers(peers) {
  const first = (command, ...args) => {
    const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
    return (stdout || stderr).split("\n")[0];
  };
  const version = "import shotgun_api3; print('shotgun-api3', shotgun_api3.__version__)";
  return [
    first("curl", "--version").replace(/ \(.*/, ""),
    peers.aria2 && first(peers.aria2, "--version"),
    peers.rclone && first(peers.rclone, "version"),
    peers.aws && first(peers.aws, "--version").replace(/ Python.*/, ""),
    peers.s5cmd && `s5cmd ${first(peers.s5cmd, "version")}`,
    peers.python && first(peers.python, "-c", version),
  ]
    .filter(Boolean)
    .join(", ");
}

/** The commands of all clients against one server. */
export class Clients {
  #server;
  #peers;
  #stateDir;

  constructor(server, peers, folder) {
    this.#server = server;
    this.#peers = peers;
    this.#stateDir = join(folder, "state");
  }

  env(extra = {}) {
    return {
      SGMEDIA_SITE: this.#server.site,
      SGMEDIA_SCRIPT_NAME: this.#server.scriptName,
      SGMEDIA_SCRIPT_KEY: this.#server.scriptKey,
      SGMEDIA_STATE_DIR: this.#stateDir,
      NO_PROXY: "*",
      ...extra,
    };
  }

  sgmedia(...args) {
    return { command: [process.execPath, program, ...args, "-q"], env: this.env() };
  }

  official(...args) {
    const { site, scriptName, scriptKey } = this.#server;
    return { command: [this.#peers.python, officialClient, site, scriptName, scriptKey, ...args] };
  }

  up(file) {
    return this.sgmedia("upload", file, "--version", "23404", "--attach", "--if-exists", "new");
  }

  /** Uploads once, and gives the id of what it became. */
  attachmentId(file, prefix = []) {
    const { command, env } = this.up(file);
    const [first, ...rest] = [...prefix, ...command, "--json"];
    const run = spawnSync(first, rest, { env: { ...process.env, ...env }, maxBuffer: 1e8 });
    return JSON.parse(run.stdout.toString()).results[0].attachment.id;
  }

  /** Everybody who can send a file. `among` leaves some out. */
  uploads(file, among = () => true) {
    const { aws, rclone, s5cmd, python } = this.#peers;
    const { storage } = this.#server;
    return pick(among, {
      "curl -T": { command: ["curl", "-sS", "-T", file, `${storage}/sg-media/curl.bin`] },
      sgmedia: this.up(file),
      "sgmedia, no hashing": noHash(this.up(file)),
      ...(aws && { "aws s3 cp": awsCopy(aws, storage, file, "s3://sg-media/aws.bin") }),
      ...(rclone && { rclone: rcloneCopy(rclone, storage, file, ":s3:sg-media/rclone.bin") }),
      ...(s5cmd && { s5cmd: s5Copy(s5cmd, storage, file, "s3://sg-media/s5.bin") }),
      ...(python && { "official client": this.official("upload", file) }),
    });
  }

  /** Everybody who can fetch one. `before` runs before each. */
  downloads(id, to, before, among = () => true) {
    const { aria2, aws, rclone, s5cmd, python } = this.#peers;
    const { storage } = this.#server;
    const [dir, name] = [join(to, ".."), to.split("/").at(-1)];
    const get = this.sgmedia("download", "--attachment", String(id), "-o", to, "--if-exists", "overwrite");
    const aria = [
      "-q",
      "-x4",
      "-s4",
      "--allow-overwrite=true",
      "--file-allocation=none",
      "-d",
      dir,
      "-o",
      name,
    ];
    const key = "sg-media/any.bin";
    const all = pick(among, {
      "curl -o": { command: ["curl", "-sS", "-o", to, `${storage}/${key}`] },
      sgmedia: get,
      "sgmedia, no hashing": noHash(get),
      ...(aria2 && { "aria2c -x4": { command: [aria2, ...aria, `${storage}/${key}`] } }),
      ...(aws && { "aws s3 cp": awsCopy(aws, storage, `s3://${key}`, to) }),
      ...(rclone && { rclone: rcloneCopy(rclone, storage, `:s3:${key}`, to) }),
      ...(s5cmd && { s5cmd: s5Copy(s5cmd, storage, `s3://${key}`, to) }),
      ...(python && { "official client": this.official("download", String(id), to) }),
    });
    const clean = () => {
      rmSync(to, { force: true });
      before();
    };
    return Object.fromEntries(
      Object.entries(all).map(([each, client]) => [each, { ...client, before: clean }]),
    );
  }
}

function pick(among, clients) {
  return Object.fromEntries(Object.entries(clients).filter(([name]) => among(name)));
}

/** The engine without MD5 and SHA-256, to see what they cost. */
function noHash({ command, env }) {
  return { command, env: { ...env, SGMEDIA_BENCH_NO_HASH: "1" } };
}

/** Each peer as it is installed. rclone fails with a bundle of certificates in the environment, aws with an empty one. */
const PEER_ENV = { AWS_CA_BUNDLE: undefined };

function awsCopy(aws, storage, from, to) {
  const options = [
    "--endpoint-url",
    storage,
    "--no-sign-request",
    "--only-show-errors",
    "--region",
    "us-east-1",
  ];
  return { command: [aws, "s3", "cp", from, to, ...options], env: PEER_ENV };
}

function s5Copy(s5cmd, storage, from, to) {
  return { command: [s5cmd, "--endpoint-url", storage, "--no-sign-request", "cp", from, to], env: PEER_ENV };
}

function rcloneCopy(rclone, storage, from, to) {
  const options = ["--s3-provider", "Other", "--s3-endpoint", storage, "--s3-access-key-id", "a"];
  const more = [
    "--s3-secret-access-key",
    "b",
    "--s3-no-check-bucket",
    "--config",
    "/dev/null",
    "--ignore-checksum",
    "--ignore-times",
  ];
  const head = from.startsWith(":s3:") ? [] : ["--s3-no-head"];
  return { command: [rclone, "copyto", from, to, ...options, ...more, ...head], env: PEER_ENV };
}
