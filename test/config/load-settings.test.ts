import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadSettings } from "../../src/config/load-settings.ts";
import type { Settings } from "../../src/config/settings.ts";
import { SgmediaError } from "../../src/shared/errors.ts";
import { redactText } from "../../src/shared/redact.ts";

let root: string;
let project: string;
let user: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sgmedia-config-"));
  project = join(root, "project");
  user = join(root, "user");
  await mkdir(join(project, "deep", "er"), { recursive: true });
  await mkdir(user);
});
afterEach(() => rm(root, { recursive: true, force: true }));

type Given = { flags?: Record<string, unknown>; env?: Record<string, string>; cwd?: string };

function load({ flags = {}, env = {}, cwd = project }: Given = {}): Promise<Settings> {
  return loadSettings({
    flags,
    env: { SGMEDIA_CONFIG_DIR: user, ...env },
    cwd,
    platform: "linux",
  });
}

async function failure(given: Given): Promise<SgmediaError> {
  const thrown = await load(given).catch((error: unknown) => error);
  if (!(thrown instanceof SgmediaError)) throw new Error(`no SgmediaError: ${String(thrown)}`);
  return thrown;
}

async function write(path: string, content: unknown, mode = 0o600): Promise<string> {
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content), { mode });
  await chmod(path, mode);
  return path;
}

describe("precedence", () => {
  it.each([
    [
      "flag",
      { flag: true, env: true, other: true, project: true, user: true },
      "https://flag.example",
      "flag --site",
    ],
    [
      "environment",
      { env: true, other: true, project: true, user: true },
      "https://env.example",
      "environment SGMEDIA_SITE",
    ],
    [
      "others' environment",
      { other: true, project: true, user: true },
      "https://other.example",
      "environment SHOTGUN_SITE",
    ],
    ["project file", { project: true, user: true }, "https://project.example", "PROJECT"],
    ["user file", { user: true }, "https://user.example", "USER"],
    ["nothing", {}, null, "default"],
  ] as [string, Record<string, boolean>, string | null, string][])(
    "%s",
    async (_name, where, value, origin) => {
      const paths = { PROJECT: join(project, ".sgrc"), USER: join(user, "config.yaml") };
      if (where["project"]) await write(paths.PROJECT, { site: "project.example" });
      if (where["user"]) await write(paths.USER, "site: user.example\n");
      const settings = await load({
        flags: where["flag"] ? { site: "flag.example" } : {},
        env: {
          ...(where["env"] ? { SGMEDIA_SITE: "env.example" } : {}),
          ...(where["other"] ? { SHOTGUN_SITE: "other.example" } : {}),
        },
      });
      expect(settings.site).toEqual({ value, origin: paths[origin as "USER"] ?? origin });
    },
  );

  it("takes each value from its own place", async () => {
    await write(join(project, ".sgrc.yaml"), "jobs: 7\npartSize: 16MiB\nlimitRate: 20MB/s\n");
    await write(join(user, ".sgrc.json"), { jobs: 2, retries: 0, wait: true });
    const settings = await load({ flags: { partSize: "5MiB" } });
    expect(settings.jobs).toEqual({ value: 7, origin: join(project, ".sgrc.yaml") });
    expect(settings.retries).toEqual({ value: 0, origin: join(user, ".sgrc.json") });
    expect(settings.partSizeBytes).toEqual({ value: 5 * 1024 ** 2, origin: "flag --part-size" });
    expect(settings.limitRateBytes.value).toBe(20_000_000);
    expect(settings.waitSeconds.value).toBe(1800);
    expect(settings.stallTimeoutSeconds).toEqual({ value: 60, origin: "default" });
  });

  it("passes over an empty variable", async () => {
    const settings = await load({ env: { SGMEDIA_SITE: " ", SHOTGRID_SITE: "https://b.example" } });
    expect(settings.site).toEqual({ value: "https://b.example", origin: "environment SHOTGRID_SITE" });
  });
});

