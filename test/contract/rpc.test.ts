import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oneTimeCode } from "../../src/sandbox/auth/one-time-code.ts";
import { fieldList, openRpcSite, type RpcSite } from "./rpc-client.ts";

let site: RpcSite;
let project: { type: string; id: number };
beforeAll(async () => {
  site = await openRpcSite();
  project = { type: "Project", id: site.started.ready.project.id };
});
afterAll(() => site.close());

const where = (path: string, relation: string, ...values: unknown[]) => ({
  logical_operator: "and",
  conditions: [{ path, relation, values }],
});

describe("1 envelope and sign-in", () => {
  it("info needs no credentials, not even good ones, and offers lists of upload types", async () => {
    const answer = await site.ask("info", undefined, { script_name: "nobody", script_key: "x" });
    expect(answer).toMatchObject({
      version: [8, 89, 0],
      s3_direct_uploads_enabled: true,
      s3_enabled_upload_types: { "*": ["*"] },
      api_max_entities_per_page: 500,
    });
  });

  it.each([
    ["a wrong key", { script_name: "sgmedia", script_key: "wrong" }, 102],
    ["a wrong password", { user_login: "ada", user_password: "wrong" }, 102],
    ["nothing", {}, 102],
    ["a token that never was", { session_token: "0".repeat(32), reject_if_expired: true }, 102],
  ])("%s is %d at HTTP 200", async (_, auth, code) => {
    const answer = await site.call("read", { type: "Shot" }, auth);
    expect(answer).toEqual({ exception: true, error_code: code, message: expect.any(String) });
  });

  it("two-factor: 106 without a code, a session with one, and the session signs in", async () => {
    const { login, password, secret } = site.started.ready.twoFactorPerson;
    const auth = { user_login: login, user_password: password };
    expect((await site.call("get_session_token", undefined, auth)).error_code).toBe(106);
    const code = oneTimeCode(secret, Date.now());
    const { session_id: token } = await site.ask("get_session_token", undefined, {
      ...auth,
      auth_token: code,
    });
    const made = await site.ask(
      "create",
      { type: "Note", fields: fieldList({ project, content: "by session" }), return_fields: ["created_by"] },
      { session_token: token },
    );
    expect(made.created_by).toMatchObject({ type: "HumanUser", name: "Tove Twofold" });
  });

  it("a script acts as a person who allows it; a person as nobody", async () => {
    const { person } = site.started.ready;
    const args = {
      type: "Shot",
      fields: fieldList({ project, code: "sudo" }),
      return_fields: ["created_by"],
    };
    const made = await site.ask("create", args, { ...site.auth, sudo_as_login: person.login });
    expect(made.created_by).toMatchObject({ type: "HumanUser", name: person.name });
    const auth = { user_login: person.login, user_password: person.password, sudo_as_login: "tove" };
    const refused = await site.call("create", args, auth);
    expect(refused.message).toMatch(/^The user does not have permission to 'sudo':/);
  });

  it("an unknown method, and a body that is no JSON, are Faults", async () => {
    expect(await site.call("activity_stream", {})).toMatchObject({ exception: true, error_code: 103 });
    const body = await fetch(`${site.origin}/api3/json`, { method: "POST", body: "{" });
    expect([body.status, await body.json()]).toEqual([200, expect.objectContaining({ exception: true })]);
  });
});

