import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROGRAM, Site } from "./harness.ts";

let site: Site;
let outside: Server;
let origin: string;
/** Large enough to be remembered: in ranges, and with a name for what is stored. */
const SIZE = 40_000_000;

beforeAll(async () => {
  site = await Site.launch({ silent: true });
  outside = createServer((req, res) => {
    const first = Number(/bytes=(\d+)/.exec(req.headers.range ?? "")?.[1] ?? 0);
    const last = Math.min(first + 999_999, SIZE - 1);
    const range = `bytes ${first}-${last}/${SIZE}`;
    const headers = { "content-range": range, "content-length": last + 1 - first, etag: '"one"' };
    // What comes after the first ten ranges never comes.
    if (first < 10_000_000) res.writeHead(206, headers).end(Buffer.alloc(last + 1 - first));
  });
  await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
});
afterAll(async () => {
  outside.closeAllConnections();
  outside.close();
  await site.stop();
});

const start = (...args: string[]) =>
  execa(process.execPath, [PROGRAM, ...args], {
    cwd: site.folder,
    env: site.env,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
  });
const transfers = (): Promise<string[]> => readdir(join(site.folder, "state", "transfers")).catch(() => []);
const partials = async (): Promise<string[]> =>
  (await readdir(site.folder)).filter((name) => name.endsWith(".part"));

async function until(met: () => Promise<boolean>): Promise<void> {
  while (!(await met())) await new Promise((resolve) => setTimeout(resolve, 30));
}

/** A download from outside the site that died on the way. Gives its id. */
async function deadDownload(name: string): Promise<string> {
  const child = start("download", "--url", `${origin}/${name}`, "-o", name);
  await until(async () => (await transfers()).some((file) => file.endsWith(".jsonl")));
  child.kill("SIGKILL");
  await child;
  return (await site.run(["status", "--json"])).json.results[0].id;
}

describe("abort", () => {
  it("gives up what came from outside the site", async () => {
    const id = await deadDownload("outside.bin");
    expect(await partials()).toHaveLength(1);
    const given = await site.run(["abort", id, "--json"]);
    expect(given).toMatchObject({ code: 0, json: { results: [{ ok: true, aborted: true }] } });
    expect([await partials(), await transfers()]).toEqual([[], []]);
  });

  it("gives up what nobody can read any more", async () => {
    const id = await deadDownload("torn.bin");
    const journal = join(site.folder, "state", "transfers", `${id}.jsonl`);
    await writeFile(journal, `garbage${await readFile(journal, "utf8")}`);
    expect((await site.run(["status", "--json"])).json.results[0]).toMatchObject({ state: "damaged" });
    expect((await site.run(["resume", id])).code).toBe(7);
    expect(await site.run(["abort", id, "--json"])).toMatchObject({ code: 0 });
    expect(await transfers()).toEqual([]);
  });
});

it("an upload that died before it was completed is not taken for another file of its name", async () => {
  const upload = ["--entity", "Version:23404", "--attach", "--json"];
  const mine = await site.file("shot.bin", 300_000);
  await site.setFaults([
    { surface: "site", method: "POST", path: "_upload$", times: "always", resetAfterBytes: 0 },
  ]);
  const child = start("upload", mine, ...upload);
  await until(async () => (await transfers()).some((file) => file.endsWith(".jsonl")));
  child.kill("SIGKILL");
  await child;
  await site.clearFaults();
  await mkdir(join(site.folder, "other"));
  const theirs = await site.file("other/shot.bin", randomBytes(299_000));
  const other = await site.run(["upload", theirs, ...upload], {
    env: { SGMEDIA_STATE_DIR: join(site.folder, "state-of-another") },
  });

  const again = await site.run(["upload", mine, ...upload]);
  expect(again.code).toBe(0);
  const { attachment } = again.json.results[0];
  expect(attachment.id).not.toBe(other.json.results[0].attachment.id);
  const back = await site.run(["download", "--attachment", String(attachment.id), "-o", "back.bin"]);
  expect(back.code).toBe(0);
  expect((await readFile(join(site.folder, "back.bin"))).equals(await readFile(mine))).toBe(true);
});

it.skipIf(process.platform === "win32")(
  "the command that an interruption prints goes on with the files that were not begun, too",
  async () => {
    const names = ["one.bin", "two of three.bin", "three.bin"];
    for (const name of names) await site.file(name, 3_000_000);
    const more = ["--entity", "Version:23425", "--attach", "--jobs", "1", "--limit-rate", "3MB/s"];
    const child = start("upload", ...names, ...more);
    const completions = async (): Promise<number> =>
      (await site.log()).filter(({ method, path }) => method === "POST" && /23425\/_upload$/.test(path))
        .length;
    await until(async () => (await completions()) === 1);
    child.kill("SIGINT");
    const { exitCode, stderr } = await child;
    expect(exitCode).toBe(130);
    const printed = /^ {2}fix {2}sgmedia (.*)$/m.exec(stderr)?.[1] ?? "";
    const typed = await execa("sh", ["-c", `"${process.execPath}" "${PROGRAM}" ${printed} --json`], {
      cwd: site.folder,
      env: site.env,
      extendEnv: false,
    });
    const { results } = JSON.parse(typed.stdout);
    expect(results.map((row: { ok: boolean; skipped: boolean }) => [row.ok, row.skipped])).toEqual([
      [true, true],
      [true, false],
      [true, false],
    ]);
    const found = await site.find("Attachment", ["this_file"]);
    const sent = found.map((each) => (each["this_file"] as { name: string } | null)?.name);
    expect(names.map((name) => sent.filter((each) => each === name).length)).toEqual([1, 1, 1]);
  },
);
