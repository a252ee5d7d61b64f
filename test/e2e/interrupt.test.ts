/** Ctrl-C, SIGTERM, a reader that goes away, a full disk: how a running transfer ends, and what it leaves. */
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Site } from "./harness.ts";
import { Desk, FILE_BYTES, PART_BYTES, type Running, randomBytesOf, until } from "./processes.ts";

/** A hung request is given no time: this is for a slow machine. */
const AT_ONCE_MS = 1500;

let site: Site;
let desk: Desk;
let desks = 0;
let bytes: Buffer;
beforeAll(async () => {
  site = await Site.launch({ silent: true, env: { SGMEDIA_FFMPEG: "/nowhere/ffmpeg" } });
});
afterAll(() => site.stop());
afterEach(() => desk.close());

async function openDesk(way: "upload" | "download"): Promise<void> {
  desks += 1;
  desk = await Desk.open(site, `desk_${desks}`);
  bytes = randomBytesOf(FILE_BYTES);
  if (way === "upload") await desk.file("movie.mov", bytes);
  else await desk.inspector.store(desk.versionId, "movie.mov", bytes);
}

const hung = (way: "upload" | "download"): Promise<Running> =>
  way === "upload" ? desk.hungUpload() : desk.hungDownload();

/** What went over the line for the bytes themselves since then. */
async function movedBytes(sinceMs: number): Promise<number> {
  const { put, got } = await desk.moved(sinceMs);
  return put.reduce((sum, each) => sum + each.bytesIn, 0) + got.reduce((sum, each) => sum + each.bytesOut, 0);
}

async function expectDone(): Promise<void> {
  expect((await desk.read("movie.mov"))?.equals(bytes)).toBe(true);
  expect((await desk.inspector.bytesOf(desk.versionId))?.equals(bytes)).toBe(true);
  expect(await desk.newAttachments()).toBe(1);
  expect(await desk.openMultiparts()).toEqual([]);
  expect([await desk.kept(), await desk.partials()]).toEqual([[], []]);
}

// Windows has no signals that a process could send: there they end it at once, as SIGKILL does.
describe.skipIf(process.platform === "win32")("a signal", () => {
  it.each([
    ["SIGINT", 130, "upload"],
    ["SIGINT", 130, "download"],
    ["SIGTERM", 143, "upload"],
    ["SIGTERM", 143, "download"],
  ] as const)("%s ends with %i, and the command that it prints ends the %s", async (signal, exit, way) => {
    await openDesk(way);
    const running = await hung(way);
    running.kill(signal);
    const { code, stdout, stderr } = await running.ended;
    await site.clearFaults();
    expect([code, stdout]).toEqual([exit, ""]);
    expect(stderr).toContain(`error E_INTERRUPTED  Stopped by ${signal}.`);
    expect(await desk.remembered()).toMatchObject({ bytes: 3 * PART_BYTES, damage: [] });
    // The memory, and nothing that only a running process needs.
    expect(await desk.kept()).toHaveLength(1);
    if (way === "download") expect(await desk.read("movie.mov")).toBeNull();

    const since = Date.now();
    const last = stderr.trimEnd().split("\n").at(-1) ?? "";
    const printed = /^ {2}fix {2}(sgmedia .*)$/.exec(last)?.[1] ?? "";
    expect(await desk.type(printed)).toMatchObject({ code: 0 });
    expect(await movedBytes(since)).toBe(FILE_BYTES - 3 * PART_BYTES);
    await expectDone();
  });

  it("with --json it is told in the one document", async () => {
    await openDesk("upload");
    const running = await desk.hungUpload([...desk.upload, "--json"]);
    running.kill("SIGINT");
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    const { ok, error } = JSON.parse(stdout);
    expect([ok, error.code, error.exit]).toEqual([false, "E_INTERRUPTED", 130]);
    expect(error.fix).toContain(`sgmedia upload movie.mov --version ${desk.versionId}`);
  });

  it.each(["upload", "download"] as const)(
    "a second SIGINT ends it at once while a request hangs: %s",
    async (way) => {
      await openDesk(way);
      const running = await hung(way);
      const at = performance.now();
      running.kill("SIGINT");
      running.kill("SIGINT");
      // Two of the same kind at once may come as one.
      const again = setInterval(() => running.kill("SIGINT"), 100);
      const { code } = await running.ended;
      clearInterval(again);
      expect(performance.now() - at).toBeLessThan(AT_ONCE_MS);
      expect(code).toBe(130);
      expect((await desk.remembered()).damage).toEqual([]);
      await site.clearFaults();

      const since = Date.now();
      expect((await desk.run(desk[way])).code).toBe(0);
      expect(await movedBytes(since)).toBe(FILE_BYTES - 3 * PART_BYTES);
      await expectDone();
    },
  );

  it("a second SIGINT does not wait for a site that does not answer", async () => {
    await openDesk("upload");
    await desk.inspector.setFault({ surface: "site", method: "GET", path: "/_upload$", latencyMs: 600_000 });
    const running = desk.start(desk.upload);
    await until("the site is asked", async () => (await desk.inspector.fault()).seen > 0);
    running.kill("SIGINT");
    await until("it says that it stops", () =>
      running.stderr().includes("Stopping. Once more stops at once."),
    );
    const at = performance.now();
    running.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect(performance.now() - at).toBeLessThan(AT_ONCE_MS);
    await site.clearFaults();
    expect((await desk.run(desk.upload)).code).toBe(0);
    await expectDone();
  });
});

