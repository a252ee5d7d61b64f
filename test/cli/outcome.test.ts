import { beforeEach, describe, expect, it, vi } from "vitest";
import { runCli } from "../../src/cli/run.ts";
import { SgmediaError } from "../../src/shared/errors.ts";
import type { Work } from "../../src/workflow/types.ts";
import { createFakeHost, type FakeOptions } from "./fake-host.ts";

const verbs = vi.hoisted(() => ({
  uploadFiles: vi.fn(),
  downloadMedia: vi.fn(),
  showInfo: vi.fn(),
  listFields: vi.fn(),
  listTransfers: vi.fn(),
}));
vi.mock("../../src/workflow/index.ts", () => verbs);
beforeEach(() => {
  for (const verb of Object.values(verbs)) verb.mockReset();
});

const entity = { type: "Version", id: 23404 };
const done = {
  ok: true,
  file: "shot.mov",
  sizeBytes: 94714,
  sha256: "ab",
  entity,
  field: "sg_uploaded_movie",
  attachment: { type: "Attachment", id: 111339, name: "shot.mov" },
  parts: { count: 1, sent: 1, resumed: 0 },
  skipped: false,
  durationMs: 812,
};
const failed = (code: "E_NETWORK" | "E_STALLED" | "E_INPUT_MISSING", file: string) => ({
  ok: false,
  file,
  entity,
  error: new SgmediaError(code, `It failed with ${code}.`, { why: "Because.", fix: "Do this." }).toDocument(),
});

async function upload(rows: unknown, more: readonly string[] = [], options?: FakeOptions) {
  const host = createFakeHost(options);
  if (rows instanceof Error) verbs.uploadFiles.mockRejectedValue(rows);
  else verbs.uploadFiles.mockResolvedValue(rows);
  const exitCode = await runCli(["upload", "a", "--version", "1", ...more], host);
  return { host, exitCode, out: host.stdout.text, err: host.stderr.text };
}

async function uploadJson(rows: unknown) {
  const { out, err, exitCode } = await upload(rows, ["--json"]);
  expect(out.endsWith("}\n")).toBe(true);
  return { document: JSON.parse(out), err, exitCode };
}

describe("the JSON document", () => {
  it("of success", async () => {
    const { document, err, exitCode } = await uploadJson([done]);
    expect(document).toEqual({ schema: 1, command: "upload", ok: true, results: [done], error: null });
    expect([exitCode, err]).toEqual([0, ""]);
  });

  it("of a failure before any result", async () => {
    const error = new SgmediaError("E_AUTH_REFUSED", "The site refused the key.", { why: "It said so." });
    const { document, err, exitCode } = await uploadJson(error);
    expect(document).toEqual({
      schema: 1,
      command: "upload",
      ok: false,
      results: [],
      error: {
        code: "E_AUTH_REFUSED",
        message: "The site refused the key.",
        why: "It said so.",
        fix: null,
        exit: 4,
      },
    });
    expect(exitCode).toBe(4);
    expect(err).toBe("error E_AUTH_REFUSED  The site refused the key.\n  why  It said so.\n");
  });

  it("of one failed item is that item's failure", async () => {
    const row = failed("E_NETWORK", "a");
    const { document, exitCode } = await uploadJson([row]);
    expect([document.ok, document.error, exitCode]).toEqual([false, row.error, 7]);
  });

  it("of some failed items is E_PARTIAL", async () => {
    const { document, err, exitCode } = await uploadJson([
      done,
      failed("E_NETWORK", "b"),
      failed("E_NETWORK", "c"),
    ]);
    expect(exitCode).toBe(6);
    expect(document.error).toMatchObject({ code: "E_PARTIAL", message: "2 of 3 items failed.", exit: 6 });
    expect(document.error.why).toBe("Their errors: 2 × E_NETWORK.");
    expect(document.results).toHaveLength(3);
    expect(err.match(/^error \S+ {2}.*$/gm)).toEqual([
      "error E_NETWORK  b: It failed with E_NETWORK.",
      "error E_NETWORK  c: It failed with E_NETWORK.",
      "error E_PARTIAL  2 of 3 items failed.",
    ]);
  });

  it.each([
    ["one exit code", ["E_NETWORK", "E_STALLED"], 7, "E_NETWORK"],
    ["several exit codes", ["E_NETWORK", "E_INPUT_MISSING"], 6, "E_PARTIAL"],
  ] as const)("of all items failed with %s", async (_name, codes, exit, code) => {
    const { document, exitCode } = await uploadJson(codes.map((each) => failed(each, each)));
    expect([exitCode, document.error.code, document.error.exit]).toEqual([exit, code, exit]);
  });

  it("of no items at all is success", async () => {
    const { document, exitCode } = await uploadJson([]);
    expect([document.ok, document.results, exitCode]).toEqual([true, [], 0]);
  });

  it("of a bug", async () => {
    const { document, exitCode } = await uploadJson(new TypeError("x is not a function"));
    expect([document.error.code, exitCode]).toEqual(["E_BUG", 1]);
  });

  it("lets no secret and no signature out", async () => {
    const url = "https://s3.example/k?X-Amz-Signature=abcdef&X-Amz-Credential=xyz";
    const { out, err } = await upload(
      [{ ...done, file: url }, { ...failed("E_NETWORK", "bot-key-123") }],
      ["--json"],
    );
    for (const secret of ["abcdef", "xyz", "bot-key-123"]) expect(out + err).not.toContain(secret);
  });

  it("has the error of a broken configuration too", async () => {
    const host = createFakeHost();
    expect(await runCli(["config", "--json", "--config", "/nonexistent/x.yaml"], host)).toBe(2);
    expect(JSON.parse(host.stdout.text)).toMatchObject({ command: "config", error: { code: "E_CONFIG" } });
  });
});

