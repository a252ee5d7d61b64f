import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASSETS, PROGRAM, Site } from "./harness.ts";

const run = promisify(execFile);
const MOVIE = join(ASSETS, "shot.mov");
let site: Site;
let html: Server;
let htmlOrigin: string;

beforeAll(async () => {
  site = await Site.start();
  await mkdir(join(site.folder, "folder"));
  await writeFile(join(site.folder, "empty.mov"), "");
  await writeFile(join(site.folder, "shot.mov"), "bytes");
  html = createServer((_req, res) =>
    res.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Welcome</title>"),
  );
  await new Promise<void>((resolve) => html.listen(0, "127.0.0.1", resolve));
  htmlOrigin = `http://127.0.0.1:${(html.address() as AddressInfo).port}`;
  // Two Versions of one name, so that the name is ambiguous.
  for (let n = 0; n < 2; n += 1) {
    await rpc("create", {
      type: "Version",
      fields: [
        { field_name: "code", value: "twice" },
        { field_name: "project", value: { type: "Project", id: site.ready.project.id } },
      ],
      return_fields: ["id"],
    });
  }
});
afterAll(async () => {
  html.close();
  await site.stop();
});

async function rpc(method: string, args: unknown): Promise<unknown> {
  const auth = { script_name: site.ready.scriptName, script_key: site.ready.scriptKey };
  const reply = await fetch(`${site.ready.site}/api3/json`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ method_name: method, params: [auth, args] }),
  });
  return reply.json();
}

interface Case {
  readonly what: string;
  readonly args: readonly string[];
  readonly env?: () => Record<string, string>;
  readonly code: string;
  readonly exit: number;
  readonly says: RegExp;
  readonly fix?: RegExp;
}

const UP = ["upload"];
const CASES: readonly Case[] = [
  {
    what: "a file that is missing",
    args: [...UP, "shto.mov", "--version", "23404"],
    code: "E_INPUT_MISSING",
    exit: 5,
    says: /no file "shto\.mov"/,
    fix: /shot\.mov/,
  },
  {
    what: "a folder",
    args: [...UP, "folder", "--version", "23404"],
    code: "E_INPUT_NOT_FILE",
    exit: 2,
    says: /is a folder/,
  },
  {
    what: "an empty file",
    args: [...UP, "empty.mov", "--version", "23404"],
    code: "E_INPUT_EMPTY",
    exit: 2,
    says: /is empty/,
  },
  {
    what: "a pattern that matches nothing",
    args: [...UP, "*.nothing", "--version", "23404"],
    code: "E_NO_MATCH",
    exit: 3,
    says: /Nothing matches/,
  },
  {
    what: "an unknown field",
    args: [...UP, MOVIE, "--version", "23404", "--field", "sg_uploaded_movei"],
    code: "E_FIELD_UNKNOWN",
    exit: 5,
    says: /no field/,
    fix: /sg_uploaded_movie/,
  },
  {
    what: "a field that takes no file",
    args: [...UP, MOVIE, "--version", "23404", "--field", "code"],
    code: "E_FIELD_TAKES_NO_FILE",
    exit: 2,
    says: /takes no file/,
  },
  {
    what: "a movie for a picture field",
    args: [...UP, MOVIE, "--version", "23404", "--field", "image"],
    code: "E_INPUT_WRONG_KIND",
    exit: 2,
    says: /no picture/,
    fix: /filmstrip-from/,
  },
  {
    what: "an unknown record",
    args: [...UP, MOVIE, "--version", "999999"],
    code: "E_RECORD_MISSING",
    exit: 5,
    says: /no Version:999999/,
  },
  {
    what: "an unknown record type",
    args: [...UP, MOVIE, "--entity", "Verzion:1"],
    code: "E_TYPE_UNKNOWN",
    exit: 5,
    says: /no record type/,
    fix: /Version/,
  },
  {
    what: "an ambiguous name",
    args: [...UP, MOVIE, "--project", "project X", "--version", "twice"],
    code: "E_AMBIGUOUS",
    exit: 2,
    says: /2 Version records/,
  },
  {
    what: "a name that nothing has",
    args: [...UP, MOVIE, "--project", "project X", "--version", "twicf"],
    code: "E_NO_MATCH",
    exit: 3,
    says: /named "twicf"/,
    fix: /twice/,
  },
  {
    what: "a name without a project",
    args: [...UP, MOVIE, "--version", "twice"],
    code: "E_USAGE",
    exit: 2,
    says: /project/,
    fix: /--project/,
  },
  {
    what: "two files for one field",
    args: [...UP, MOVIE, "shot.mov", "--version", "23404"],
    code: "E_USAGE",
    exit: 2,
    says: /holds one/,
    fix: /--attach/,
  },
  {
    what: "standard input without a name",
    args: [...UP, "-", "--version", "23404"],
    code: "E_USAGE",
    exit: 2,
    says: /no name/,
    fix: /--name/,
  },
  { what: "no record", args: [...UP, MOVIE], code: "E_USAGE", exit: 2, says: /record/ },
  {
    what: "a wrong key",
    args: [...UP, MOVIE, "--version", "23404"],
    env: () => ({ SGMEDIA_SCRIPT_KEY: "not-the-key" }),
    code: "E_AUTH_REFUSED",
    exit: 4,
    says: /refused/,
  },
  {
    what: "no credentials",
    args: [...UP, MOVIE, "--version", "23404"],
    env: () => ({ SGMEDIA_SCRIPT_NAME: "", SGMEDIA_SCRIPT_KEY: "" }),
    code: "E_NOT_SIGNED_IN",
    exit: 4,
    says: /sign|credential/i,
  },
  {
    what: "a site that answers a web page",
    args: [...UP, MOVIE, "--version", "23404"],
    env: () => ({ SGMEDIA_SITE: htmlOrigin }),
    code: "E_SITE",
    exit: 7,
    says: /web page|HTML/i,
  },
  {
    what: "a site that does not answer",
    args: [...UP, MOVIE, "--version", "23404", "--retries", "0"],
    env: () => ({ SGMEDIA_SITE: "http://127.0.0.1:9" }),
    code: "E_NETWORK",
    exit: 7,
    says: /127\.0\.0\.1/,
  },
  {
    what: "a download of an empty field",
    args: ["download", "--version", "23404"],
    code: "E_MEDIA_MISSING",
    exit: 5,
    says: /empty/,
  },
  {
    what: "a download of an unknown attachment",
    args: ["download", "--attachment", "999999"],
    code: "E_RECORD_MISSING",
    exit: 5,
    says: /999999/,
  },
  {
    what: "an option that does not exist",
    args: [...UP, MOVIE, "--verison", "1"],
    code: "E_USAGE",
    exit: 2,
    says: /--verison/,
    fix: /--version/,
  },
];