describe.skipIf(process.platform === "win32")("standard input", () => {
  it("an upload that is interrupted cannot go on: its multipart is closed, and what it says is true", async () => {
    await openDesk("upload");
    const args = [
      "upload",
      "-",
      "--name",
      "piped.mov",
      "--version",
      String(desk.versionId),
      "--part-size",
      "5MiB",
    ];
    const { feed, ...running } = desk.start(args, "pipe");
    feed?.on("error", () => {});
    feed?.write(randomBytesOf(3 * PART_BYTES + 1000));
    await until("two parts are stored", async () => (await desk.remembered()).parts.length >= 2);
    running.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("error E_INTERRUPTED  Stopped by SIGINT.");
    // No command can go on with what nobody can read again.
    expect(stderr).not.toContain("is remembered");
    expect(stderr).toMatch(/pipe|again/i);
    expect(await desk.openMultiparts()).toEqual([]);
    expect(await desk.kept()).toEqual([]);
    expect((await desk.run(["status", "--json"])).json.results).toEqual([]);
    expect(await desk.newAttachments()).toBe(0);
  });
});

describe.skipIf(process.platform === "win32")("standard output", () => {
  it("a reader that goes away ends the download quietly with 0", async () => {
    await openDesk("download");
    const { stdout, stderr } = await desk.type(
      `{ sgmedia ${desk.toStdout.join(" ")} --progress none; echo "exit $?" >&2; } | head -c 1000 | wc -c`,
    );
    expect([stdout.trim(), stderr.trim()]).toEqual(["1000", "exit 0"]);
    expect(await desk.kept()).toEqual([]);
  });

  it("nothing about errors is said with progress, either", async () => {
    await openDesk("download");
    const { stderr } = await desk.type(`sgmedia ${desk.toStdout.join(" ")} | head -c 1000 > /dev/null`);
    expect(stderr).not.toMatch(/error|EPIPE|E_[A-Z]+| at /);
  });

  it.skipIf(!existsSync("/dev/full"))("a full disk behind it is 12, and is said", async () => {
    await openDesk("download");
    const { code, stderr } = await desk.type(`sgmedia ${desk.toStdout.join(" ")} > /dev/full`);
    expect(code).toBe(12);
    expect(stderr).toMatch(/error E_DISK_FULL/);
    expect(stderr).toContain("fix");
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});

describe("a disk that is full", () => {
  const SMALL_BYTES = 32 * 1024 * 1024;
  let small = "";
  let mounted = false;
  const download = (): string[] => [...desk.toStdout.slice(0, -1), join(small, "movie.mov"), "--json"];
  beforeAll(async () => {
    small = join(site.folder, "small");
    await mkdir(small);
    const options = ["-t", "tmpfs", "-o", `size=${SMALL_BYTES}`, "tmpfs", small];
    mounted =
      process.platform === "linux" && (await execa("mount", options, { reject: false })).exitCode === 0;
  });
  afterAll(async () => {
    if (mounted) await execa("umount", [small]);
  });

  const expectFull = async (code: number | null, stdout: string): Promise<void> => {
    const { error } = JSON.parse(stdout);
    expect([code, error.code]).toEqual([12, "E_DISK_FULL"]);
    expect(error.fix).toContain("Free some space");
    expect(await desk.kept()).toEqual([]);
    expect(await readdir(small)).toEqual(["filler"]);
  };

  it("before the first byte: 12, nothing is fetched and nothing is left", async ({ skip }) => {
    if (!mounted) skip("only root can mount a small file system");
    await openDesk("download");
    await writeFile(join(small, "filler"), Buffer.alloc(SMALL_BYTES / 2));
    const since = Date.now();
    const { code, stdout } = await desk.run(download());
    await expectFull(code, stdout);
    // The answer that told the size was on its way, no more than that.
    expect(await movedBytes(since)).toBeLessThanOrEqual(PART_BYTES);
  });

  it("half-way: 12, and nothing is left; with space again it is fetched", async ({ skip }) => {
    if (!mounted) skip("only root can mount a small file system");
    await openDesk("download");
    await rm(join(small, "filler"), { force: true });
    const running = desk.start([...download(), "--limit-rate", "6MB/s"]);
    await until("a range is there", async () => (await desk.remembered()).bytes > 0);
    // It holds still while somebody else takes the space.
    running.kill("SIGSTOP");
    const filler = await open(join(small, "filler"), "w");
    while ((await filler.write(Buffer.alloc(65_536)).catch(() => null)) !== null);
    await filler.close();
    running.kill("SIGCONT");
    const { code, stdout } = await running.ended;
    await expectFull(code, stdout);

    await rm(join(small, "filler"));
    expect((await desk.run(download())).code).toBe(0);
    expect((await readFile(join(small, "movie.mov"))).equals(bytes)).toBe(true);
  });
});
