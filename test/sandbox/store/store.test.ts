import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../../src/sandbox/store/store.ts";
import type { Link, Store } from "../../../src/sandbox/types.ts";

const ADA: Link = { type: "HumanUser", id: 1 };
const PROJECT: Link = { type: "Project", id: 1 };

let dir: string;
let nowMs = Date.UTC(2026, 10, 24, 2, 40, 0);
const clock = { nowMs: () => nowMs };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sandbox-store-"));
  nowMs = Date.UTC(2026, 10, 24, 2, 40, 0, 700);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function using<T>(work: (store: Store) => T): Promise<T> {
  const store = await openStore(dir, clock);
  try {
    return work(store);
  } finally {
    await store.close();
  }
}

describe("rows", () => {
  it("stamps who and when, to the second", async () => {
    await using((store) => {
      const row = store.insert("Shot", { code: "sh010", project: PROJECT }, ADA);
      expect(row.fields).toMatchObject({
        code: "sh010",
        created_at: "2026-11-24T02:40:00Z",
        created_by: ADA,
        updated_at: "2026-11-24T02:40:00Z",
        updated_by: ADA,
      });
      nowMs += 61_000;
      store.change("Shot", row.id, { code: "sh011" }, { type: "ApiUser", id: 3 });
      expect(row.fields).toMatchObject({
        code: "sh011",
        created_at: "2026-11-24T02:40:00Z",
        updated_at: "2026-11-24T02:41:01Z",
        updated_by: { type: "ApiUser", id: 3 },
      });
    });
  });

  it("gives every id once, also after a row was made under a chosen id and after a restart", async () => {
    const ids = await using((store) => {
      const first = store.insert("Version", {}, null).id;
      const chosen = store.insert("Version", {}, null, 23404).id;
      const undone = () =>
        store.transaction(() => {
          store.insert("Version", {}, null);
          throw new Error("no");
        });
      expect(undone).toThrow("no");
      return [first, chosen, store.insert("Version", {}, null).id];
    });
    expect(ids.slice(0, 2)).toEqual([1, 23404]);
    const next = await using((store) => store.insert("Version", {}, null).id);
    expect(next).toBeGreaterThan(ids[2] ?? 0);
    expect(new Set([...ids, next]).size).toBe(4);
  });

  it("refuses an id that is taken and a type that is not there", async () => {
    await using((store) => {
      store.insert("Shot", {}, null, 7);
      expect(() => store.insert("Shot", {}, null, 7)).toThrow("exists already");
      expect(() => store.insert("Nonsense", {}, null)).toThrow("no type");
    });
  });

  it("retires and revives once each", async () => {
    await using((store) => {
      const { id } = store.insert("Shot", {}, null);
      expect([store.retire("Shot", id, null), store.retire("Shot", id, null)]).toEqual([true, false]);
      expect(store.row("Shot", id)?.retired).toBe(true);
      expect([store.revive("Shot", id, null), store.revive("Shot", id, null)]).toEqual([true, false]);
    });
  });
});

describe("spellings of a type", () => {
  it.each([
    ["Version", "Version"],
    ["version", "Version"],
    ["versions", "Version"],
    ["VERSIONS", "Version"],
    ["human_users", "HumanUser"],
    ["HumanUsers", "HumanUser"],
    ["publishedFile", "PublishedFile"],
    ["Published_File", "PublishedFile"],
    ["local_storages", "LocalStorage"],
    ["replies", "Reply"],
    ["statuses", "Status"],
    ["custom_non_project_entity01s", "CustomNonProjectEntity01"],
  ])("%s is %s", async (segment, type) => {
    await using((store) => expect(store.resolveType(segment)).toBe(type));
  });

  it.each(["versionss", "publishedfiles", "localstorages", "users", ""])("%j is none", async (segment) => {
    await using((store) => expect(store.resolveType(segment)).toBeUndefined());
  });
});