describe("text", () => {
  it("is a line for each result, the same on a terminal", async () => {
    const plain = await upload([done]);
    const terminal = await upload([done], [], { tty: true });
    expect(plain.out).toBe("Attachment:111339  shot.mov  Version:23404.sg_uploaded_movie\n");
    expect(terminal.out).toBe(plain.out);
  });

  it("of a download is the path, and nothing where the bytes took stdout", async () => {
    const row = {
      ok: true,
      output: "/w/a.mov",
      rendition: "original",
      name: "a.mov",
      sizeBytes: 1,
      checksum: null,
      linkType: "upload",
    };
    for (const [output, shown] of [
      ["/w/a.mov", "/w/a.mov\n"],
      [null, ""],
    ] as const) {
      const host = createFakeHost();
      verbs.downloadMedia.mockResolvedValue([{ ...row, output }]);
      expect(await runCli(["download", "--version", "1"], host)).toBe(0);
      expect(host.stdout.text).toBe(shown);
    }
  });

  it("steers no terminal", async () => {
    const { out, err } = await upload([
      { ...done, file: "a\u001b[2Jb" },
      failed("E_NETWORK", "c\u001b]0;x\u0007"),
    ]);
    expect(out + err).not.toMatch(/[\u001b\u0007]/);
  });

  it("of fields, status and info", async () => {
    const host = createFakeHost({ nowMs: () => Date.parse("2026-11-24T12:00:00Z") });
    verbs.listFields.mockResolvedValue([
      {
        ok: true,
        name: "sg_uploaded_movie",
        label: "Uploaded Movie",
        dataType: "url",
        acceptsFile: true,
        editable: true,
        visible: false,
      },
    ]);
    await runCli(["fields", "Version"], host);
    verbs.listTransfers.mockResolvedValue([
      {
        ok: true,
        id: "7f3a",
        direction: "upload",
        file: "/w/a.mov",
        entity: "Version:1",
        field: "sg_uploaded_movie",
        sizeBytes: 200,
        acceptedBytes: 50,
        startedAt: "2026-01-01T00:00:00.000Z",
        changedAt: "2026-01-01T00:00:00.000Z",
        state: "unfinished",
        why: null,
      },
    ]);
    await runCli(["status"], host);
    verbs.showInfo.mockResolvedValue([
      {
        ok: true,
        entity,
        code: "sh010",
        project: { type: "Project", id: 1, name: "project X" },
        renditions: [
          {
            rendition: "original",
            field: "sg_uploaded_movie",
            attachment: { type: "Attachment", id: 3, name: "a.mov" },
            name: "a.mov",
            contentType: "video/quicktime",
            sizeBytes: 94714,
            linkType: "upload",
            placeholder: false,
          },
          {
            rendition: "thumb",
            field: "image",
            attachment: null,
            name: null,
            contentType: null,
            sizeBytes: null,
            linkType: null,
            placeholder: true,
          },
        ],
        transcoding: { status: 1, state: "done", stale: true, frameRate: 24, durationSeconds: 4 },
        paths: [
          {
            field: "sg_path_to_movie",
            kind: "movie",
            value: "/mnt/a.mov",
            windows: "P:\\a.mov",
            mac: null,
            linux: "/mnt/a.mov",
            existsHere: false,
          },
        ],
        attachments: [],
      },
    ]);
    await runCli(["info", "Version:23404"], host);
    expect(host.stdout.text).toMatchSnapshot();
  });

  it("is coloured where it is wanted, and nowhere else", async () => {
    const error = new SgmediaError("E_NETWORK", "Gone.", { fix: "Again." });
    const coloured = async (options: FakeOptions, more: string[] = []) =>
      (await upload(error, more, options)).err.includes("\u001b[");
    expect(await coloured({ tty: false })).toBe(false);
    expect(await coloured({ tty: true })).toBe(true);
    expect(await coloured({ tty: true }, ["--no-color"])).toBe(false);
    const base = { SGMEDIA_SITE: "https://s.example", SGMEDIA_SESSION_TOKEN: "token-123" };
    expect(await coloured({ tty: true, env: { ...base, NO_COLOR: "1" } })).toBe(false);
    expect(await coloured({ tty: true, env: { ...base, TERM: "dumb" } })).toBe(false);
    expect(await coloured({ tty: false, env: { ...base, FORCE_COLOR: "1" } })).toBe(true);
  });
});

