import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderRow } from "../../../src/sandbox/files/render.ts";
import { writeMediaValue } from "../../../src/sandbox/files/write-media-value.ts";
import { SiteError } from "../../../src/sandbox/store/site-error.ts";
import type { Row } from "../../../src/sandbox/types.ts";
import { type BareSite, bareSite } from "../bare-site.ts";

let site: BareSite;
let file: Row;

beforeEach(async () => {
  site = await bareSite();
  file = site.sandbox.store.insert("PublishedFile", { code: "plate" }, null);
  storage({
    code: "primary",
    windows_path: "P:\\projects",
    mac_path: "/Volumes/projects",
    linux_path: "/mnt/projects",
  });
});
afterEach(() => site.close());

function storage(fields: Record<string, unknown>): number {
  return site.sandbox.store.insert("LocalStorage", fields, null).id;
}

function write(value: unknown, dialect: "rest" | "rpc" = "rest", call: "create" | "update" = "update"): void {
  writeMediaValue(site.sandbox, { call, record: file, field: "path", by: null, dialect }, value);
}

function path(): Record<string, unknown> {
  return renderRow(site.sandbox, file, ["path"], "rest")["path"] as Record<string, unknown>;
}

function refusal(value: unknown, dialect: "rest" | "rpc" = "rest"): [number, number, string] {
  try {
    write(value, dialect);
  } catch (thrown) {
    if (thrown instanceof SiteError) return [thrown.status, thrown.code, thrown.message];
    throw thrown;
  }
  throw new Error("it was taken");
}

describe("a local path", () => {
  it.each([
    "/mnt/projects/x/a b.exr",
    "/Volumes/projects/x/a b.exr",
    "P:/projects/x/a b.exr",
    "p:/Projects/x/a b.exr",
  ])("%s reads the same on every OS, whichever root it was under", (sent) => {
    write({ local_path: sent });
    expect(path()).toEqual({
      content_type: "image/x-exr",
      link_type: "local",
      name: "a b.exr",
      local_storage: { type: "LocalStorage", id: 1, name: "primary" },
      relative_path: "x/a b.exr",
      local_path_linux: "/mnt/projects/x/a b.exr",
      local_path_mac: "/Volumes/projects/x/a b.exr",
      local_path_windows: "P:\\projects\\x\\a b.exr",
      type: "Attachment",
      id: expect.any(Number),
    });
  });

  it("sets the storage beside the path and leaves the cache empty", () => {
    write({ local_path: "/mnt/projects/x/a.ma" });
    const row = renderRow(site.sandbox, file, ["path_cache", "path_cache_storage"], "rest");
    expect(row).toEqual({
      path_cache: null,
      path_cache_storage: { id: 1, name: "primary", type: "LocalStorage" },
    });
  });

  it("goes to the deepest root, in whichever order the storages were made", () => {
    const deep = storage({ code: "deep", linux_path: "/mnt/projects/sub/" });
    storage({ code: "shallow", linux_path: "/mnt" });
    write({ local_path: "/mnt/projects/sub/a.exr" });
    expect(path()).toMatchObject({ relative_path: "a.exr", local_storage: { id: deep } });
    expect(path()["local_path_linux"]).toBe("/mnt/projects/sub/a.exr");
    expect(path()["local_path_mac"]).toBeNull();
  });

  it("goes to the higher id of two identical roots, and never to a retired one", () => {
    const twin = storage({ code: "twin", linux_path: "/mnt/projects" });
    write({ local_path: "/mnt/projects/a.exr" });
    expect(path()).toMatchObject({ local_storage: { id: twin } });
    site.sandbox.store.retire("LocalStorage", twin, null);
    write({ local_path: "/mnt/projects/a.exr" });
    expect(path()).toMatchObject({ local_storage: { id: 1 } });
  });

  it("takes a UNC root with forward slashes", () => {
    const id = storage({ code: "renders", windows_path: "\\\\server\\renders" });
    write({ local_path: "//server/renders/x/a.exr" });
    expect(path()).toMatchObject({
      local_storage: { id },
      local_path_windows: "\\\\server\\renders\\x\\a.exr",
      local_path_linux: null,
    });
  });

  it.each([
    "/mnt/projectsX/a.exr",
    "/mnt/projects",
    "/mnt/projects/",
    "/MNT/projects/a.exr",
    "/elsewhere/a.exr",
  ])("%s is under no root", (sent) => {
    expect(refusal({ local_path: sent })).toEqual([
      400,
      104,
      `Create failed for [Attachment]: Path ${sent} doesn't match any defined Local Storage.`,
    ]);
  });

  it("with backslashes is refused by REST and taken by JSON-RPC under a Windows root", () => {
    const sent = "P:\\projects\\x\\a.exr";
    expect(refusal({ local_path: sent }).slice(0, 2)).toEqual([400, 104]);
    write({ local_path: sent }, "rpc");
    expect(path()).toMatchObject({ relative_path: "x/a.exr", name: "a.exr" });
    expect(refusal({ local_path: "\\mnt\\projects\\a.exr" }, "rpc").slice(0, 2)).toEqual([400, 104]);
  });
});

