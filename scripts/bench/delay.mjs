import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { atTheEnd, start } from "./processes.mjs";

const sh = (text) => spawnSync("bash", ["-c", text], { stdio: "inherit" });

/** A line does not go slower because a client computes: before anybody else, where that can be had. */
const URGENT = spawnSync("chrt", ["-f", "10", "true"]).status === 0 ? ["chrt", "-f", "10"] : [];

/**
 * Two network namespaces of our own, joined by a link with delay and loss in user space; `tool` is its source in C. `run` gets the server's
 * address, and what to put in front of a client's and of a server's command. Needs root, ip and gcc.
 */
export async function withDelay({ folder, tool, oneWayMs, lossPer100000 }, run) {
  const program = join(folder, "tundelay");
  sh(`gcc -O2 -o ${program} ${tool}`);
  const [near, far] = [`sgb${process.pid}a`, `sgb${process.pid}b`];
  const { stop } = start([...URGENT, program, String(oneWayMs), String(lossPer100000), "0"], {
    stdio: "inherit",
  });
  const takeDown = atTheEnd(() => {
    sh(`ip netns del ${near} 2>/dev/null; ip netns del ${far} 2>/dev/null`);
    stop();
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  sh(
    `ip netns add ${near}; ip netns add ${far}; ip link set tda netns ${near}; ip link set tdb netns ${far}`,
  );
  const up = (space, device, address) =>
    sh(
      `ip netns exec ${space} bash -c 'ip addr add ${address}/24 dev ${device}; ip link set ${device} up mtu 1500; ip link set lo up'`,
    );
  up(near, "tda", "10.77.0.1");
  up(far, "tdb", "10.77.0.2");
  try {
    await run({
      host: "10.77.0.1",
      clientPrefix: ["ip", "netns", "exec", far],
      serverPrefix: ["ip", "netns", "exec", near],
    });
  } finally {
    takeDown();
  }
}