describe("files", () => {
  it.each([
    [".sgrc", "site: a.example"],
    [".sgrc", '{"site": "a.example"}'],
    [".sgrc.json", '{"site": "a.example"}'],
    [".sgrc.yaml", "site: a.example"],
    [".sgrc.yml", "site: a.example"],
    ["package.json", '{"name": "x", "sgmedia": {"site": "a.example"}}'],
  ])("reads %s from folders above", async (name, content) => {
    await write(join(project, name), content);
    const settings = await load({ cwd: join(project, "deep", "er") });
    expect(settings.site.value).toBe("https://a.example");
    expect(settings.files).toEqual([join(project, name)]);
  });

  it("takes the nearest, and passes over a package.json that has nothing for it", async () => {
    await write(join(project, ".sgrc"), "site: far.example");
    await write(join(project, "deep", ".sgrc"), "site: near.example");
    await write(join(project, "deep", "er", "package.json"), '{"name": "not ours", broken');
    expect((await load({ cwd: join(project, "deep", "er") })).site.value).toBe("https://near.example");
  });

  it("reads --config alone, searching nothing", async () => {
    await write(join(project, ".sgrc"), "jobs: 9");
    await write(join(user, "config"), "retries: 9");
    const named = await write(join(root, "other.yaml"), "site: other.example");
    for (const given of [{ flags: { config: "../other.yaml" } }, { env: { SGMEDIA_CONFIG: named } }]) {
      const settings = await load(given);
      expect(settings.files).toEqual([named]);
      expect([settings.jobs.value, settings.retries.value]).toEqual([8, 5]);
    }
  });

  it.each([
    ["a file that is not there", "nowhere.yaml", /cannot be read/],
    ["a folder", "deep", /is a folder/],
    ["a program", "sgrc.js", /no configuration file that sgmedia reads/],
  ])("refuses --config with %s", async (_name, config, message) => {
    await write(join(project, "sgrc.js"), "globalThis.__sgmediaRan = true; module.exports = {}");
    const error = await failure({ flags: { config } });
    expect(error.code).toBe("E_CONFIG");
    expect(error.message).toMatch(message);
    expect(globalThis).not.toHaveProperty("__sgmediaRan");
  });

  it("never runs a program, wherever one lies", async () => {
    const program = "globalThis.__sgmediaRan = true; export default { site: 'evil.example' }";
    await mkdir(join(project, ".config"));
    for (const name of [
      ".config/config.js",
      ".config/config.mjs",
      ".sgrc.js",
      "sgmedia.config.js",
      "evil.mjs",
    ]) {
      await write(join(project, name), program);
    }
    await write(join(user, "config.mjs"), program);
    await write(join(project, "package.json"), { cosmiconfig: { searchPlaces: ["evil.mjs"] } });
    const before = process.cwd();
    process.chdir(project);
    try {
      expect((await load()).site.value).toBeNull();
    } finally {
      process.chdir(before);
    }
    expect(globalThis).not.toHaveProperty("__sgmediaRan");
  });

  it("follows no $import", async () => {
    await write(join(project, "other.json"), { site: "a.example" });
    await write(join(project, ".sgrc"), { $import: "./other.json" });
    expect((await failure({})).message).toContain('"$import"');
  });

  it("tells where a file is broken without quoting it", async () => {
    await write(join(project, ".sgrc"), "scriptName: farm\nscriptKey: very-secret-key: [\n");
    const yaml = await failure({});
    expect(yaml.message).toContain(`${join(project, ".sgrc")}, line 2`);
    await write(join(project, ".sgrc"), "");
    const path = await write(join(project, "b.json"), '{"scriptKey": "very-secret-key" "x"}');
    const json = await failure({ flags: { config: path } });
    expect(json.message).toContain(path);
    expect(JSON.stringify([yaml.toDocument(), json.toDocument()])).not.toContain("very-secret");
  });
});

