import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder: string;
let program: string;
let metafile: Metafile;

const here = new URL(".", import.meta.url).pathname;
const fakes: Plugin = {
  name: "fakes",
  setup(builder) {
    const parts = /(?:site\/open-site|transfer\/engine|sandbox\/start)\.ts$/;
    builder.onResolve({ filter: parts }, () => ({ path: join(here, "fakes/parts.ts") }));
    builder.onResolve({ filter: /workflow\/index\.ts$/ }, () => ({ path: join(here, "fakes/workflow.ts") }));
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sgmedia-main-"));
  const built = await build({
    entryPoints: { main: join(here, "../../src/main.ts") },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["typescript"],
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    metafile: true,
    logLevel: "error",
    plugins: [fakes],
  });
  metafile = built.metafile;
  program = join(folder, "sgmedia.mjs");
  await writeFile(program, 'import { main } from "./main.mjs";\nawait main();\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(...argv: string[]) {
  const child = spawn(process.execPath, [program, ...argv], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      SGMEDIA_CONFIG_DIR: folder,
      SGMEDIA_STATE_DIR: folder,
      SGMEDIA_SITE: "https://studio.example",
      SGMEDIA_SESSION_TOKEN: "token-123",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text.out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text.err += chunk;
  });
  return { child, text, ended: once(child, "close") as Promise<[number | null, NodeJS.Signals | null]> };
}

async function said(child: ChildProcess, text: { err: string; out: string }, words: string): Promise<void> {
  while (!`${text.out}${text.err}`.includes(words)) {
    if (child.exitCode !== null) throw new Error(`it ended: ${text.err}`);
    await Promise.race([
      once(child.stdout as never, "data"),
      once(child.stderr as never, "data"),
      once(child, "close"),
    ]);
  }
}

describe("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s stops the work and says how to go on", async (signal, exit) => {
    const { child, text, ended } = start("upload", "a", "--version", "1", "--json");
    await said(child, text, "under way");
    child.kill(signal);
    expect(await ended).toEqual([exit, null]);
    expect(JSON.parse(text.out).error).toMatchObject({ code: "E_INTERRUPTED", exit });
    expect(text.err.trimEnd().split("\n").at(-1)).toBe("  fix  sgmedia upload a --version 1 --json");
  });

  it("a second time ends the program at once", async () => {
    const { child, text, ended } = start("upload", "a", "--version", "1", "--name", "stubborn");
    await said(child, text, "under way");
    child.kill("SIGINT");
    await said(child, text, "Once more stops at once");
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
  });

  it("ends a sandbox well", async () => {
    const { child, text, ended } = start("sandbox", "--json");
    await said(child, text, "scriptKey");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(JSON.parse(text.out)).toMatchObject({ site: "http://127.0.0.1:1" });
  });
});

describe("a command of the sandbox", () => {
  const js = (code: string): string[] => ["sandbox", "--", process.execPath, "-e", code];

  it("has the site in its environment and gives its exit code", async () => {
    const names = [
      "SGMEDIA_SITE",
      "SGMEDIA_SCRIPT_NAME",
      "SGMEDIA_SCRIPT_KEY",
      "SHOTGRID_SITE",
      "SHOTGRID_SCRIPT_NAME",
      "SHOTGRID_SCRIPT_KEY",
    ];
    const { text, ended } = start(
      ...js(`for (const n of ${JSON.stringify(names)}) console.log(process.env[n]); process.exit(42)`),
    );
    expect(await ended).toEqual([42, null]);
    const values = ["http://127.0.0.1:1", "sandbox", "sandbox-key"];
    expect(text.out.trim().split("\n")).toEqual([...values, ...values]);
  });

  it("gives 128 and the signal that ended it", async () => {
    expect(await start(...js("process.kill(process.pid, 'SIGKILL')")).ended).toEqual([137, null]);
  });

  it("is told a SIGTERM, and its answer counts", async () => {
    const code =
      "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('child is up')";
    const { child, text, ended } = start(...js(code));
    await said(child, text, "child is up");
    child.kill("SIGTERM");
    expect(await ended).toEqual([7, null]);
  });

  it("that cannot be run is an error", async () => {
    const { text, ended } = start("sandbox", "--", "/nonexistent/program");
    expect((await ended)[0]).toBe(2);
    expect(text.err).toContain('"/nonexistent/program" cannot be run.');
  });
});

describe("a closed stdout", () => {
  it.each([["--json"], ["--no-color"]])("ends the program quietly (%s)", async (flag) => {
    const { child, text, ended } = start("fields", "Version", flag);
    child.stdout.destroy();
    expect(await ended).toEqual([0, null]);
    expect(text.err).toBe("");
  });
});

describe("a bug", () => {
  it("ends with 1 and an error of ours, secrets struck out", async () => {
    const { text, ended } = start("info", "Version:1");
    expect((await ended)[0]).toBe(1);
    expect(text.err).toMatch(
      /^error E_BUG {2}Unexpected: thrown where nobody waits, with access_token=\*\*\*\n/,
    );
  });
});

describe("start-up", () => {
  it("prints the version", async () => {
    const { text, ended } = start("--version");
    expect(await ended).toEqual([0, null]);
    expect(text.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("loads nothing but commander for help", () => {
    const loaded = new Set<string>();
    const seen = new Set<string>();
    const visit = (output: string): void => {
      if (seen.has(output)) return;
      seen.add(output);
      for (const input of Object.keys(metafile.outputs[output]?.inputs ?? {})) loaded.add(input);
      for (const { path, kind } of metafile.outputs[output]?.imports ?? []) {
        if (kind === "import-statement" && metafile.outputs[path]) visit(path);
      }
    };
    const run = Object.keys(metafile.outputs).find((path) =>
      metafile.outputs[path]?.entryPoint?.endsWith("src/cli/run.ts"),
    );
    visit(run ?? "");
    expect([...loaded].some((path) => path.endsWith("src/cli/program.ts"))).toBe(true);
    const packages = new Set(
      [...loaded].flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
    );
    expect([...packages].sort()).toEqual(["@commander-js/extra-typings", "commander"]);
  });
});
