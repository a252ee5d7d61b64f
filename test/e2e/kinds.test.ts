import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ASSETS, Site } from "./harness.ts";

let site: Site;
let outside: Server;
let origin: string;
const seen: IncomingHttpHeaders[] = [];
const picture = await readFile(join(ASSETS, "still.png"));

beforeAll(async () => {
  site = await Site.start();
  outside = createServer((req, res) => {
    seen.push(req.headers);
    if (req.url === "/moved") res.writeHead(302, { location: "/a%20b.png" }).end();
    else res.writeHead(200, { "content-type": "image/png", "content-length": picture.length }).end(picture);
  });
  await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(outside.address() as AddressInfo).port}`;
});
afterAll(async () => {
  outside.close();
  await site.stop();
});

describe("what an Attachment is", () => {
  it("a web link: its target is fetched, without the site's credentials", async () => {
    const linked = await site.run(["link-url", `${origin}/pictures/a.png`, "--version", "23404", "--json"]);
    expect(linked.json.results[0]).toMatchObject({ ok: true, field: "sg_uploaded_movie" });
    const got = await site.run(["download", "--version", "23404", "-o", "web/", "--json"]);
    expect(got.json.results[0]).toMatchObject({ ok: true, linkType: "web", name: "a.png" });
    expect((await readFile(got.json.results[0].output)).equals(picture)).toBe(true);
    for (const headers of seen)
      expect([headers.authorization, headers.cookie]).toEqual([undefined, undefined]);
  });

  it("an address outside, redirects and all", async () => {
    const got = await site.run(["download", "--url", `${origin}/moved`, "-o", "moved.png", "--json"]);
    expect(got.json.results[0]).toMatchObject({ ok: true, linkType: "web" });
    expect((await readFile(got.json.results[0].output)).equals(picture)).toBe(true);
  });

  it("a local link: copied from this system's path, and missing ones named", async () => {
    const linked = await site.run([
      "link-local",
      "/mnt/projects/kinds/athena.mov",
      "--version",
      "23404",
      "--json",
    ]);
    expect(linked.json.results[0]).toMatchObject({
      ok: true,
      relativePath: "kinds/athena.mov",
      paths: {
        linux: "/mnt/projects/kinds/athena.mov",
        windows: "P:\\projects\\kinds\\athena.mov",
        mac: "/Volumes/projects/kinds/athena.mov",
      },
    });
    const got = await site.run(["download", "--version", "23404", "-o", "local/", "--json"]);
    expect(got.json.error).toMatchObject({
      code: "E_LOCAL_MISSING",
      exit: 5,
      message: expect.stringContaining("/mnt/projects/kinds/athena.mov"),
    });
  });

  it("locked away (410), or being scanned (409), said so", async () => {
    const path = "/attachments/\\d+/this_file$";
    await site.setFaults([{ surface: "site", path, status: 410, skip: 1, times: "always" }]);
    const locked = await site.run(["download", "--attachment", "111339", "-o", "q.png", "--json"]);
    expect(locked.json.error).toMatchObject({ code: "E_QUARANTINED", exit: 5 });
    await site.clearFaults();
    await site.setFaults([{ surface: "site", path, status: 409, skip: 1, times: "always" }]);
    const scanned = await site.run([
      "download",
      "--attachment",
      "111339",
      "-o",
      "q.png",
      "--retries",
      "0",
      "--json",
    ]);
    expect(scanned.json.error.exit).toBe(7);
    expect(`${scanned.json.error.message} ${scanned.json.error.why}`).toMatch(/scan/i);
    await site.clearFaults();
  });
});

describe("names that come from the site", () => {
  it.each([
    ["../../escape.mov", /^[^/]*escape\.mov$/],
    ["a/b\\c.mov", /^a_b_c\.mov$/],
    ["CON.mov", /^_CON\.mov$/],
    ["bell\u0007\u202egnp.exe", /^bellgnp\.exe$/],
    ["..", /^[^.].*$/],
  ])("%j stays in the folder", async (name, expected) => {
    const linked = await site.run([
      "link-url",
      `${origin}/x`,
      "--version",
      "23426",
      "--name",
      name,
      "--json",
    ]);
    expect(linked.code).toBe(0);
    const folder = join(site.folder, "hostile", encodeURIComponent(name));
    await mkdir(folder, { recursive: true });
    const got = await site.run(["download", "--version", "23426", "-o", `${folder}/`, "--json"]);
    expect(got.json.results[0].output.startsWith(`${folder}/`)).toBe(true);
    expect(got.json.results[0].output.slice(folder.length + 1)).toMatch(expected);
  });
});

describe("a playlist", () => {
  it("comes in its order, two of one name numbered, and what fails fails alone", async () => {
    const project = ["--project", "project X"];
    for (const code of ["one", "two", "three"]) {
      await writeFile(join(site.folder, `${code}.mov`), `movie ${code}`);
      const up = await site.run([
        "upload",
        `${code}.mov`,
        "--create",
        ...project,
        "--playlist",
        "cut",
        "--json",
      ]);
      expect(up.json.results[0]).toMatchObject({ ok: true, created: true });
    }
    const all = await site.run([
      "download",
      "--playlist",
      "cut",
      ...project,
      "-o",
      "cut/",
      "--name",
      "take.mov",
      "--json",
    ]);
    expect(all.json.results.map((row: { output: string }) => row.output.split("/").at(-1))).toEqual([
      "take.mov",
      "take (2).mov",
      "take (3).mov",
    ]);
    expect(await readFile(join(site.folder, "cut", "take (2).mov"), "utf8")).toBe("movie two");

    const empty = all.json.results[1].entity.id as number;
    await site.run(["link-local", "/mnt/projects/nowhere.mov", "--version", String(empty)]);
    const some = await site.run(["download", "--playlist", "cut", ...project, "-o", "again/", "--json"]);
    expect([some.code, some.json.error.code]).toEqual([6, "E_PARTIAL"]);
    expect(some.json.results.map((row: { ok: boolean }) => row.ok)).toEqual([true, false, true]);
  });
});
