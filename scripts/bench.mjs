/**
 * Whole processes against each other: `npm run bench -- [--rounds 3] [--only up,down,...] [--peers <folder>] [--delay-tool tundelay.c]
 * [--write]`. Every client runs once a round, in turned order in odd rounds; what counts is the ratios in one run, since client and
 * server share the machine. Peers: curl, md5sum, openssl and aria2c from PATH; rclone, aws, s5cmd and the Python that has shotgun-api3
 * from --peers. --write puts the figures into docs/performance.md. Whatever ends it, also Ctrl-C, it takes its processes, network
 * namespaces and files with it; --dir keeps the files that it made to be sent.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describePeers, findPeers } from "./bench/clients.mjs";
import { atTheEnd } from "./bench/processes.mjs";
import { finish, machine, say } from "./bench/report.mjs";
import { buildServer } from "./bench/server.mjs";
import { suites } from "./bench/suites.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: Object.keys(suites).join(",") },
    "big-mib": { type: "string", default: "4096" },
    "wan-mib": { type: "string", default: "1024" },
    files: { type: "string", default: "2000" },
    peers: { type: "string", default: "" },
    "delay-tool": { type: "string", default: "" },
    dir: { type: "string", default: "" },
    write: { type: "boolean", default: false },
  },
});
const folder = values.dir || mkdtempSync(join(tmpdir(), "sgmedia-bench-"));
if (values.dir) mkdirSync(folder, { recursive: true });
else atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
const peers = findPeers(values.peers);
const options = {
  folder,
  peers,
  rounds: Number(values.rounds),
  bigMib: Number(values["big-mib"]),
  wanMib: Number(values["wan-mib"]),
  files: Number(values.files),
  delayTool: values["delay-tool"],
};
await buildServer(folder);
const day = new Date().toISOString().slice(0, 10);
say(`${day}, ${machine()}; ${options.rounds} rounds; ${describePeers(peers)}.`);
for (const name of values.only.split(",")) await suites[name](options);
finish(values.write ? join(import.meta.dirname, "../docs/performance.md") : null);
process.exit(0);
