import { describe, expect, it } from "vitest";
import { runCli } from "../../src/cli/run.ts";
import { createFakeHost } from "./fake-host.ts";

const COMMANDS = [
  "upload",
  "download",
  "thumb",
  "link-local",
  "link-url",
  "set-path",
  "info",
  "fields",
  "config",
  "status",
  "resume",
  "abort",
  "sandbox",
];

async function helpOf(...argv: string[]): Promise<string> {
  const host = createFakeHost();
  expect(await runCli(argv, host)).toBe(0);
  expect(host.stderr.text).toBe("");
  return host.stdout.text;
}

describe("help", () => {
  it("of the program", async () => {
    expect(await helpOf("--help")).toMatchSnapshot();
  });

  it.each(COMMANDS)("of %s", async (command) => {
    const help = await helpOf(command, "--help");
    expect(help).toMatchSnapshot();
    const at = ["Examples:", "Options:", "Exit codes:"].map((title) => help.indexOf(title));
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(at[0]).toBeGreaterThan(0);
    for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(110);
    expect(await helpOf("help", command)).toBe(help);
    expect(await helpOf(command, "-h")).toBe(help);
  });

  it("names every command in the program's", async () => {
    const help = await helpOf("-h");
    for (const command of COMMANDS) expect(help).toMatch(new RegExp(`^  ${command} `, "m"));
  });

  it("of nothing at all goes to stderr, as a wrong command line does", async () => {
    const host = createFakeHost();
    expect(await runCli([], host)).toBe(2);
    expect(host.stdout.text).toBe("");
    expect(host.stderr.text).toContain("Examples:");
  });
});

describe("version", () => {
  it.each([["--version"], ["-V"], ["upload", "-V"], ["info", "-V"]])("%s %s", async (...argv) => {
    expect(await helpOf(...argv.filter(Boolean))).toBe("1.2.3\n");
  });
});
