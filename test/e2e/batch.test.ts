import { appendFile, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASSETS, PROGRAM, Site } from "./harness.ts";

/** `SGMEDIA_BATCH_FILES=500` runs it at the size of a day's dailies. */
const COUNT = Number(process.env["SGMEDIA_BATCH_FILES"] ?? "24");
const PROJECT = ["--project", "project X"];
let site: Site;
let folder: string;
let search: (
  query: string,
  body?: unknown,
) => Promise<{ data: { id: number; attributes: Record<string, unknown> }[] }>;

beforeAll(async () => {
  site = await Site.start();
  folder = join(site.folder, "dailies");
  await mkdir(folder);
  for (let n = 1; n <= COUNT; n += 1) {
    const path = join(folder, `sh010_take_v${String(n).padStart(3, "0")}.mov`);
    await copyFile(join(ASSETS, "shot.mov"), path);
    await appendFile(path, `take ${n}`);
  }
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: site.ready.scriptName,
    client_secret: site.ready.scriptKey,
  });
  const token = (await (
    await fetch(`${site.ready.site}/api/v1/auth/access_token`, { method: "POST", body: form })
  ).json()) as { access_token: string };
  search = async (type, filters = []) => {
    const reply = await fetch(`${site.ready.site}/api/v1/entity/${type}/_search`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token.access_token}`,
        "content-type": "application/vnd+shotgun.api3_array+json",
      },
      body: JSON.stringify({
        filters,
        fields: ["code", "versions", "attachment_links", "sg_task", "entity", "filename"],
        page: { size: 5000, number: 1 },
      }),
    });
    return (await reply.json()) as { data: { id: number; attributes: Record<string, unknown> }[] };
  };
});
afterAll(() => site.stop());

describe("a folder of dailies", () => {
  it("is planned without anything being made, and the plan says what is in the way", async () => {
    const before = (await search("versions")).data.length;
    const plan = await site.run([
      "upload",
      "dailies/*.mov",
      "--create",
      ...PROJECT,
      "--match",
      "(?<shot>sh\\d+)_(?<task>[a-z]+)_v\\d+",
      "--playlist",
      "today",
      "--plan",
      "plan.csv",
      "--json",
    ]);
    expect(plan.code).toBe(2);
    expect(plan.json.results).toHaveLength(COUNT);
    expect(plan.json.results[0]).toMatchObject({
      ok: false,
      error: { code: "E_PLAN", message: expect.stringContaining('no Task is named "take"') },
    });
    expect((await search("versions")).data).toHaveLength(before);
    const refused = await site.run(["upload", "--apply", "plan.csv", "--json"]);
    expect(refused.json.error).toMatchObject({ code: "E_PLAN", exit: 2 });
    expect((await search("versions")).data).toHaveLength(before);
  });

  it("is mended in a spreadsheet, applied, killed in the middle, applied again: nothing is missing and nothing is there twice", async () => {
    const text = await readFile(join(site.folder, "plan.csv"), "utf8");
    const rows = (parse(text, { columns: true, bom: true }) as Record<string, string>[]).map((row) => ({
      ...row,
      task: "",
    }));
    // A spreadsheet that writes semicolons must do as well.
    await writeFile(join(site.folder, "plan.csv"), stringify(rows, { header: true, delimiter: ";" }));

    const killed = execa(
      process.execPath,
      [PROGRAM, "upload", "--apply", "plan.csv", "--jobs", "2", "--progress", "json"],
      {
        cwd: site.folder,
        env: site.env,
        extendEnv: false,
        reject: false,
      },
    );
    const done = async () =>
      (await search("attachments", [["filename", "contains", "sh010_take"]])).data.length;
    while ((await done()) < COUNT / 3) await new Promise((resolve) => setTimeout(resolve, 20));
    killed.kill("SIGKILL");
    await killed;

    const applied = await site.run(["upload", "--apply", "plan.csv", "--json"]);
    expect(applied.json.error).toBeNull();
    expect(applied.json.results).toHaveLength(COUNT);
    const skipped = applied.json.results.filter((row: { skipped: boolean }) => row.skipped).length;
    expect(skipped).toBeGreaterThan(0);

    const versions = (await search("versions", [["code", "starts_with", "sh010_take_v"]])).data;
    expect(versions.map((row) => row.attributes["code"]).sort()).toEqual(
      rows.map((row) => (row as Record<string, string>)["code"]),
    );
    const uploads = (await search("attachments", [["filename", "starts_with", "sh010_take_v"]])).data;
    expect(uploads).toHaveLength(COUNT);

    const download = await site.run([
      "download",
      "--playlist",
      "today",
      ...PROJECT,
      "-o",
      "back/",
      "--name",
      "{order:03}_{code}.{ext}",
      "-n",
      "--json",
    ]);
    expect(download.json.results.map((row: { name: string }) => row.name)).toEqual(
      rows.map(
        (row, index) =>
          `${String(index + 1).padStart(3, "0")}_${(row as Record<string, string>)["code"]}.mov`,
      ),
    );

    const again = await site.run(["upload", "--apply", "plan.csv", "--json"]);
    expect(again.json.results.every((row: { skipped: boolean }) => row.skipped)).toBe(true);
    expect((await search("attachments", [["filename", "starts_with", "sh010_take_v"]])).data).toHaveLength(
      COUNT,
    );
  }, 600_000);

  it("says what was done as CSV where the plan was CSV", async () => {
    const applied = await site.run(["upload", "--apply", "plan.csv"]);
    const rows = parse(applied.stdout, { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(COUNT);
    expect(rows[0]).toMatchObject({
      order: "1",
      code: "sh010_take_v001",
      result: "already there",
      error: "",
    });
  });

  it("gives one file its Version, playlist and all, in one command", async () => {
    await copyFile(join(ASSETS, "shot.mov"), join(site.folder, "hero_v001.mov"));
    const made = await site.run([
      "upload",
      "hero_v001.mov",
      "--create",
      ...PROJECT,
      "--link",
      "sh010",
      "--description",
      "first",
      "--playlist",
      "today",
      "--json",
    ]);
    expect(made.json.results[0]).toMatchObject({
      ok: true,
      created: true,
      code: "hero_v001",
      entity: { type: "Version" },
    });
    const again = await site.run([
      "upload",
      "hero_v001.mov",
      "--create",
      ...PROJECT,
      "--link",
      "sh010",
      "--json",
    ]);
    expect(again.json.results[0]).toMatchObject({
      created: false,
      skipped: true,
      entity: made.json.results[0].entity,
    });
  });
});
