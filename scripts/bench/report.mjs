import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { measure, median } from "./measure.mjs";

const lines = [];
const verdicts = [];

/** A line of the report, shown at once. */
export function say(line = "") {
  console.log(line);
  lines.push(line);
}

/** On what it was measured. */
export function machine() {
  const gib = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${gib} GiB, ${process.platform}, Node ${process.versions.node}`;
}

/** A goal: `value` is at most, or at least, so much. */
export function judge(what, value, { most, least }) {
  const met = most === undefined ? value >= least : value <= most;
  const limit = most === undefined ? `at least ${least}` : `at most ${most}`;
  verdicts.push(`| ${what} | ${limit} | ${value.toFixed(2)} | ${met ? "met" : "**not met**"} |`);
}

/**
 * Runs every client once a round, in turned order in odd rounds, and says what came of it. A goal `{who, of, most}` is about the time of
 * `who` against the longest of `of`, `{who, of, least}` about how many times faster it is than the fastest of them: in each round for
 * itself, and of these ratios the median.
 */
export async function compare({ title, bytes, base, clients, rounds, folder, prefix = [], goals = [] }) {
  const names = Object.keys(clients);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 1 ? [...names].reverse() : names) {
      const { command, env, before } = clients[name];
      before?.();
      results[name].push(await measure({ command, env, prefix, folder }));
    }
  }
  const wallsOf = (name) => results[name].map((each) => each.wall);
  say(`\n### ${title}\n`);
  say(`| client | median s | min–max s | MB/s | CPU s | most memory MB | time / ${base} | exit |`);
  say("|---|---|---|---|---|---|---|---|");
  for (const name of names) {
    const walls = wallsOf(name);
    const wall = median(walls);
    const ratio = median(walls.map((each, round) => each / wallsOf(base)[round]));
    const columns = [
      wall.toFixed(2),
      `${Math.min(...walls).toFixed(2)}–${Math.max(...walls).toFixed(2)}`,
      (bytes / wall / 1e6).toFixed(0),
      median(results[name].map((each) => each.cpu)).toFixed(2),
      Math.max(...results[name].map((each) => each.rss)).toFixed(0),
      ratio.toFixed(2),
      [...new Set(results[name].map((each) => each.code))].join(","),
    ];
    say(`| ${name} | ${columns.join(" | ")} |`);
  }
  for (const { who, of, most, least } of goals) {
    const there = of.filter((name) => results[name]);
    if (there.length === 0) continue;
    const ratios = wallsOf(who).map((wall, round) => {
      const others = there.map((name) => wallsOf(name)[round]);
      return most === undefined ? Math.min(...others) / wall : wall / Math.max(...others);
    });
    const among =
      there.length > 1
        ? `the ${most === undefined ? "fastest" : "longest"} of ${there.join(", ")}`
        : there[0];
    const what = most === undefined ? `times faster than ${among}` : `time against ${among}`;
    judge(`${title}: ${who}, ${what}`, median(ratios), { most, least });
  }
  return results;
}

/** All goals at the end, and the whole between the marks of a page. */
export function finish(page) {
  if (verdicts.length > 0) {
    say("\n### Goals\n\n| what | goal | measured | |\n|---|---|---|---|");
    for (const each of verdicts) say(each);
  }
  if (!page) return;
  const [begin, end] = ["<!-- bench -->\n", "<!-- /bench -->"];
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for the figures`);
  writeFileSync(
    page,
    `${text.slice(0, from + begin.length)}\n${lines.join("\n").trim()}\n\n${text.slice(to)}`,
  );
}
