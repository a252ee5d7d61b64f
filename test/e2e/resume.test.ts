/** Transfers that were killed half-way: the next run goes on, and nothing is sent, fetched, made or left twice. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
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

describe("SIGKILL during an upload", () => {
  let movie: Buffer;
  beforeAll(openDesk);

  it("the same command goes on: no part of the journal is sent again, one Attachment, no multipart left", async () => {
    movie = await desk.file("movie.mov");
    const slow = [...desk.upload, "--limit-rate", "8MB/s", "--part-jobs", "2"];
    const running = desk.start(slow);
    await until("two parts in the journal", async () => (await desk.remembered()).parts.length >= 2);
    await desk.end(running);
    const had = await desk.remembered();
    expect(had.parts.length).toBeLessThan(5);
    expect([await desk.newAttachments(), (await desk.openMultiparts()).length]).toEqual([0, 1]);

    const again = Date.now();
    const { code, json, stderr } = await desk.run([...desk.upload, "--json"]);
    expect(code).toBe(0);
    const sent = 5 - had.parts.length;
    expect(json.results[0]).toMatchObject({ parts: { count: 5, sent, resumed: had.parts.length } });
    expect(stderr).toContain("goes on at");
    const { put } = await desk.moved(again);
    expect(put.map((each) => each.partNumber).filter((each) => had.parts.includes(each ?? 0))).toEqual([]);
    expect(put.reduce((sum, each) => sum + each.bytesIn, 0)).toBe(FILE_BYTES - had.bytes);
    await expectUploaded(desk, movie);
  });

  it("afterwards the same command skips, since the bytes are the same", async () => {
    const since = Date.now();
    const { code, json } = await desk.run([...desk.upload, "--json"]);
    expect([code, json.results[0].skipped]).toEqual([0, true]);
    expect((await desk.moved(since)).put).toEqual([]);
    await expectUploaded(desk, movie);
  });

  it("other bytes of the same size under the same name are sent", async () => {
    movie = await desk.file("movie.mov");
    const { code, json } = await desk.run([...desk.upload, "--json"]);
    expect([code, json.results[0].skipped, json.results[0].parts.sent]).toEqual([0, false, 5]);
    expect((await desk.inspector.bytesOf(desk.versionId))?.equals(movie)).toBe(true);
    expect(await desk.newAttachments()).toBe(2);
  });
});

describe("SIGKILL during a download", () => {
  const old = Buffer.from("what was here before");

  it.each([
    ["onto nothing", null],
    ["over an old file", old],
  ])("%s: no half file under the name, and only what is missing is fetched", async (_, before) => {
    await openDesk();
    const bytes = randomBytesOf(FILE_BYTES);
    await desk.inspector.store(desk.versionId, "movie.mov", bytes);
    if (before) await desk.file("movie.mov", before);
    const args = [...desk.download, "--if-exists", "overwrite"];
    const running = desk.start([...args, "--limit-rate", "8MB/s", "--part-jobs", "2"]);
    await until("two ranges in the journal", async () => (await desk.remembered()).bytes >= 2 * PART_BYTES);
    await desk.end(running);
    expect(await desk.read("movie.mov")).toEqual(before);
    const had = await desk.remembered();
    expect(had.bytes).toBeLessThan(FILE_BYTES);

    const again = Date.now();
    const { code, stderr } = await desk.run(args);
    expect(code).toBe(0);
    expect(stderr).toContain("goes on at");
    const { got } = await desk.moved(again);
    expect(got.reduce((sum, each) => sum + each.bytesOut, 0)).toBe(FILE_BYTES - had.bytes);
    expect((await desk.read("movie.mov"))?.equals(bytes)).toBe(true);
    expect([await desk.kept(), await desk.partials()]).toEqual([[], []]);
  });
});

describe("what is unfinished", () => {
  let first: Buffer;
  let second: Buffer;
  let ids: string[];
  const uploadOf = (name: string): string[] => {
    return ["upload", name, "--entity", `Version:${desk.versionId}`, "--attach", "--part-size", "5MiB"];
  };
  const nothing = async (): Promise<void> => {
    const { code, stdout, stderr } = await desk.run(["status"]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("Nothing is unfinished.");
    expect((await desk.run(["status", "--json"])).json).toMatchObject({ ok: true, results: [] });
  };
  beforeAll(async () => {
    await openDesk();
    first = await desk.file("first.mov");
    second = await desk.file("second.mov");
  });

  it("is listed with id, record, age, size and how far it is", async () => {
    await nothing();
    const running = await desk.hungUpload(uploadOf("first.mov"));
    const live = await desk.run(["status", "--json"]);
    expect(live.json.results[0]).toMatchObject({ state: "running", why: `process ${running.pid} is at it` });
    await desk.end(running);
    await desk.hangAtPart(3);
    const other = desk.start(uploadOf("second.mov"));
    await until("five parts in the journals", async () => (await desk.remembered()).parts.length === 5);
    await desk.end(other);

    const { code, json } = await desk.run(["status", "--json"]);
    expect(code).toBe(0);
    const both = {
      ...{ ok: true, direction: "upload", entity: `Version:${desk.versionId}`, field: null },
      ...{ sizeBytes: FILE_BYTES, state: "unfinished", why: null },
    };
    expect(json.results).toMatchObject([
      { ...both, file: join(desk.folder, "first.mov"), acceptedBytes: 3 * PART_BYTES },
      { ...both, file: join(desk.folder, "second.mov"), acceptedBytes: 2 * PART_BYTES },
    ]);
    for (const row of json.results) {
      expect(Date.now() - Date.parse(row.startedAt)).toBeLessThan(60_000);
      expect(row.changedAt >= row.startedAt).toBe(true);
    }
    ids = json.results.map((row: { id: string }) => row.id);
    const lines = (await desk.run(["status"])).stdout.trim().split("\n");
    expect(lines[0]).toMatch(/^id +way +file +record +done +age +state$/);
    const how = `Version:${desk.versionId}`;
    expect(lines[1]).toMatch(
      new RegExp(`^${ids[0]} +up +\\S+first.mov +${how} +\\d+% of \\S+ \\S+ +\\d+ s +unfinished$`),
    );
    expect(lines[2]).toContain("second.mov");
  });

  it("goes on by its id, and only that", async () => {
    const since = Date.now();
    const { code, json } = await desk.run(["resume", ids[0] ?? "", "--json"]);
    expect([code, json.results.length]).toEqual([0, 1]);
    expect(json.results[0]).toMatchObject({ ok: true, parts: { count: 5, sent: 2, resumed: 3 } });
    expect((await desk.moved(since)).put.map((each) => each.partNumber).sort()).toEqual([4, 5]);
    expect((await desk.run(["status", "--json"])).json.results.map((row: { id: string }) => row.id)).toEqual([
      ids[1],
    ]);
    expect(await desk.newAttachments()).toBe(1);
  });

  it("goes on altogether without an id, uploads and downloads; then nothing is left", async () => {
    const bytes = randomBytesOf(FILE_BYTES);
    await desk.inspector.store(desk.versionId, "movie.mov", bytes);
    await desk.end(await desk.hungDownload());
    const since = Date.now();
    const { code, json } = await desk.run(["resume", "--json"]);
    expect(code).toBe(0);
    // In no order that is promised.
    expect(json.results).toHaveLength(2);
    expect(json.results).toContainEqual(
      expect.objectContaining({ parts: { count: 5, sent: 3, resumed: 2 } }),
    );
    expect(json.results).toContainEqual(expect.objectContaining({ output: join(desk.folder, "movie.mov") }));
    const { put, got } = await desk.moved(since);
    expect(put.map((each) => each.partNumber).sort()).toEqual([3, 4, 5]);
    expect(got.reduce((sum, each) => sum + each.bytesOut, 0)).toBe(FILE_BYTES - 3 * PART_BYTES);
    expect((await desk.read("movie.mov"))?.equals(bytes)).toBe(true);
    await nothing();
    expect(await desk.openMultiparts()).toEqual([]);
    // Two by uploads of this program, one by the store above.
    expect(await desk.newAttachments()).toBe(3);
    for (const sent of [first, second]) {
      const name = sent === first ? "first.mov" : "second.mov";
      const rows = await site.find("attachments", ["this_file", "filename"]);
      const files = rows.map((each) => each["this_file"] as { name: string; url: string } | null);
      const url = files.findLast((each) => each?.name === name)?.url ?? "";
      expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(sent)).toBe(true);
    }
    expect(await desk.run(["resume"])).toMatchObject({ code: 0, stdout: "" });
  });

  it("an id that is not there says what to type", async () => {
    for (const verb of ["abort", "resume"]) {
      const { code, json } = await desk.run([verb, "feedfeed", "--json"]);
      expect([code, json.error.code]).toEqual([5, "E_TRANSFER_UNKNOWN"]);
      expect(json.error.message).toContain('"feedfeed"');
      expect(json.error.fix).toContain("sgmedia status");
    }
    const { code, stderr } = await desk.run(["abort"]);
    expect(code).toBe(2);
    expect(stderr).toContain("sgmedia abort <id>");
  });

  it("is given up by its id: the multipart is closed, the memory goes, nothing is made", async () => {
    await desk.file("third.mov");
    await desk.end(await desk.hungUpload(uploadOf("third.mov")));
    const [row] = (await desk.run(["status", "--json"])).json.results;
    const before = await desk.newAttachments();
    expect(await desk.openMultiparts()).toHaveLength(1);
    const planned = await desk.run(["abort", row.id, "--dry-run", "--json"]);
    expect(planned.json.results).toMatchObject([{ id: row.id, aborted: false, planned: true }]);
    expect([await desk.openMultiparts(), await desk.kept()]).not.toContainEqual([]);

    const { code, stdout } = await desk.run(["abort", row.id]);
    expect([code, stdout]).toEqual([0, `gave up ${row.id}  ${row.file}\n`]);
    expect([await desk.openMultiparts(), await desk.kept()]).toEqual([[], []]);
    expect(await desk.newAttachments()).toBe(before);
    await nothing();
  });
});

it("what is unfinished for more than a week is pointed out, and still goes on", async () => {
  await openDesk();
  const movie = await desk.file("movie.mov");
  await desk.end(await desk.hungUpload());
  expect((await desk.run(["status"])).stderr).not.toContain("older than");
  await beginEarlier(await desk.journal(), 8);
  const { code, stdout, stderr } = await desk.run(["status"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/ 8 d +unfinished$/m);
  expect(stderr).toContain("1 transfer is older than 7 days");
  const named = /"(sgmedia resume)"/.exec(stderr)?.[1] ?? "";
  expect((await desk.run(named.split(" ").slice(1))).code).toBe(0);
  await expectUploaded(desk, movie);
});

/** Makes a journal say that it was begun so many days ago; its checksum is right again. */
async function beginEarlier(path: string, days: number): Promise<void> {
  const [first = "", ...rest] = (await readFile(path, "utf8")).split("\n");
  const { crc: _, ...header } = JSON.parse(first);
  const json = JSON.stringify({ ...header, startedAtMs: header.startedAtMs - days * 86_400_000 });
  const crc = crc32(json).toString(16).padStart(8, "0");
  await writeFile(path, [`${json.slice(0, -1)},"crc":"${crc}"}`, ...rest].join("\n"));
}