describe("what a file may say", () => {
  it.each([
    [{ sit: "x" }, '"sit"', 'Did you mean "site"?'],
    [{ partjobs: 3 }, '"partjobs"', 'Did you mean "partJobs"?'],
    [{ profiles: { farm: { scriptname: "x" } } }, '"profiles.farm.scriptname"', 'Did you mean "scriptName"?'],
    [{ password: "x" }, '"password"', "Set SGMEDIA_PASSWORD."],
  ])("unknown key %j", async (content, shown, fix) => {
    const path = await write(join(project, ".sgrc.json"), content);
    const error = await failure({});
    expect(error.code).toBe("E_CONFIG");
    expect(error.message).toContain(path);
    expect(error.message).toContain(shown);
    expect(error.fix).toBe(fix);
  });

  it.each([
    [{ jobs: "many" }, '"jobs" cannot be "many"', "It takes a whole number from 1."],
    [{ jobs: 0 }, '"jobs" cannot be 0', "It takes a whole number from 1."],
    [{ retries: 1.5 }, '"retries"', "It takes a whole number from 0."],
    [{ site: 5 }, '"site" cannot be 5', "It takes text."],
    [{ site: "" }, '"site"', "It takes text."],
    [{ partSize: "big" }, '"partSize"', "It takes a size such as 16MiB."],
    [{ limitRate: "fast" }, '"limitRate"', "It takes a rate such as 20MB/s."],
    [{ stallTimeout: 0 }, '"stallTimeout"', "It takes seconds above 0, such as 30, or 5m."],
    [{ wait: "soon" }, '"wait"', "It takes true, false, or seconds such as 600, or 10m."],
    [{ progress: "loud" }, '"progress"', "It takes one of auto, bar, plain, json, none."],
    [{ verify: "yes" }, '"verify"', "It takes true or false."],
    [{ profiles: { farm: { jobs: -1 } } }, '"profiles.farm.jobs"', "It takes a whole number from 1."],
    [{ profiles: [] }, '"profiles"', "It takes keys with values, and holds a list."],
    [["site"], "holds no settings", "It takes keys with values, and holds a list."],
  ])("wrong value %j", async (content, shown, why) => {
    const path = await write(join(project, ".sgrc"), content);
    const error = await failure({
      flags: { profile: JSON.stringify(content).includes("farm") ? "farm" : undefined },
    });
    expect([error.code, error.exit]).toEqual(["E_CONFIG", 2]);
    expect(error.message).toContain(path);
    expect(error.message).toContain(shown);
    expect(error.why).toBe(why);
  });

  it("tells a wrong option as usage", async () => {
    const error = await failure({ flags: { partSize: "x" } });
    expect([error.code, error.message]).toEqual(["E_USAGE", '--part-size cannot be "x".']);
  });
});

describe("profiles", () => {
  beforeEach(async () => {
    await write(join(project, ".sgrc"), {
      site: "plain.example",
      jobs: 3,
      profiles: { farm: { site: "farm.example" }, desk: { jobs: 8 } },
    });
    await write(join(user, "config.json"), {
      profiles: { mine: { site: "mine.example" }, farm: { retries: 9 } },
    });
  });

  it("goes before the plain keys of every file, the project's before the user's", async () => {
    const farm = await load({ flags: { profile: "farm" } });
    expect(farm.site).toEqual({
      value: "https://farm.example",
      origin: `${join(project, ".sgrc")}, profile farm`,
    });
    expect([farm.jobs.value, farm.retries.value]).toEqual([3, 9]);
    const mine = await load({ env: { SGMEDIA_PROFILE: "mine" } });
    expect(mine.site.value).toBe("https://mine.example");
  });

  it("does not go before the environment, and says so", async () => {
    const settings = await load({ flags: { profile: "farm" }, env: { SGMEDIA_SITE: "env.example" } });
    expect(settings.site.value).toBe("https://env.example");
    expect(settings.warnings.join()).toContain('goes before the site of profile "farm"');
  });

  it("may be named by a file", async () => {
    await write(join(project, ".sgrc"), { profile: "farm", profiles: { farm: { jobs: 6 } } });
    expect((await load()).jobs.value).toBe(6);
  });

  it("must exist", async () => {
    const error = await failure({ flags: { profile: "frm" } });
    expect([error.code, error.fix]).toEqual(["E_CONFIG", 'Did you mean "farm"?']);
  });
});

describe("site", () => {
  it.each([
    ["studio.example", "https://studio.example"],
    ["https://studio.example/detail/Version/1?x=1", "https://studio.example"],
    ["HTTPS://Studio.Example:443/", "https://studio.example"],
    ["http://127.0.0.1:4000/", "http://127.0.0.1:4000"],
    ["http://localhost:4000", "http://localhost:4000"],
    ["http://[::1]:4000", "http://[::1]:4000"],
  ])("%s", async (written, origin) => {
    const settings = await load({ env: { SGMEDIA_SITE: written } });
    expect(settings.site.value).toBe(origin);
    expect(settings.warnings).toEqual([]);
  });

  it("warns of http beyond this machine", async () => {
    const settings = await load({ env: { SGMEDIA_SITE: "http://studio.example" } });
    expect(settings.warnings.join()).toContain("not encrypted");
  });

  it.each(["ftp://studio.example", "https://", "https://a b", "https://jane:pass-word@studio.example"])(
    "refuses %s",
    async (written) => {
      expect((await failure({ flags: { site: written } })).code).toBe("E_USAGE");
      const error = await failure({ env: { SGMEDIA_SITE: written } });
      expect(error.code).toBe("E_CONFIG");
      expect(JSON.stringify(error.toDocument())).not.toContain("pass-word");
    },
  );
});