describe("stderr", () => {
  it("holds nothing but errors with -q", async () => {
    verbs.uploadFiles.mockImplementation(async (work: Work) => {
      work.progress.warn("careful");
      work.progress.note("by the way");
      work.progress.item("a", 1).done("there");
      return [failed("E_NETWORK", "a")];
    });
    const host = createFakeHost();
    expect(await runCli(["upload", "a", "--version", "1", "-q"], host)).toBe(7);
    expect(host.stderr.text).toMatch(/^error E_NETWORK {2}.*\n {2}why .*\n {2}fix .*\n$/);
  });

  it("is one event a line with --progress json, errors too", async () => {
    verbs.uploadFiles.mockImplementation(async (work: Work) => {
      work.progress.warn("careful");
      const item = work.progress.item("a", 10);
      item.event({ kind: "accepted", acceptedBytes: 10 });
      item.done("there");
      return [failed("E_NETWORK", "a")];
    });
    const host = createFakeHost();
    await runCli(["upload", "a", "--version", "1", "--progress", "json"], host);
    const events = host.stderr.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(["warning", "start", "progress", "done", "error"]);
    expect(events[2]).toMatchObject({ item: 1, acceptedBytes: 10, sizeBytes: 10 });
    expect(events[4]).toMatchObject({ code: "E_NETWORK", exit: 7 });
  });

  it("tells with -v what is asked of whom, struck clean", async () => {
    const host = createFakeHost();
    verbs.uploadFiles.mockImplementation(async () => {
      host.opened[0]?.extras.onRequest?.("GET https://s3.example/k?X-Amz-Signature=abcdef 200");
      return [done];
    });
    await runCli(["upload", "a", "--version", "1", "-v"], host);
    expect(host.stderr.text).toBe("GET https://s3.example/k?X-Amz-Signature=*** 200\n");
    const quiet = await upload([done]);
    expect(quiet.host.opened[0]?.extras.onRequest).toBeUndefined();
  });
});

describe("an interruption", () => {
  it.each([
    [130, "SIGINT"],
    [143, "SIGTERM"],
  ])("ends with %s and says how to go on", async (exit, signal) => {
    const host = createFakeHost();
    verbs.uploadFiles.mockImplementation(async (work: Work) => {
      host.stop.abort(new SgmediaError("E_INTERRUPTED", `Stopped by ${signal}.`, { exit }));
      work.signal.throwIfAborted();
    });
    expect(await runCli(["upload", "a", "--version", "1", "--json"], host)).toBe(exit);
    expect(JSON.parse(host.stdout.text).error).toMatchObject({
      code: "E_INTERRUPTED",
      exit,
      fix: "sgmedia upload a --version 1 --json",
    });
    expect(host.stderr.text.trimEnd().split("\n").at(-1)).toBe("  fix  sgmedia upload a --version 1 --json");
    expect(host.closed).toBe(1);
  });

  it.each([
    [
      ["upload", "it's one.mov", "b.mov", "--version", "1", "--restart"],
      "sgmedia upload 'it'\\''s one.mov' b.mov --version 1",
    ],
    [["upload", "-", "--name", "a.mov", "--version", "1"], "Run the same command again."],
    [["upload", "a", "--version", "1", "--name", "?X-Amz-Signature=abc"], "Run the same command again."],
  ])("%j goes on with what was not begun, too", async (args, fix) => {
    const host = createFakeHost();
    verbs.uploadFiles.mockImplementation(async (work: Work) => {
      host.stop.abort(new SgmediaError("E_INTERRUPTED", "Stopped by SIGINT."));
      work.signal.throwIfAborted();
    });
    await runCli(args, host);
    expect(host.stderr.text.trimEnd().split("\n").at(-1)).toBe(`  fix  ${fix}`);
  });

  it("is told as such whatever the work threw", async () => {
    const host = createFakeHost();
    verbs.uploadFiles.mockImplementation(async () => {
      host.stop.abort(new SgmediaError("E_INTERRUPTED", "Stopped by SIGINT."));
      throw new DOMException("This operation was aborted", "AbortError");
    });
    expect(await runCli(["upload", "a", "--version", "1"], host)).toBe(130);
  });

  it("does not undo what was done", async () => {
    const host = createFakeHost();
    verbs.uploadFiles.mockImplementation(async () => {
      host.stop.abort(new SgmediaError("E_INTERRUPTED", "Stopped by SIGINT."));
      return [done];
    });
    expect(await runCli(["upload", "a", "--version", "1"], host)).toBe(0);
  });
});
