/** A file or a journal that is not what it was, and two processes at once: nothing is lost in silence, nothing is made twice. */
import { readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Site } from "./harness.ts";
import { Desk, expectUploaded, FILE_BYTES, PART_BYTES, randomBytesOf, until } from "./processes.ts";

let site: Site;
let desk: Desk;
let desks = 0;
beforeAll(async () => {
  // Random bytes are no movie: without ffmpeg nobody tries to read them.
  site = await Site.launch({ silent: true, env: { SGMEDIA_FFMPEG: "/nowhere/ffmpeg" } });
});
afterAll(() => site.stop());
afterEach(() => desk.close());

async function openDesk(): Promise<void> {
  desks += 1;
  desk = await Desk.open(site, `desk_${desks}`);
}

describe("a file that changed between the kill and the next run", () => {
  const SOME_DAY = new Date("2024-05-01T12:00:00Z");

  it.each([
    ["its size", FILE_BYTES - 1_000_000, null],
    ["its time and bytes that were sent", FILE_BYTES, null],
    ["bytes that were sent, and nothing else", FILE_BYTES, SOME_DAY],
  ])("%s: that is said, all of it is sent anew, the old multipart is closed", async (_, size, mtime) => {
    await openDesk();
    const path = join(desk.folder, "movie.mov");
    const old = await desk.file("movie.mov");
    await utimes(path, SOME_DAY, SOME_DAY);
    await desk.end(await desk.hungUpload());
    // The same file, not another one under its name: its inode stays.
    const { ino } = await stat(path);
    const now = Buffer.from(old.subarray(0, size));
    now[PART_BYTES + 7] = (now[PART_BYTES + 7] ?? 0) ^ 1;
    await writeFile(path, now);
    if (mtime) await utimes(path, mtime, mtime);
    expect((await stat(path)).ino).toBe(ino);

    const since = Date.now();
    const { code, json, stderr } = await desk.run([...desk.upload, "--json"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^"movie\.mov" changed .*: starting over\.$|^Starting over with "movie\.mov": /m);
    expect(json.results[0]).toMatchObject({ sizeBytes: size, parts: { count: 5, sent: 5, resumed: 0 } });
    const parts = (await desk.moved(since)).put.map((each) => each.partNumber);
    expect([...new Set(parts)].sort()).toEqual([1, 2, 3, 4, 5]);
    await expectUploaded(desk, now);
  });
});

describe("a journal that is damaged in its middle", () => {
  it("an upload stops with E_JOURNAL and touches nothing; --restart, as it says, does it all", async () => {
    await openDesk();
    const movie = await desk.file("movie.mov");
    await desk.end(await desk.hungUpload());
    const damaged = await damage(await desk.journal());
    const since = Date.now();
    const { code, json } = await desk.run([...desk.upload, "--json"]);
    expect([code, json.error.code, json.error.exit]).toEqual([7, "E_JOURNAL", 7]);
    expect(json.error.message).toContain("damaged");
    expect((await readFile(await desk.journal())).equals(damaged)).toBe(true);
    expect([(await desk.openMultiparts()).length, (await desk.moved(since)).put]).toEqual([1, []]);

    expect(json.error.fix).toContain("--restart");
    expect((await desk.run([...desk.upload, "--restart"])).code).toBe(0);
    await expectUploaded(desk, movie);
  });

  it("a download stops with E_JOURNAL and touches nothing; --restart, as it says, does it all", async () => {
    await openDesk();
    const bytes = randomBytesOf(FILE_BYTES);
    await desk.inspector.store(desk.versionId, "movie.mov", bytes);
    await desk.end(await desk.hungDownload());
    const damaged = await damage(await desk.journal());
    const { code, json } = await desk.run([...desk.download, "--json"]);
    expect([code, json.error.code]).toEqual([7, "E_JOURNAL"]);
    expect((await readFile(await desk.journal())).equals(damaged)).toBe(true);
    expect([await desk.read("movie.mov"), (await desk.partials()).length]).toEqual([null, 1]);

    expect(json.error.fix).toContain("--restart");
    expect((await desk.run([...desk.download, "--restart"])).code).toBe(0);
    expect((await desk.read("movie.mov"))?.equals(bytes)).toBe(true);
    expect([await desk.kept(), await desk.partials()]).toEqual([[], []]);
  });

  it.each(["upload", "download"] as const)("resume names the command that gives it up: %s", async (way) => {
    await openDesk();
    const bytes = randomBytesOf(FILE_BYTES);
    if (way === "upload") await desk.file("movie.mov", bytes);
    else await desk.inspector.store(desk.versionId, "movie.mov", bytes);
    await desk.end(await (way === "upload" ? desk.hungUpload() : desk.hungDownload()));
    await damage(await desk.journal());
    const [row] = (await desk.run(["status", "--json"])).json.results;
    expect(row).toMatchObject({ direction: way, state: "damaged", why: expect.stringContaining("line 3") });
    const { code, json } = await desk.run(["resume", row.id, "--json"]);
    expect([code, json.error.code]).toEqual([7, "E_JOURNAL"]);
    expect(json.error.fix).toContain(`${way} the file again`);

    const named = /"(sgmedia abort \w+)"/.exec(json.error.fix)?.[1] ?? "";
    expect((await desk.run(named.split(" ").slice(1))).code).toBe(0);
    expect([await desk.kept(), await desk.partials(), await desk.openMultiparts()]).toEqual([[], [], []]);
    expect((await desk.run(desk[way])).code).toBe(0);
    expect((await desk.read("movie.mov"))?.equals(bytes)).toBe(true);
    expect((await desk.inspector.bytesOf(desk.versionId))?.equals(bytes)).toBe(true);
  });
});

it("a last line that was torn is cut off: that part alone is sent again", async () => {
  await openDesk();
  const movie = await desk.file("movie.mov");
  await desk.end(await desk.hungUpload());
  const path = await desk.journal();
  const { parts } = await desk.remembered();
  await writeFile(path, (await readFile(path)).subarray(0, -10));
  const since = Date.now();
  const { code, json } = await desk.run([...desk.upload, "--json"]);
  expect([code, json.results[0].parts]).toEqual([0, { count: 5, sent: 3, resumed: 2 }]);
  const sent = (await desk.moved(since)).put.map((each) => each.partNumber).sort();
  expect(sent).toEqual([parts.at(-1), 4, 5]);
  await expectUploaded(desk, movie);
});

describe.skipIf(process.platform === "win32")("two processes with the same upload", () => {
  it("one sends, the other says whom it waits for and finds it done: one Attachment", async () => {
    await openDesk();
    const movie = await desk.file("movie.mov");
    const args = [...desk.upload, "--json"];
    const one = desk.start([...args, "--limit-rate", "12MB/s", "--part-jobs", "1"]);
    await until("a part in the journal", async () => (await desk.remembered()).parts.length >= 1);
    // It holds still, so that the other comes in time however slow this machine is.
    one.kill("SIGSTOP");
    const other = desk.start(args);
    await until("the other waits", () => other.stderr().includes(`Process ${one.pid} on `));
    expect(other.stderr()).toMatch(/is sending "movie\.mov": waiting for it/);
    one.kill("SIGCONT");
    const ends = await Promise.all([one.ended, other.ended]);
    expect(ends.map((each) => each.code)).toEqual([0, 0]);
    const [sent, found] = ends.map((each) => JSON.parse(each.stdout).results[0]);
    expect([sent.skipped, sent.parts.sent, found.skipped]).toEqual([false, 5, true]);
    expect(found.attachment.id).toBe(sent.attachment.id);
    await expectUploaded(desk, movie);
  });

  it("the one that waits goes on where the other was killed", async () => {
    await openDesk();
    const movie = await desk.file("movie.mov");
    const one = await desk.hungUpload();
    const other = desk.start([...desk.upload, "--json"]);
    await until("the other waits", () => other.stderr().includes("waiting for it"));
    await site.clearFaults();
    one.kill("SIGKILL");
    const { code, stdout } = await other.ended;
    expect([code, JSON.parse(stdout).results[0].parts]).toEqual([0, { count: 5, sent: 2, resumed: 3 }]);
    await expectUploaded(desk, movie);
  });
});

/** Turns a byte in the third line over, which is neither the first nor the last. Returns what stands there now. */
async function damage(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  const third = bytes.indexOf("\n", bytes.indexOf("\n") + 1) + 1;
  expect(bytes.indexOf("\n", third)).toBeLessThan(bytes.length - 1);
  bytes[third + 20] = (bytes[third + 20] ?? 0) ^ 1;
  await writeFile(path, bytes);
  return bytes;
}