describe("credentials", () => {
  const script = { SGMEDIA_SCRIPT_NAME: "bot", SGMEDIA_SCRIPT_KEY: "bot-key-123" };
  const person = { SGMEDIA_LOGIN: "jane", SGMEDIA_PASSWORD: "pass-word" };
  const session = { SGMEDIA_SESSION_TOKEN: "token-123" };

  it.each([
    ["nothing", {}, { kind: "none" }],
    ["script", script, { kind: "script", scriptName: "bot", scriptKey: "bot-key-123" }],
    ["person", person, { kind: "password", login: "jane", password: "pass-word" }],
    [
      "person with a code",
      { ...person, SGMEDIA_AUTH_TOKEN: "123456" },
      { kind: "password", login: "jane", password: "pass-word", authToken: "123456" },
    ],
    [
      "session before script",
      { ...script, ...person, ...session },
      { kind: "session", sessionToken: "token-123" },
    ],
    [
      "script before person",
      { ...script, ...person },
      { kind: "script", scriptName: "bot", scriptKey: "bot-key-123" },
    ],
    [
      "names of other tools",
      { SHOTGRID_SCRIPT_NAME: "old", SHOTGRID_API_KEY: "old-key-123" },
      { kind: "script", scriptName: "old", scriptKey: "old-key-123" },
    ],
    [
      "our person before another tool's script",
      { ...person, SHOTGRID_SCRIPT_NAME: "old", SHOTGRID_SCRIPT_KEY: "old-key-123" },
      { kind: "password", login: "jane", password: "pass-word" },
    ],
  ] as [string, Record<string, string>, unknown][])("%s", async (_name, env, expected) => {
    expect((await load({ env })).credentials.value).toEqual(expected);
  });

  it("prefers a person in the environment to a script in a file", async () => {
    await write(join(project, ".sgrc"), { scriptName: "bot", scriptKey: "bot-key-123" });
    expect((await load()).credentials.value.kind).toBe("script");
    expect((await load({ env: person })).credentials.value.kind).toBe("password");
  });

  it("puts a name from a file and a key from the environment together", async () => {
    await write(join(project, ".sgrc"), { scriptName: "bot" });
    const settings = await load({ env: { SGMEDIA_SCRIPT_KEY: "bot-key-123" } });
    expect(settings.credentials.value).toEqual({
      kind: "script",
      scriptName: "bot",
      scriptKey: "bot-key-123",
    });
    expect(settings.credentials.origin).toBe(`${join(project, ".sgrc")} and environment SGMEDIA_SCRIPT_KEY`);
  });

  it.each([
    ["name alone", { SGMEDIA_SCRIPT_NAME: "bot" }, "no script key"],
    ["key alone", { SGMEDIA_SCRIPT_KEY: "bot-key-123" }, "no script name"],
    ["password alone", { SGMEDIA_PASSWORD: "pass-word" }, "no login"],
    [
      "one script's name, another's key",
      { SGMEDIA_SCRIPT_NAME: "bot", SHOTGRID_SCRIPT_NAME: "old", SHOTGRID_SCRIPT_KEY: "old-key-123" },
      'The script "bot" has no key',
    ],
  ])("refuses half a pair: %s", async (_name, env, message) => {
    const error = await failure({ env });
    expect(error.code).toBe("E_CONFIG");
    expect(error.message).toContain(message);
  });

  it("does not mind a half below what is used", async () => {
    await write(join(project, ".sgrc"), { scriptName: "bot" });
    expect((await load({ env: session })).credentials.value.kind).toBe("session");
    expect((await load({ env: { SGMEDIA_LOGIN: "jane", ...session } })).credentials.value.kind).toBe(
      "session",
    );
  });

  it("reads a key file beside the configuration file", async () => {
    await write(join(project, ".sgrc"), { scriptName: "bot", scriptKeyFile: "keys/bot.key" });
    await mkdir(join(project, "keys"));
    const key = await write(join(project, "keys", "bot.key"), "bot-key-from-file\n");
    const settings = await load({ cwd: join(project, "deep") });
    expect(settings.credentials.value).toMatchObject({ scriptKey: "bot-key-from-file" });
    expect(settings.warnings).toEqual([]);
    expect(redactText("it was bot-key-from-file.")).toBe("it was ***.");
    await chmod(key, 0o644);
    expect((await load()).warnings.join()).toContain(`chmod 600 "${key}"`);
    const overruled = await load({ env: { SGMEDIA_SCRIPT_KEY: "env-key-123" } });
    expect(overruled.credentials.value).toMatchObject({ scriptKey: "env-key-123" });
  });

  it.each([
    ["missing", undefined, "cannot be read"],
    ["empty", "\n", "holds no key"],
    ["more than a key", "name: key\n", "holds no key"],
  ])("refuses a key file that is %s", async (_name, content, message) => {
    await write(join(project, ".sgrc"), { scriptName: "bot", scriptKeyFile: "bot.key" });
    if (content !== undefined) await write(join(project, "bot.key"), content);
    expect((await failure({})).message).toContain(message);
  });

  it("refuses key and key file in one place", async () => {
    await write(join(project, ".sgrc"), {
      scriptName: "bot",
      scriptKey: "a-key-123",
      scriptKeyFile: "bot.key",
    });
    expect((await failure({})).message).toContain("both scriptKey and scriptKeyFile");
  });

  it("warns of a file with a key that others can read, also inside a profile", async () => {
    const path = join(project, ".sgrc");
    await write(path, { profiles: { farm: { scriptName: "b", scriptKey: "bot-key-123" } } }, 0o640);
    expect((await load()).warnings).toEqual([
      `${path} holds a key and others can read it. Mend it: chmod 600 "${path}"`,
    ]);
    await chmod(path, 0o600);
    expect((await load()).warnings).toEqual([]);
  });
});