describe("two ends of one relation", () => {
  it("a playlist's versions and a version's playlists", async () => {
    await using((store) => {
      const [a, b] = ["A", "B"].map(
        (code): Link => ({ type: "Version", id: store.insert("Version", { code }, null).id }),
      );
      const list = store.insert("Playlist", { versions: [b, a] }, null);
      const link = { type: "Playlist", id: list.id };
      expect(store.row("Version", a?.id ?? 0)?.fields["playlists"]).toEqual([link]);
      store.change("Version", b?.id ?? 0, { playlists: [] }, null);
      expect(list.fields["versions"]).toEqual([a]);
      const connections = [...store.rows("PlaylistVersionConnection")].filter((row) => !row.retired);
      expect(connections.map((row) => row.fields["version"])).toEqual([a]);
    });
  });

  it("a playlist follows the order of its join rows", async () => {
    await using((store) => {
      const versions = [1, 2, 3].map(
        (): Link => ({ type: "Version", id: store.insert("Version", {}, null).id }),
      );
      const playlist = { type: "Playlist", id: store.insert("Playlist", { versions }, null).id };
      const orders = [30, 10, 20];
      for (const [at, row] of [...store.rows("PlaylistVersionConnection")].entries()) {
        store.change("PlaylistVersionConnection", row.id, { sg_sort_order: orders[at] }, null);
      }
      expect(store.row("Playlist", playlist.id)?.fields["versions"]).toEqual([
        versions[1],
        versions[2],
        versions[0],
      ]);
      store.insert("PlaylistVersionConnection", { playlist, version: { type: "Version", id: 99 } }, null);
      expect(store.row("Playlist", playlist.id)?.fields["versions"]).toHaveLength(4);
    });
  });

  it("a shot that goes to another sequence leaves the first", async () => {
    await using((store) => {
      const shot: Link = { type: "Shot", id: store.insert("Shot", {}, null).id };
      const first = store.insert("Sequence", { shots: [shot] }, null);
      const second = store.insert("Sequence", { shots: [shot] }, null);
      expect(store.row("Shot", shot.id)?.fields["sg_sequence"]).toEqual({ type: "Sequence", id: second.id });
      expect(first.fields["shots"]).toEqual([]);
      store.change("Shot", shot.id, { sg_sequence: null }, null);
      expect(second.fields["shots"]).toEqual([]);
    });
  });

  it("an attachment's links and a note's attachments, other links untouched", async () => {
    await using((store) => {
      const note: Link = { type: "Note", id: store.insert("Note", {}, null).id };
      const shot: Link = { type: "Shot", id: store.insert("Shot", {}, null).id };
      const file = store.insert("Attachment", { attachment_links: [shot, note] }, null);
      expect(store.row("Note", note.id)?.fields["attachments"]).toEqual([
        { type: "Attachment", id: file.id },
      ]);
      store.change("Note", note.id, { attachments: [] }, null);
      expect(file.fields["attachment_links"]).toEqual([shot]);
    });
  });
});

describe("transactions", () => {
  it("undoes rows, fields, retirements, settings and schema of what threw", async () => {
    await using((store) => {
      const shot = store.insert("Shot", { code: "sh010" }, null);
      store.setSetting("colour", "red");
      const description = store.type("Shot")?.fields.get("description");
      expect(() =>
        store.transaction(() => {
          store.change("Shot", shot.id, { code: "changed" }, null);
          store.insert("Sequence", { shots: [{ type: "Shot", id: shot.id }] }, null, 50);
          store.retire("Shot", shot.id, null);
          store.setSetting("colour", "blue");
          store.changeField("Shot", "description", { label: "Words" });
          if (description) store.addField("Shot", { ...description, name: "sg_new" });
          throw new Error("stop");
        }),
      ).toThrow("stop");
      expect(shot.fields["code"]).toBe("sh010");
      expect(shot.fields["sg_sequence"]).toBeUndefined();
      expect(shot.retired).toBe(false);
      expect(store.row("Sequence", 50)).toBeUndefined();
      expect(store.setting("colour")).toBe("red");
      expect(store.type("Shot")?.fields.get("description")).toEqual(description);
      expect(store.type("Shot")?.fields.has("sg_new")).toBe(false);
    });
    await using((store) => expect(store.type("Shot")?.fields.has("sg_new")).toBe(false));
  });

  it("an inner one that throws and is caught leaves the outer one whole", async () => {
    await using((store) => {
      store.transaction(() => {
        store.insert("Tag", { name: "kept" }, null);
        try {
          store.transaction(() => {
            store.insert("Tag", { name: "dropped" }, null);
            throw new Error("inner");
          });
        } catch {
          store.insert("Tag", { name: "also kept" }, null);
        }
      });
    });
    const names = await using((store) => [...store.rows("Tag")].map((row) => row.fields["name"]));
    expect(names).toEqual(["kept", "also kept"]);
  });
});
