import { beforeEach, describe, expect, it, vi } from "vitest";
import { runCli } from "../../src/cli/run.ts";
import { createFakeHost, type FakeOptions, SIGNED_IN } from "./fake-host.ts";

const verbs = vi.hoisted(() => ({
  uploadBatch: vi.fn(),
  uploadFiles: vi.fn(),
  downloadMedia: vi.fn(),
  listFields: vi.fn(),
  showInfo: vi.fn(),
  linkUrl: vi.fn(),
  listTransfers: vi.fn(),
  resumeTransfers: vi.fn(),
  abortTransfers: vi.fn(),
  thumb: vi.fn(),
  linkLocal: vi.fn(),
  setPath: vi.fn(),
}));
vi.mock("../../src/workflow/index.ts", () => verbs);

beforeEach(() => {
  for (const verb of Object.values(verbs)) verb.mockReset().mockResolvedValue([]);
});

async function run(line: string | readonly string[], options: FakeOptions = {}) {
  const host = createFakeHost(options);
  const argv = typeof line === "string" ? line.split(" ").filter(Boolean) : line;
  const exitCode = await runCli(argv, host);
  return { host, exitCode, out: host.stdout.text, err: host.stderr.text };
}

async function inputOf(verb: keyof typeof verbs, line: string | readonly string[], options?: FakeOptions) {
  const { exitCode, err, host } = await run(line, options);
  expect([exitCode, err.replace("Nothing is unfinished.\n", "")]).toEqual([0, ""]);
  expect(host.closed).toBe(1);
  return verbs[verb].mock.calls[0]?.slice(1) as unknown[];
}

const version = { type: "Version", key: "23404" };

describe("upload", () => {
  const plain = {
    files: ["a.mov"],
    record: version,
    field: null,
    attach: false,
    name: null,
    tags: [],
    ifExists: "skip",
    verify: false,
    restart: false,
    waitSeconds: null,
    playlist: null,
    setPath: false,
    encode: null,
    stdin: null,
  };

  it.each([
    ["upload a.mov --version 23404", {}],
    ["upload --version 23404 a.mov", {}],
    ["upload --version=23404 a.mov", {}],
    ["upload a.mov b.mov --entity Version:23404", { files: ["a.mov", "b.mov"] }],
    ["upload a.mov --field sg_x --version 23404", { field: "sg_x" }],
    ["upload a.mov --attach --version 23404", { attach: true }],
    ["upload a.mov --version 23404 --tag x --tag y --name n", { tags: ["x", "y"], name: "n" }],
    [
      "upload a.mov --version 23404 --if-exists new --verify --restart",
      { ifExists: "new", verify: true, restart: true },
    ],
    ["upload --wait a.mov --version 23404", { waitSeconds: 1800 }],
    ["upload --wait=10m a.mov --version 23404", { waitSeconds: 600 }],
    ["upload --version 23404 --wait -- --wait", { waitSeconds: 1800, files: ["--wait"] }],
    ["upload a.mov --version 23404 --name --wait", { name: "--wait" }],
    ["upload a.mov --version 23404 --playlist dailies --set-path", { playlist: "dailies", setPath: true }],
    ["upload frames --version 23404 --encode", { files: ["frames"], encode: { frameRate: null } }],
    [
      "upload frames --version 23404 --encode --frame-rate 25",
      { files: ["frames"], encode: { frameRate: 25 } },
    ],
  ])("%s", async (line, expected) => {
    expect(await inputOf("uploadFiles", line)).toEqual([{ ...plain, ...expected }]);
  });

  it.each([
    ["--shot 7", "Shot"],
    ["--asset 7", "Asset"],
    ["--sequence 7", "Sequence"],
    ["--task 7", "Task"],
    ["--note 7", "Note"],
    ["--entity Playlist:7", "Playlist"],
    ["--published-file 7", "PublishedFile"],
    ["--project-entity 7", "Project"],
    ["--entity CustomEntity01:7", "CustomEntity01"],
  ])("%s", async (flag, type) => {
    const [input] = await inputOf("uploadFiles", `upload a.mov ${flag}`);
    expect(input).toMatchObject({ record: { type, key: "7" } });
  });

  it("takes a code where a project is known, and a project by its name", async () => {
    const coded = ["upload", "a.mov", "--project", "project X", "--version", "sh010_comp_v003"];
    const [input] = await inputOf("uploadFiles", coded);
    expect(input).toMatchObject({ record: { type: "Version", key: "sh010_comp_v003" } });
    verbs.uploadFiles.mockClear();
    const [other] = await inputOf("uploadFiles", ["upload", "a.mov", "--project-entity", "project X"]);
    expect(other).toMatchObject({ record: { type: "Project", key: "project X" } });
  });

  it("makes Versions from files, and lets --task and --playlist fill them", async () => {
    const line =
      "upload a.mov b.mov --create --project 1 --link sh010 --task comp --playlist today --status rev";
    const [input] = await inputOf("uploadBatch", line);
    expect(input).toMatchObject({
      files: ["a.mov", "b.mov"],
      create: true,
      link: "sh010",
      task: "comp",
      playlist: "today",
      status: "rev",
      code: null,
      match: null,
      planFile: null,
      applyFile: null,
    });
    verbs.uploadBatch.mockClear();
    const [applied] = await inputOf("uploadBatch", "upload --apply plan.csv");
    expect(applied).toMatchObject({ files: [], applyFile: "plan.csv", create: false });
  });

  it("hands standard input over, but no terminal", async () => {
    const line = "upload - --name a.mov --version 1";
    const [piped] = (await inputOf("uploadFiles", line, { stdin: "bytes" })) as [{ stdin: unknown }];
    expect(piped.stdin).not.toBeNull();
    verbs.uploadFiles.mockClear();
    const [typed] = (await inputOf("uploadFiles", line, { stdin: null })) as [{ stdin: unknown }];
    expect(typed.stdin).toBeNull();
  });

  it("hands transfer options to the settings", async () => {
    const { host } = await run(
      "upload a --version 1 --jobs 2 --part-jobs 3 --part-size 5MiB --limit-rate 1MB/s --retries 0 --stall-timeout 5 --connect-timeout 1 -n",
    );
    const [opened] = host.opened;
    expect(opened?.extras.dryRun).toBe(true);
    expect(opened?.settings).toMatchObject({
      jobs: { value: 2 },
      partJobs: { value: 3 },
      partSizeBytes: { value: 5 * 1024 ** 2 },
      limitRateBytes: { value: 1e6 },
      retries: { value: 0 },
      stallTimeoutSeconds: { value: 5 },
      connectTimeoutSeconds: { value: 1 },
    });
  });
});

