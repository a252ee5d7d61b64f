import { mkdirSync } from "node:fs";
import { freshSchema } from "../schema/schema.ts";
import { typeSpellings } from "../schema/spelling.ts";
import type { FieldSchema, Link, Row, Store, TypeSchema } from "../types.ts";
import { Journal, type Operation } from "./journal.ts";
import { lockFolder } from "./lock.ts";
import { followPairs, type PairAccess } from "./pairs.ts";
import { connectionsFollowPlaylist, versionsByConnection } from "./playlist-order.ts";

interface Clock {
  /** Milliseconds since 1970. */
  nowMs: () => number;
}

/** `2026-11-24T02:40:00Z`: how the site writes an instant. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

class FolderStore implements Store {
  readonly dir: string;
  readonly #clock: Clock;
  readonly #unlock: () => void;
  readonly #journal: Journal;
  readonly #types = freshSchema();
  readonly #spell = typeSpellings(this.#types.keys());
  readonly #rows = new Map<string, Map<number, Row>>();
  readonly #nextIds = new Map<string, number>();
  readonly #settings = new Map<string, unknown>();
  readonly #siteFields = new Map<string, Extract<Operation, { op: "field" }>>();
  /** Changes not yet in the log, and how to undo each; empty outside a transaction. */
  #pending: Operation[] = [];
  #undo: (() => void)[] = [];
  #depth = 0;
  /** While a playlist's join rows follow its list, they do not lead it. */
  #joining = false;

  constructor(dir: string, clock: Clock) {
    this.dir = dir;
    this.#clock = clock;
    mkdirSync(dir, { recursive: true });
    this.#unlock = lockFolder(dir);
    this.#journal = new Journal(dir);
    try {
      this.#journal.open((operation) => this.#apply(operation));
    } catch (thrown) {
      this.#unlock();
      throw thrown;
    }
  }

  types(): Iterable<TypeSchema> {
    return this.#types.values();
  }

  type(name: string): TypeSchema | undefined {
    return this.#types.get(name);
  }

  resolveType(segment: string): string | undefined {
    return this.#spell(segment);
  }

  addField(type: string, field: FieldSchema): void {
    const fields = this.#typeOf(type).fields;
    if (fields.has(field.name)) throw new Error(`${type}.${field.name} exists already.`);
    this.#commit([{ op: "field", type, field }], () => {
      fields.delete(field.name);
      this.#siteFields.delete(`${type}.${field.name}`);
    });
  }

  changeField(type: string, name: string, change: Partial<FieldSchema>): void {
    const field = this.#typeOf(type).fields.get(name);
    if (!field) throw new Error(`${type}.${name} does not exist.`);
    this.#commit([{ op: "field", type, field: { ...field, ...change, name } }], () =>
      this.#apply({ op: "field", type, field }),
    );
  }

  row(type: string, id: number): Row | undefined {
    return this.#rows.get(type)?.get(id);
  }

  rows(type: string): Iterable<Row> {
    return this.#rows.get(type)?.values() ?? [];
  }

  insert(type: string, fields: Record<string, unknown>, by: Link | null, id?: number): Row {
    const has = this.#typeOf(type).fields;
    const rowId = id ?? this.#nextIds.get(type) ?? 1;
    if (this.row(type, rowId)) throw new Error(`${type} ${rowId} exists already.`);
    return this.transaction(() => {
      const now = isoSeconds(this.#clock.nowMs());
      const stamps: Record<string, unknown> = {
        created_at: now,
        created_by: by,
        updated_at: now,
        updated_by: by,
      };
      const full = { ...fields };
      for (const [name, value] of Object.entries(stamps)) if (has.has(name)) full[name] ??= value;
      this.#commit([{ op: "row", type, id: rowId, retired: false, fields: full }], () =>
        this.#rows.get(type)?.delete(rowId),
      );
      const row = this.#rowOf(type, rowId);
      this.#settle(row, Object.keys(full), {}, by);
      return row;
    });
  }

  change(type: string, id: number, fields: Record<string, unknown>, by: Link | null): Row {
    const row = this.#rowOf(type, id);
    return this.transaction(() => {
      const before = { ...row.fields };
      const stamped = { ...fields };
      const has = this.#typeOf(type).fields;
      if (has.has("updated_at")) stamped["updated_at"] ??= isoSeconds(this.#clock.nowMs());
      if (by && has.has("updated_by")) stamped["updated_by"] ??= by;
      this.#set(row, stamped);
      this.#settle(row, Object.keys(fields), before, by);
      return row;
    });
  }

  retire(type: string, id: number, by: Link | null): boolean {
    return this.#setRetired(type, id, true, by);
  }

  revive(type: string, id: number, by: Link | null): boolean {
    return this.#setRetired(type, id, false, by);
  }

  setting(key: string): unknown {
    return this.#settings.get(key);
  }

  setSetting(key: string, value: unknown): void {
    const before = this.#settings.get(key);
    this.#commit([{ op: "setting", key, value: value ?? null }], () =>
      this.#apply({ op: "setting", key, value: before ?? null }),
    );
  }

  transaction<T>(work: () => T): T {
    const undoFrom = this.#undo.length;
    const pendingFrom = this.#pending.length;
    this.#depth += 1;
    try {
      const result = work();
      if (this.#depth === 1) this.#flush();
      return result;
    } catch (thrown) {
      for (const undo of this.#undo.splice(undoFrom).reverse()) undo();
      this.#pending.length = pendingFrom;
      throw thrown;
    } finally {
      this.#depth -= 1;
    }
  }

  async close(): Promise<void> {
    this.#journal.compact(this.#everything());
    this.#journal.close();
    this.#unlock();
  }

  #typeOf(type: string): TypeSchema {
    const found = this.#types.get(type);
    if (!found) throw new Error(`The sandbox has no type ${type}.`);
    return found;
  }

  #rowOf(type: string, id: number): Row {
    const row = this.row(type, id);
    if (!row) throw new Error(`${type} ${id} does not exist.`);
    return row;
  }

  #setRetired(type: string, id: number, retired: boolean, by: Link | null): boolean {
    const row = this.row(type, id);
    if (!row || row.retired === retired) return false;
    this.#commit([{ op: "retired", type, id, retired }], () => {
      row.retired = !retired;
    });
    if (type === "PlaylistVersionConnection") this.#settle(row, ["version"], {}, by);
    return true;
  }

  #set(row: Row, fields: Record<string, unknown>): void {
    const before = { ...row.fields };
    this.#commit([{ op: "set", type: row.type, id: row.id, fields }], () => {
      row.fields = before;
    });
  }

  /** Brings everything in line that shows the same relation as the fields just written. */
  #settle(row: Row, names: readonly string[], before: Record<string, unknown>, by: Link | null): void {
    const touched = new Set<number>();
    const access: PairAccess = {
      row: (type, id) => this.row(type, id),
      isList: (type, field) => this.type(type)?.fields.get(field)?.dataType === "multi_entity",
      put: (other, field, value) => {
        this.#set(other, { [field]: value });
        if (other.type === "Playlist" && field === "versions") touched.add(other.id);
      },
    };
    for (const name of names) followPairs(access, row, name, before[name]);
    if (row.type === "Playlist" && names.includes("versions")) touched.add(row.id);
    if (touched.size > 0) this.#joinRowsFollow(touched, by);
    if (row.type === "PlaylistVersionConnection" && !this.#joining) this.#playlistFollows(row, access);
  }

  #joinRowsFollow(playlists: Iterable<number>, by: Link | null): void {
    this.#joining = true;
    try {
      for (const id of playlists) connectionsFollowPlaylist(this, { type: "Playlist", id }, by);
    } finally {
      this.#joining = false;
    }
  }

  #playlistFollows(row: Row, access: PairAccess): void {
    const playlist = row.fields["playlist"] as Link | null | undefined;
    const holder = playlist ? this.row("Playlist", playlist.id) : undefined;
    if (!playlist || !holder) return;
    const versions = versionsByConnection(this, playlist);
    const old = holder.fields["versions"];
    if (JSON.stringify(old ?? []) === JSON.stringify(versions)) return;
    this.#set(holder, { versions });
    followPairs(access, holder, "versions", old);
  }

  #commit(operations: Operation[], undo: () => void): void {
    this.transaction(() => {
      for (const operation of operations) this.#apply(operation);
      this.#pending.push(...operations);
      this.#undo.push(undo);
    });
  }

  #flush(): void {
    if (this.#pending.length > 0) this.#journal.append(this.#pending);
    this.#pending = [];
    this.#undo = [];
    if (this.#journal.wantsSnapshot) this.#journal.compact(this.#everything());
  }

  #apply(operation: Operation): void {
    switch (operation.op) {
      case "row": {
        const { type, id, retired, fields } = operation;
        const rows = this.#rows.get(type) ?? new Map<number, Row>();
        this.#rows.set(type, rows.set(id, { type, id, retired, fields: { ...fields } }));
        this.#nextIds.set(type, Math.max(this.#nextIds.get(type) ?? 1, id + 1));
        return;
      }
      case "set": {
        const row = this.row(operation.type, operation.id);
        if (row) row.fields = { ...row.fields, ...operation.fields };
        return;
      }
      case "retired": {
        const row = this.row(operation.type, operation.id);
        if (row) row.retired = operation.retired;
        return;
      }
      case "field":
        this.#types.get(operation.type)?.fields.set(operation.field.name, operation.field);
        this.#siteFields.set(`${operation.type}.${operation.field.name}`, operation);
        return;
      case "setting":
        if (operation.value === null) this.#settings.delete(operation.key);
        else this.#settings.set(operation.key, operation.value);
        return;
      case "next":
        this.#nextIds.set(operation.type, Math.max(this.#nextIds.get(operation.type) ?? 1, operation.id));
    }
  }

  *#everything(): Generator<Operation> {
    yield* this.#siteFields.values();
    for (const [type, id] of this.#nextIds) yield { op: "next", type, id };
    for (const rows of this.#rows.values()) {
      for (const { type, id, retired, fields } of rows.values())
        yield { op: "row", type, id, retired, fields };
    }
    for (const [key, value] of this.#settings) yield { op: "setting", key, value };
  }
}

/**
 * Opens the records of a site in `dir`, which is made if it is not there. Changes are in memory and in the log before
 * the call that made them returns. Throws when another process has the folder.
 */
export async function openStore(dir: string, clock: Clock): Promise<Store> {
  return new FolderStore(dir, clock);
}