describe("a relative path", () => {
  it.each([
    { id: 1, type: "LocalStorage" },
    { name: "primary", type: "LocalStorage" },
  ])("under the storage %j", (localStorage) => {
    write({ relative_path: "x/a.exr", local_storage: localStorage });
    expect(path()).toMatchObject({ relative_path: "x/a.exr", local_path_linux: "/mnt/projects/x/a.exr" });
  });

  it("alone, with a backslash, or under a storage that is not there, is refused", () => {
    expect(refusal({ relative_path: "x/a.exr" })).toEqual([
      400,
      103,
      `API update() invalid/missing url hash string 'url': {"relative_path" => "x/a.exr"}`,
    ]);
    const slashed = { relative_path: "x\\a.exr", local_storage: { type: "LocalStorage", id: 1 } };
    expect(refusal(slashed)).toEqual([
      400,
      103,
      `API update() invalid/missing relative_path hash string 'relative_path': {"relative_path" => "x\\\\a.exr", "local_storage" => {"type" => "LocalStorage", "id" => 1}}`,
    ]);
    expect(
      refusal({ relative_path: "a", local_storage: { type: "LocalStorage", id: 9 } }).slice(0, 2),
    ).toEqual([400, 104]);
  });
});

describe("a web link", () => {
  it("reads as it was sent, and every write makes another Attachment", () => {
    write({ url: "https://x.example/a.mov", name: "a.mov" });
    const first = path();
    expect(first).toEqual({
      url: "https://x.example/a.mov",
      name: "a.mov",
      content_type: null,
      link_type: "web",
      type: "Attachment",
      id: expect.any(Number),
    });
    write({ url: "file:///mnt/projects/a%20b.mov", name: "a", type: "Attachment", id: first["id"] });
    expect(path()).toMatchObject({ link_type: "web", url: "file:///mnt/projects/a%20b.mov" });
    expect(path()["id"]).not.toBe(first["id"]);
  });

  it("may have another name and type than its path says", () => {
    write({ local_path: "/mnt/projects/a.exr", name: "plate", content_type: "image/exr" });
    expect(path()).toMatchObject({ name: "plate", content_type: "image/exr" });
  });

  it.each([["a string"], [{}], [{ type: "Attachment", id: 1 }], [[]], [5]])("%j is refused", (value) => {
    const before = [...site.sandbox.store.rows("Attachment")].length;
    expect(refusal(value).slice(0, 2)).toEqual([400, 103]);
    expect([...site.sandbox.store.rows("Attachment")]).toHaveLength(before);
  });

  it("a string is told that a hash was expected", () => {
    expect(refusal("/mnt/projects/a.exr")[2]).toMatch(
      /^API update\(\) PublishedFile\.path expected \[Hash, .*NilClass\] data type\(s\) but got String: "\/mnt\/projects\/a\.exr"$/,
    );
  });

  it("null empties the field and keeps the Attachment", () => {
    write({ url: "https://x.example/a.mov" });
    write(null);
    expect(path()).toBeNull();
    expect([...site.sandbox.store.rows("Attachment")].filter((row) => !row.retired)).toHaveLength(1);
  });
});