describe("download", () => {
  const record = { kind: "record", record: version, rendition: "original", field: null };
  it.each([
    ["download --version 23404", record],
    ["download --version 23404 --rendition mp4", { ...record, rendition: "mp4" }],
    ["download --version 23404 --field sg_x", { ...record, field: "sg_x" }],
    ["download --attachment 111339", { kind: "attachment", id: 111339 }],
    ["download --playlist 12", { kind: "playlist", key: "12", rendition: "original", field: null }],
    ["download --entity Playlist:12", { ...record, record: { type: "Playlist", key: "12" } }],
    ["download --url https://example.com/a.png", { kind: "url", url: "https://example.com/a.png" }],
  ])("%s", async (line, what) => {
    expect(await inputOf("downloadMedia", line)).toMatchObject([{ what, output: null, ifExists: null }]);
  });

  it("takes the rest", async () => {
    const line =
      "download --version 1 -o out/ --name {code}.{ext} --if-exists number --wait --verify --restart";
    expect(await inputOf("downloadMedia", line)).toMatchObject([
      {
        output: "out/",
        nameTemplate: "{code}.{ext}",
        ifExists: "number",
        waitSeconds: 1800,
        verify: true,
        restart: true,
      },
    ]);
  });

  it("needs no site for a URL", async () => {
    await inputOf("downloadMedia", "download --url https://example.com/a.png", { env: {} });
  });
});

