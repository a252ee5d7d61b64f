import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Clients } from "./clients.mjs";
import { withDelay } from "./delay.mjs";
import {
  etagOfParts,
  etagOfWhole,
  makeFile,
  makeMany,
  makeSparse,
  memoryFolder,
  warm,
  warmMemory,
} from "./files.mjs";
import { measure } from "./measure.mjs";
import { compare, judge, say } from "./report.mjs";
import { makeCertificate, startServer } from "./server.mjs";

const MIB = 1024 * 1024;
const CHECKSUMS = ["md5sum", "openssl sha256"];

/** Its speed is measured where the goals ask for it. */
const notOfficial = (name) => name !== "official client";

/** What can be measured, by name. Each takes `{ folder, rounds, peers, bigMib, wanMib, files, delayTool }`. */
export const suites = {
  async up(options) {
    const { folder, peers } = options;
    const file = makeFile(folder, "big.bin", options.bigMib);
    const server = await startServer(folder, {});
    const clients = {
      ...new Clients(server, peers, folder).uploads(file, notOfficial),
      md5sum: { command: ["md5sum", file] },
      "openssl sha256": { command: ["openssl", "sha256", file] },
    };
    for (const each of Object.values(clients)) each.before = () => warm(file);
    await compare({
      ...options,
      title: `${options.bigMib} MiB up, http, loopback, warm cache`,
      bytes: statSync(file).size,
      base: "curl -T",
      clients,
      goals: [
        { who: "sgmedia, no hashing", of: ["curl -T"], most: 1.15 },
        { who: "sgmedia", of: ["curl -T", ...CHECKSUMS], most: 1.15 },
      ],
    });
    server.stop();
  },

  async tls(options) {
    const { folder, peers } = options;
    const file = makeFile(folder, "big.bin", options.bigMib);
    const { cert, tls } = makeCertificate(folder);
    const server = await startServer(folder, { tls });
    const ours = (name) => /^(?:curl|sgmedia)/.test(name);
    const clients = new Clients(server, peers, folder).uploads(file, ours);
    for (const each of Object.values(clients)) {
      each.env = { ...each.env, SSL_CERT_FILE: cert, NODE_EXTRA_CA_CERTS: cert, CURL_CA_BUNDLE: cert };
      each.before = () => warm(file);
    }
    await compare({
      ...options,
      title: `${options.bigMib} MiB up, https, loopback, warm cache`,
      bytes: statSync(file).size,
      base: "curl -T",
      clients,
      goals: [
        { who: "sgmedia, no hashing", of: ["curl -T"], most: 1.4 },
        { who: "sgmedia", of: ["curl -T"], most: 1.9 },
      ],
    });
    server.stop();
  },

  async down(options) {
    const { folder, peers } = options;
    const file = makeFile(folder, "big.bin", options.bigMib);
    const sizeBytes = statSync(file).size;
    const { target, remove } = memoryFolder(folder);
    const ready = () => warmMemory(target, sizeBytes);
    for (const { stored, etag, among } of [
      { stored: "sent in parts", etag: await etagOfParts(file), among: notOfficial },
      {
        stored: "sent whole",
        etag: await etagOfWhole(file),
        among: (name) => /^(?:curl|sgmedia)/.test(name),
      },
    ]) {
      const server = await startServer(folder, { source: { path: file, etag } });
      const all = new Clients(server, peers, folder);
      const clients = {
        ...all.downloads(all.attachmentId(file), join(target, "back.bin"), ready, among),
        md5sum: { command: ["md5sum", file], before: () => warm(file) },
      };
      await compare({
        ...options,
        title: `${options.bigMib} MiB down, http, loopback, onto a memory disk, ${stored}`,
        bytes: sizeBytes,
        base: "curl -o",
        clients,
        goals: [
          { who: "sgmedia", of: ["curl -o", "md5sum"], most: 1.3 },
          { who: "sgmedia, no hashing", of: ["curl -o"], most: 1.35 },
        ],
      });
      server.stop();
    }
    remove();
  },

  async wan(options) {
    if (!options.delayTool) return say("\n(50 ms left out: no --delay-tool)");
    for (const lossPer100000 of [0, 500]) {
      const link = { folder: options.folder, tool: options.delayTool, oneWayMs: 25, lossPer100000 };
      await withDelay(link, (ends) => farAway(options, ends, lossPer100000 / 1000));
    }
  },

  async files(options) {
    const { folder, peers, files } = options;
    const many = makeMany(folder, files);
    const server = await startServer(folder, {});
    const clients = new Clients(server, peers, folder);
    const up = {
      sgmedia: clients.sgmedia("upload", `${many}/*.bin`, "--entity", "Shot:1", "--if-exists", "new"),
    };
    if (peers.python) up["official client"] = clients.official("upload-folder", many);
    const base = peers.python ? "official client" : "sgmedia";
    const goals = [{ who: "sgmedia", of: ["official client"], least: 8 }];
    const shared = { ...options, base, goals, rounds: 1 };
    const results = await compare({
      ...shared,
      title: `${files} files of 100 kB up, loopback`,
      bytes: files * 100_000,
      clients: up,
    });
    judge(`${files} files up: most memory, MB`, results.sgmedia[0].rss, { most: 150 });
    const back = join(folder, "back-many");
    const before = () => {
      rmSync(back, { recursive: true, force: true });
      mkdirSync(back);
    };
    const down = {
      sgmedia: { ...clients.sgmedia("download", "--entity", "Shot:1", "-o", `${back}/`), before },
    };
    if (peers.python) down["official client"] = { ...clients.official("download-all", back), before };
    const held = files * Object.keys(up).length;
    const fetched = await compare({
      ...shared,
      title: `${held} files of 100 kB down, loopback`,
      bytes: held * 100_000,
      clients: down,
    });
    judge(`${held} files down: most memory, MB`, fetched.sgmedia[0].rss, { most: 150 });
    server.stop();
  },

  async growth(options) {
    const { folder, peers } = options;
    const server = await startServer(folder, {});
    const clients = new Clients(server, peers, folder);
    const bySize = await grow(folder, {
      title: "Growth with the size: one sparse file up, hashed",
      heads: ["size", "s per GiB"],
      steps: [100, 1024, 4096, 20_480].map((mib) => ({
        step: mib,
        shown: `${mib} MiB`,
        run: () => clients.up(makeSparse(folder, mib)),
        each: (wall) => ((wall * 1024) / mib).toFixed(2),
      })),
    });
    judge("20 GiB: most memory, MB", bySize[20_480].rss, { most: 150 });
    judge("20 GiB against 1 GiB: memory", bySize[20_480].rss / bySize[1024].rss, { most: 1.1 });
    judge("20 GiB against 1 GiB: time per byte", bySize[20_480].wall / bySize[1024].wall / 20, {
      most: 1.15,
    });
    const byNumber = await grow(folder, {
      title: "Growth with the number: files of 100 kB up",
      heads: ["files", "ms a file"],
      steps: [100, 1000, 10_000].map((count, index) => ({
        step: count,
        shown: String(count),
        run: () => {
          const place = ["--entity", `Shot:${index + 1}`, "--if-exists", "new"];
          return clients.sgmedia("upload", `${makeMany(folder, count)}/*.bin`, ...place);
        },
        each: (wall) => ((wall * 1000) / count).toFixed(1),
      })),
    });
    judge("10,000 files: most memory, MB", byNumber[10_000].rss, { most: 150 });
    judge("10,000 files against 1,000: time a file", byNumber[10_000].wall / byNumber[1000].wall / 10, {
      most: 1.15,
    });
    server.stop();
  },
};