describe("bad input", () => {
  it.each(CASES)("$what: $code, exit $exit", async ({ args, env, code, exit, says, fix }) => {
    const asJson = await site.run([...args, "--json"], env ? { env: env() } : {});
    expect(asJson.json).toMatchObject({ schema: 1, ok: false, error: { code, exit } });
    expect(asJson.json.error.message).toMatch(says);
    if (fix) expect(`${asJson.json.error.fix} ${asJson.json.error.why}`).toMatch(fix);
    expect(asJson.code).toBe(exit);

    const asText = await site.run(args, env ? { env: env() } : {});
    expect(asText.code).toBe(exit);
    expect(asText.stdout).toBe("");
    expect(asText.stderr).toContain(code);
    expect(`${asJson.stdout}${asText.stderr}`).not.toContain(site.ready.scriptKey);
  });

  it("no space left: E_DISK_FULL, exit 12, and what was there stays", async () => {
    await site.run(["upload", await site.file("large.mov", 5_000_000), "--version", "23426", "--attach"]);
    await writeFile(join(site.folder, "old.mov"), "old");
    const attachments = await site.run(["info", "--version", "23426", "--json"]);
    const { id } = attachments.json.results[0].attachments.find(
      (each: { name: string }) => each.name === "large.mov",
    );
    // A limit on the size of files stands for a full disk: every write beyond it fails.
    const command = `ulimit -f 1000; exec "${process.execPath}" "${PROGRAM}" download --attachment ${id} -o old.mov --if-exists overwrite --json`;
    const result = await run("bash", ["-c", command], { cwd: site.folder, env: site.env }).catch(
      (thrown: { code: number; stdout: string }) => thrown,
    );
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: false, error: { code: "E_DISK_FULL", exit: 12 } });
    expect("code" in result && result.code).toBe(12);
    expect(await readFile(join(site.folder, "old.mov"), "utf8")).toBe("old");
  });

  it("a file that may not be read: E_INPUT_UNREADABLE, exit 2", async () => {
    await site.file("secret.mov", 100);
    await chmod(join(site.folder, "secret.mov"), 0);
    await chmod(site.folder, 0o755);
    // Root may read everything, so the program runs as nobody.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const result = await run(
      process.execPath,
      [PROGRAM, "upload", "secret.mov", "--version", "23404", "--json"],
      {
        cwd: site.folder,
        env: { ...site.env, HOME: "/nonexistent" },
        ...nobody,
      },
    ).catch((thrown: { code: number; stdout: string }) => thrown);
    expect(JSON.parse(result.stdout)).toMatchObject({
      ok: false,
      error: { code: "E_INPUT_UNREADABLE", exit: 2 },
    });
  });
});