describe("the others", () => {
  it.each([
    ["showInfo", "info Version:23404", version],
    ["showInfo", "info --version 23404", version],
    [
      "listFields",
      "fields Version --match up --media",
      { type: "Version", match: "up", dataTypes: [], media: true },
    ],
    [
      "listFields",
      "fields Shot --type url,image",
      { type: "Shot", match: null, dataTypes: ["url", "image"], media: false },
    ],
    [
      "linkUrl",
      "link-url https://e.example/a --version 23404 --field sg_x",
      { url: "https://e.example/a", record: version, field: "sg_x", name: null },
    ],
    ["resumeTransfers", "resume", null],
    ["resumeTransfers", "resume 7f", "7f"],
    ["abortTransfers", "abort 7f", "7f"],
    ["abortTransfers", "abort --all", null],
    [
      "linkLocal",
      "link-local x/a.mov --storage primary --relative --check-exists --version 23404",
      {
        path: "x/a.mov",
        record: version,
        field: null,
        storage: "primary",
        relative: true,
        checkExists: true,
        name: null,
      },
    ],
    [
      "setPath",
      "set-path /x/a.%04d.exr --version 23404",
      { path: "/x/a.%04d.exr", record: version, kind: null, as: null },
    ],
    [
      "setPath",
      "set-path /x --frames --as mac --version 23404",
      { path: "/x", record: version, kind: "frames", as: "mac" },
    ],
  ] as const)("%s: %s", async (verb, line, input) => {
    expect(await inputOf(verb, line)).toEqual([input]);
  });

  it.each([
    ["thumb --version 23404", { kind: "get", size: "thumb", output: null, show: false }],
    [
      "thumb --version 23404 --size full -o a.jpg",
      { kind: "get", size: "full", output: "a.jpg", show: false },
    ],
    ["thumb --version 23404 --set a.png", { kind: "set", image: "a.png" }],
    ["thumb --version 23404 --set-filmstrip a.png", { kind: "set-filmstrip", image: "a.png" }],
    ["thumb --version 23404 --filmstrip-from a.mov", { kind: "filmstrip-from", movie: "a.mov" }],
    ["thumb --version 23404 --clear", { kind: "clear" }],
  ])("%s", async (line, action) => {
    expect(await inputOf("thumb", line)).toMatchObject([{ record: version, action }]);
  });

  it("draws the picture on a terminal, and only there", async () => {
    verbs.thumb.mockResolvedValue([
      { ok: true, entity: { type: "Version", id: 1 }, field: "image", output: "/w/a.jpg" },
    ]);
    const terminal = await run("thumb --version 1 --show", { tty: true });
    expect(terminal.out).toBe("/w/a.jpg\n");
    expect(terminal.err.match(/\u001b\[38;2;7;7;7m\u001b\[48;2;7;7;7m▀/g)).toHaveLength(79);
    const log = await run("thumb --version 1 --show --json");
    expect([JSON.parse(log.out).ok, log.err]).toEqual([true, expect.stringContaining("draws on a terminal")]);
  });

  it("changes nothing for abort --dry-run", async () => {
    const row = { ok: true, id: "7f3a", file: "/a", direction: "upload" };
    verbs.listTransfers.mockResolvedValue([row, { ...row, id: "99" }]);
    const { out } = await run("abort 7f -n --json");
    expect(JSON.parse(out).results).toEqual([
      { ok: true, id: "7f3a", file: "/a", aborted: false, planned: true },
    ]);
    expect(verbs.abortTransfers).not.toHaveBeenCalled();
  });

  it.each(["status", "resume", "abort --all"])(
    "%s with nothing to do is well, and needs no site",
    async (line) => {
      const { exitCode, out, err } = await run(line, { env: {} });
      expect([exitCode, out, err]).toEqual([0, "", "Nothing is unfinished.\n"]);
    },
  );
});

describe("wrong command lines", () => {
  it.each([
    ["uplod a", "Unknown command 'uplod'.", "Did you mean upload?"],
    ["upload a --verison 1", "Unknown option '--verison'.", "Did you mean --version?"],
    ["upload", "Missing required argument 'file'.", "sgmedia upload --help"],
    [
      "upload a.mov --playlist 7",
      "--playlist puts a Version on a playlist, and no Version is named.",
      "Add --version <id> or --create. For a file on the playlist itself: --entity Playlist:7",
    ],
    [
      "upload a.mov --link sh010 --version 1",
      "--link fills a Version that is made, and none is.",
      "Add --create --project <id or name>.",
    ],
    [
      "upload a.mov --create --version 1",
      "--version 1 names the record, and the Versions come from the files' names.",
      "Leave --version 1 out, or --create.",
    ],
    [
      "upload a.mov --apply plan.csv",
      "--apply does what the plan says: it takes no files beside it.",
      "sgmedia upload --apply plan.csv",
    ],
    [
      "upload - --create",
      "Standard input has no name to make a Version from.",
      "Name the Version: --version <id>",
    ],
    [
      "upload frames --encode --create",
      "--encode is for one Version that is named.",
      "Leave --create out, and name it: --version <id>",
    ],
    ["upload frames --encode --frame-rate 0 --version 1", '"0" is no frame rate.', "--frame-rate 24"],
    ["upload a", "No record is named.", "Add --version 23404, or --entity Type:id"],
    ["upload a --version", "Option '--version <id>' argument missing.", "sgmedia upload --help"],
    ["upload a --version 1 --version 2", "2 records are named, and upload takes one.", "Leave one of them."],
    ["upload a --version 1 --shot 2", "2 records are named, and upload takes one.", "Leave one of them."],
    ["upload a --version 0", '"0" is no id.', "--version 23404"],
    ["upload a --version 99999999999999999999", '"99999999999999999999" is no id.', "--version 23404"],
    ["upload a --entity Version", '"Version" names no record.', "Write it as Version:23404"],
    ["upload a --entity Version:", '"Version:" names no record.', "Write it as Version:23404"],
    ["upload a --entity :1", '":1" names no record.', "Write it as Version:23404"],
    ["upload a --version abc", '"abc" is no id, and names are looked up in a project.', undefined],
    ["upload a --version 1 --attach --field x", "--attach and --field exclude each other.", undefined],
    ["upload a --version 1 --if-exists maybe", undefined, "sgmedia upload --help"],
    ["upload a --version 1 --jobs none", '--jobs cannot be "none".', undefined],
    ["upload a --version 1 --wait=soon", '--wait cannot be "soon".', undefined],
    ["upload a --version 1 --site ftp://x", '"ftp://x" is no address of a site.', undefined],
    ["upload a --version 1 --progress loud", undefined, "sgmedia upload --help"],
    ["info", "No record is named.", undefined],
    ["info Version:1 --shot 2", "2 records are named, and info takes one.", undefined],
    ["info Version:1 Shot:2", undefined, "sgmedia info --help"],
    ["download", "No record is named.", undefined],
    ["download --version 1 --attachment 2", "More than one thing to download is named.", undefined],
    ["download --attachment x", '"x" is no id.', undefined],
    ["download --attachment 1 --rendition mp4", undefined, "Leave them out, or name a record."],
    [
      "download --version 1 --field x --rendition mp4",
      "--field and --rendition exclude each other.",
      undefined,
    ],
    ["download --url file:///etc/passwd", '"file:///etc/passwd" is no address on the web.', undefined],
    ["thumb --version 1 --set a --clear", "--set and --clear exclude each other.", undefined],
    ["thumb --version 1 --set a -o b", undefined, "Leave -o out."],
    ["abort", "No transfer is named.", undefined],
    ["abort 1 --all", "An id and --all exclude each other.", undefined],
    ["link-local a --version 1 --relative", "--relative needs --storage.", undefined],
    ["set-path a --version 1 --movie --frames", "--movie and --frames exclude each other.", undefined],
    ["fields", "Missing required argument 'type'.", undefined],
    ["sandbox --port 70000", '"70000" is no port.', undefined],
    ["--site x upload a", "Unknown option '--site'.", "sgmedia --help"],
  ])("%s", async (line, message, fix) => {
    const text = await run(line);
    expect([text.exitCode, text.out]).toEqual([2, ""]);
    if (message !== undefined) expect(text.err).toContain(`error E_USAGE  ${message}\n`);
    if (fix !== undefined) expect(text.err).toContain(`  fix  ${fix}\n`);

    const json = await run(line.replace(/^(\S+)/, line.startsWith("--") ? "--json $1" : "$1 --json"));
    const document = JSON.parse(json.out);
    expect([json.exitCode, document.ok, document.error.code, document.error.exit]).toEqual([
      2,
      false,
      "E_USAGE",
      2,
    ]);
    for (const verb of Object.values(verbs)) expect(verb).not.toHaveBeenCalled();
  });

  it("refuses -o - together with --json", async () => {
    for (const line of ["download --version 1 -o - --json", "thumb --version 1 -o - --json"]) {
      const { out, exitCode } = await run(line);
      expect([exitCode, JSON.parse(out).error.message]).toEqual([2, "-o - and --json exclude each other."]);
    }
  });

  it("asks for a site and for credentials before anything is opened", async () => {
    const noSite = await run("info Version:1", { env: {} });
    expect([noSite.exitCode, noSite.err]).toEqual([2, expect.stringContaining("E_CONFIG  No site is set.")]);
    const noKey = await run("info Version:1", { env: { SGMEDIA_SITE: SIGNED_IN.SGMEDIA_SITE } });
    expect([noKey.exitCode, noKey.err]).toEqual([4, expect.stringContaining("E_NOT_SIGNED_IN")]);
    expect([...noSite.host.opened, ...noKey.host.opened]).toEqual([]);
  });
});

describe("sandbox", () => {
  it("maps its options", async () => {
    const line =
      "sandbox --port 0 --host 127.0.0.2 --dir site --storage sg --transcode-delay 1.5 --webm --strict-cookies --no-fieldless-multipart --faults f.json -- true";
    const { host, exitCode } = await run(line, { cwd: "/w" });
    expect(exitCode).toBe(0);
    expect(host.launches).toEqual([
      {
        port: 0,
        host: "127.0.0.2",
        dir: "/w/site",
        storageService: "sg",
        transcodeDelayMs: 1500,
        webm: true,
        strictCookies: true,
        fieldlessMultipart: false,
        faultsFile: "/w/f.json",
        onProblem: expect.any(Function),
      },
    ]);
  });

  it.each([
    ["0.0.0.0", "It listens on 0.0.0.0: other machines can reach it.\n"],
    ["127.0.0.1", ""],
  ])("says where other machines can reach it (%s)", async (address, said) => {
    expect((await run(`sandbox --host ${address} -- true`)).err).toBe(said);
  });

  it("runs a command with its own options and exits as it does", async () => {
    const argv = ["sandbox", "--", "python3", "x.py", "--version", "3", "--json", "-h"];
    const { host, exitCode, out } = await run(argv, { commandExit: 143 });
    expect([exitCode, out, host.closed]).toEqual([143, "", 1]);
    expect(host.commands).toEqual([
      {
        command: ["python3", "x.py", "--version", "3", "--json", "-h"],
        env: {
          SGMEDIA_SITE: "http://127.0.0.1:40001",
          SGMEDIA_SCRIPT_NAME: "sandbox",
          SGMEDIA_SCRIPT_KEY: "sandbox-key",
          SHOTGRID_SITE: "http://127.0.0.1:40001",
          SHOTGRID_SCRIPT_NAME: "sandbox",
          SHOTGRID_SCRIPT_KEY: "sandbox-key",
        },
      },
    ]);
  });

  it.each([
    ["sandbox", /export SGMEDIA_SITE='http:\/\/127\.0\.0\.1:40001'\n/],
    ["sandbox --json", /^\{"site":"http:\/\/127\.0\.0\.1:40001",[^\n]*\}\n$/],
  ])("%s runs until it is stopped, and ends well", async (line, shown) => {
    const host = createFakeHost();
    const ended = runCli(line.split(" "), host);
    await vi.waitFor(() => expect(host.stdout.text).toMatch(shown));
    expect(host.closed).toBe(0);
    host.stop.abort();
    expect(await ended).toBe(0);
    expect(host.closed).toBe(1);
  });

  it("signs for another storage with the keys of the environment", async () => {
    const line = "sandbox --storage-endpoint http://127.0.0.1:9000 --storage-bucket b -- true";
    expect((await run(line)).exitCode).toBe(2);
    const { host } = await run(line, { env: { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s" } });
    const remote = {
      endpoint: "http://127.0.0.1:9000",
      bucket: "b",
      region: "us-east-1",
      accessKeyId: "a",
      secretAccessKey: "s",
    };
    expect(host.launches).toMatchObject([{ remote }]);
    expect((await run("sandbox --storage-bucket b")).exitCode).toBe(2);
  });
});

describe("settings reach the commands", () => {
  it("passes over an ifExists that is another command's word", async () => {
    const { mkdtemp, rm, writeFile } = await import("node:fs/promises");
    const folder = await mkdtemp("/tmp/sgmedia-cli-");
    try {
      await writeFile(`${folder}/.sgrc`, "ifExists: overwrite\nverify: true\njson: true\n");
      await inputOf("uploadFiles", "upload a --version 1", { cwd: folder });
      await inputOf("downloadMedia", "download --version 1", { cwd: folder });
      expect(verbs.uploadFiles.mock.calls[0]?.[1]).toMatchObject({ ifExists: "skip", verify: true });
      expect(verbs.downloadMedia.mock.calls[0]?.[1]).toMatchObject({ ifExists: "overwrite", stdout: null });
      expect(JSON.parse((await run("status", { cwd: folder })).out).command).toBe("status");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