describe("4.3 write", () => {
  it("create answers what was set and what was asked for; update what was set", async () => {
    const shot = await site.ask("create", {
      type: "Shot",
      fields: fieldList({ project, code: "w1" }),
      return_fields: ["sg_status_list", "id"],
    });
    expect(shot).toEqual({
      type: "Shot",
      id: expect.any(Number),
      project: { ...project, name: "project X" },
      code: "w1",
      sg_status_list: expect.any(String),
    });
    const changed = await site.ask("update", {
      type: "Shot",
      id: shot.id,
      fields: fieldList({ code: "w2" }),
    });
    expect(changed).toEqual({ type: "Shot", id: shot.id, code: "w2" });
  });

  it("delete and revive: true, then false; a Fault for what never was", async () => {
    const { id } = await site.create("Shot", { code: "d1", project });
    const ask = (method: string) => site.ask(method, { type: "Shot", id });
    expect([await ask("delete"), await ask("delete"), await ask("revive"), await ask("revive")]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    const answer = await site.call("delete", { type: "Shot", id: 999_999 });
    expect(answer.message).toBe(
      "API delete() CRUD ERROR #3: Entity of type [Shot] with id=999999 does not exist.",
    );
  });

  it("lists are set, added to, taken from", async () => {
    const [one, two] = [
      await site.create("Version", { code: "m1", project }),
      await site.create("Version", { code: "m2", project }),
    ];
    const playlist = await site.create("Playlist", { code: "modes", project, versions: [one] });
    const change = async (mode: string, value: unknown[]) => {
      const fields = [{ field_name: "versions", value, multi_entity_update_mode: mode }];
      const { versions } = await site.ask("update", { type: "Playlist", id: playlist.id, fields });
      return versions.map((link: { name: string }) => link.name);
    };
    expect(await change("add", [two])).toEqual(["m1", "m2"]);
    expect(await change("remove", [one])).toEqual(["m2"]);
    expect(await change("set", [one, two])).toEqual(["m1", "m2"]);
  });

  it("batch is all or nothing", async () => {
    const shot = (code: string) => ({
      request_type: "create",
      type: "Shot",
      fields: fieldList({ code, project }),
    });
    const done = await site.ask("batch", [
      shot("b1"),
      { request_type: "delete", type: "Shot", id: (await site.create("Shot", { code: "b0", project })).id },
    ]);
    expect(done).toEqual([expect.objectContaining({ type: "Shot", code: "b1" }), true]);
    const failed = await site.call("batch", [shot("b2"), { ...shot("b3"), type: "Nope" }]);
    expect(failed.exception).toBe(true);
    expect(await site.find("Shot", ["code", "is", "b2"], ["id"])).toEqual([]);
    expect(await site.ask("batch", [])).toEqual([]);
  });

  it("a local path takes backslashes here; no storage above it is a Fault", async () => {
    const storage = await site.create("LocalStorage", {
      code: "win",
      windows_path: "Q:\\work",
      linux_path: "/mnt/q",
    });
    const file = { local_path: "Q:\\work\\a b\\x.mov" };
    const made = await site.create("Version", { code: "local", project, sg_uploaded_movie: file });
    expect(made.sg_uploaded_movie).toMatchObject({
      link_type: "local",
      name: "x.mov",
      relative_path: "a b/x.mov",
      local_path_linux: "/mnt/q/a b/x.mov",
      local_path_windows: "Q:\\work\\a b\\x.mov",
      local_path_mac: null,
      local_storage: { type: "LocalStorage", id: storage.id, name: "win" },
    });
    const fields = fieldList({ code: "lost", project, sg_uploaded_movie: { local_path: "/nowhere/x.mov" } });
    const refused = await site.call("create", { type: "Version", fields });
    expect(refused.message).toBe(
      "API create() CRUD ERROR #6: Create failed for [Attachment]: Path /nowhere/x.mov doesn't match any defined Local Storage.",
    );
    expect(refused.error_code).toBe(104);
    expect(await site.find("Version", ["code", "is", "lost"], ["id"])).toEqual([]);
  });
});

describe("schema", () => {
  it("types, fields, one field; every leaf is a value and whether it may change", async () => {
    const types = await site.ask("schema_entity_read");
    expect(types.Version).toEqual({
      name: { value: "Version", editable: false },
      visible: { value: true, editable: false },
    });
    const { user } = await site.ask("schema_field_read", { type: "Version", field_name: "user" });
    expect(user.data_type).toEqual({ value: "entity", editable: false });
    expect(user.properties.valid_types.value).toContain("HumanUser");
    const all = await site.ask("schema_read");
    expect(all.Version.user).toEqual(user);
    expect((await site.call("schema_field_read", { type: "Version", field_name: "nope" })).exception).toBe(
      true,
    );
  });

  it("a field is made, written, hidden for one project, and deleted", async () => {
    const properties = [
      { property_name: "name", value: "Review Mood!" },
      { property_name: "description", value: "how it felt" },
      { property_name: "valid_values", value: ["good", "bad"] },
    ];
    const name = await site.ask("schema_field_create", { type: "Version", data_type: "list", properties });
    expect(name).toBe("sg_review_mood");
    const made = await site.create("Version", { code: "moody", project, [name]: "good" });
    expect(made[name]).toBe("good");
    const hide = {
      type: "Version",
      field_name: name,
      properties: [{ property_name: "visible", value: false }],
      project,
    };
    expect(await site.ask("schema_field_update", hide)).toBe(true);
    const visible = async (more: object) =>
      (await site.ask("schema_field_read", { type: "Version", field_name: name, ...more }))[name].visible;
    expect(await visible({ project })).toEqual({ value: false, editable: true });
    expect(await visible({})).toEqual({ value: true, editable: true });
    expect(await site.ask("schema_field_delete", { type: "Version", field_name: name })).toBe(true);
    expect((await site.call("schema_field_read", { type: "Version", field_name: name })).exception).toBe(
      true,
    );
    const again = await site.call("schema_field_create", { type: "Version", data_type: "list", properties });
    expect(again.message).toContain("a deleted field of that name");
    expect((await site.call("schema_field_delete", { type: "Version", field_name: "code" })).exception).toBe(
      true,
    );
  });
});

describe("around media", () => {
  it("summarize counts and groups", async () => {
    const shot = await site.create("Shot", { code: "sum", project });
    for (const frame_count of [1, 2])
      await site.create("Version", { code: `s${frame_count}`, project, entity: shot, frame_count });
    const args = {
      type: "Version",
      filters: where("entity", "is", shot),
      summaries: [
        { field: "id", type: "count" },
        { field: "frame_count", type: "sum" },
      ],
      grouping: [{ field: "frame_count", type: "exact", direction: "desc" }],
    };
    const result = await site.ask("summarize", args);
    expect(result.summaries).toEqual({ id: 2, frame_count: 3 });
    expect(result.groups.map((group: { group_value: number }) => group.group_value)).toEqual([2, 1]);
  });

  it("preferences, all or the named ones that there are", async () => {
    const prefs = ["date_component_order", "nope"];
    expect(await site.ask("preferences_read", { prefs })).toEqual({ date_component_order: "month_day" });
    expect(await site.ask("preferences_read", { prefs: [] })).toHaveProperty("view_master_settings");
  });

  it("text search needs every word in the name", async () => {
    const shot = await site.create("Shot", { code: "Needle In Haystack", project });
    const search = (text: string, more: object = {}) =>
      site.ask("query_display_name_cache", {
        text,
        entity_types: { Shot: where("id", "greater_than", 0) },
        ...more,
      });
    expect(await search("haystack NEEDLE")).toEqual({
      terms: ["haystack", "needle"],
      matches: [expect.objectContaining({ id: shot.id, type: "Shot", project_id: project.id, image: null })],
    });
    expect((await search("needle nothing")).matches).toEqual([]);
    expect((await search("needle", { project_ids: [project.id + 1] })).matches).toEqual([]);
  });

  it("people follow records", async () => {
    const [user] = await site.find("HumanUser", ["login", "is", "ada"], []);
    const shot = await site.create("Shot", { code: "followed", project });
    expect(await site.ask("follow", { user, entity: shot })).toMatchObject({ followed: true });
    expect(await site.ask("followers", { entity: shot })).toEqual([expect.objectContaining({ id: user.id })]);
    expect(await site.ask("following", { user, project, entity_type: "Shot" })).toEqual([
      { type: "Shot", id: shot.id },
    ]);
    expect(await site.ask("following", { user, entity_type: "Task" })).toEqual([]);
    expect(await site.ask("unfollow", { user, entity: shot })).toMatchObject({ unfollowed: true });
    expect(await site.ask("followers", { entity: shot })).toEqual([]);
  });

  it("a project remembers when a person was there", async () => {
    const { login, password } = site.started.ready.person;
    const visit = (auth: Record<string, unknown>) =>
      site.call("update_project_last_accessed_by_current_user", { project_id: project.id }, auth);
    expect((await visit(site.auth)).exception).toBe(true);
    expect((await visit({ user_login: login, user_password: password })).results).toEqual([project]);
    const [read] = await site.find("Project", ["id", "is", project.id], ["last_accessed_by_current_user"]);
    expect(read.last_accessed_by_current_user).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });
});