/** One table of growing work; gives what was measured, by step. */
async function grow(folder, { title, heads: [what, rate], steps }) {
  say(`\n### ${title}\n`);
  say(`| ${what} | s | ${rate} | most memory MB |\n|---|---|---|---|`);
  const measured = {};
  for (const { step, shown, run, each } of steps) {
    const { wall, rss } = await measure({ ...run(), folder });
    measured[step] = { wall, rss };
    say(`| ${shown} | ${wall.toFixed(2)} | ${each(wall)} | ${rss.toFixed(0)} |`);
  }
  return measured;
}

async function farAway(options, { host, clientPrefix, serverPrefix }, lossPercent) {
  const { folder, peers } = options;
  const file = makeFile(folder, "wan.bin", options.wanMib);
  const { target, remove } = memoryFolder(folder);
  const source = { path: file, etag: await etagOfParts(file) };
  const server = await startServer(folder, { host, source }, serverPrefix);
  const all = new Clients(server, peers, folder);
  const id = all.attachmentId(file, clientPrefix);
  const bytes = options.wanMib * MIB;
  const what = `50 ms round trip${lossPercent ? `, ${lossPercent} % loss` : ""}`;
  const shared = { ...options, bytes, prefix: clientPrefix };
  const uploads = all.uploads(file);
  const others = (clients) => Object.keys(clients).filter((name) => !name.startsWith("sgmedia"));
  await compare({
    ...shared,
    title: `${options.wanMib} MiB up, ${what}`,
    base: "curl -T",
    clients: uploads,
    goals: lossPercent
      ? [{ who: "sgmedia", of: others(uploads), least: 1 }]
      : [
          { who: "sgmedia", of: ["official client"], least: 5 },
          { who: "sgmedia", of: ["curl -T"], least: 2 },
          { who: "sgmedia", of: ["aws s3 cp"], least: 1 },
        ],
  });
  // The official client sends no cookie to an address with a port, and is refused off the loopback.
  const downloads = all.downloads(id, join(target, "back.bin"), () => {}, notOfficial);
  await compare({
    ...shared,
    title: `${options.wanMib} MiB down, ${what}`,
    base: "curl -o",
    clients: downloads,
    goals: lossPercent
      ? [{ who: "sgmedia", of: others(downloads), least: 1 }]
      : [
          { who: "sgmedia", of: ["curl -o"], least: 2 },
          { who: "sgmedia", of: ["aria2c -x4"], least: 1 },
        ],
  });
  remove();
  server.stop();
}