describe("the rest of the environment", () => {
  it("takes the certificate file, ours last", async () => {
    const ca = await write(join(root, "ca.pem"), "x");
    const other = await write(join(root, "other.pem"), "x");
    expect((await load({ env: { SHOTGUN_API_CACERTS: ca } })).caFile.value).toBe(ca);
    expect((await load({ env: { SHOTGUN_API_CACERTS: ca, SSL_CERT_FILE: other } })).caFile.value).toBe(other);
    expect((await failure({ env: { SSL_CERT_FILE: join(root, "none.pem") } })).code).toBe("E_CONFIG");
  });

  it("takes the program's own folders", async () => {
    const settings = await load({
      env: { SGMEDIA_STATE_DIR: "state", SGMEDIA_CACHE_DIR: join(root, "cache") },
    });
    expect(settings.stateDir).toEqual({
      value: join(project, "state"),
      origin: "environment SGMEDIA_STATE_DIR",
    });
    expect(settings.cacheDir.value).toBe(join(root, "cache"));
    expect((await load()).stateDir.value).toMatch(/sgmedia/);
  });
});

describe("rows for `sgmedia config`", () => {
  it("names every value's origin and strikes secrets out", async () => {
    const secrets = {
      SGMEDIA_SCRIPT_KEY: "bot-key-123",
      SGMEDIA_PASSWORD: "pass-word",
      SGMEDIA_SESSION_TOKEN: "token-123",
    };
    const settings = await load({
      flags: { jobs: "3" },
      env: {
        ...secrets,
        SGMEDIA_SCRIPT_NAME: "bot",
        SGMEDIA_LOGIN: "jane",
        HTTPS_PROXY: "http://jane:proxy-word@proxy.example:3128",
      },
    });
    const row = (key: string) => settings.rows.find((each) => each.key === key);
    expect(row("jobs")).toEqual({ key: "jobs", value: 3, origin: "flag --jobs" });
    expect(row("scriptKey")).toEqual({
      key: "scriptKey",
      value: "***",
      origin: "environment SGMEDIA_SCRIPT_KEY",
    });
    expect(row("signIn")?.value).toBe("session");
    const text = JSON.stringify(settings.rows);
    for (const secret of [...Object.values(secrets), "proxy-word"]) expect(text).not.toContain(secret);
  });
});
