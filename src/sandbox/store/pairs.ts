import type { Link, Row } from "../types.ts";

type End = readonly [type: string, field: string];

/** Fields that show one relation from its two ends: a write to either is seen at the other. */
const PAIRS: readonly (readonly [End, End])[] = [
  [
    ["Playlist", "versions"],
    ["Version", "playlists"],
  ],
  [
    ["Sequence", "shots"],
    ["Shot", "sg_sequence"],
  ],
  [
    ["Sequence", "assets"],
    ["Asset", "sequences"],
  ],
  [
    ["Episode", "sequences"],
    ["Sequence", "episode"],
  ],
  [
    ["Shot", "assets"],
    ["Asset", "shots"],
  ],
  [
    ["Shot", "parent_shots"],
    ["Shot", "shots"],
  ],
  [
    ["Asset", "parents"],
    ["Asset", "assets"],
  ],
  [
    ["Shot", "tasks"],
    ["Task", "entity"],
  ],
  [
    ["Asset", "tasks"],
    ["Task", "entity"],
  ],
  [
    ["Sequence", "tasks"],
    ["Task", "entity"],
  ],
  [
    ["Version", "tasks"],
    ["Task", "entity"],
  ],
  [
    ["Shot", "sg_versions"],
    ["Version", "entity"],
  ],
  [
    ["Asset", "sg_versions"],
    ["Version", "entity"],
  ],
  [
    ["Sequence", "sg_versions"],
    ["Version", "entity"],
  ],
  [
    ["Task", "sg_versions"],
    ["Version", "sg_task"],
  ],
  [
    ["Task", "upstream_tasks"],
    ["Task", "downstream_tasks"],
  ],
  [
    ["Shot", "sg_published_files"],
    ["PublishedFile", "entity"],
  ],
  [
    ["Asset", "sg_published_files"],
    ["PublishedFile", "entity"],
  ],
  [
    ["Task", "sg_published_files"],
    ["PublishedFile", "task"],
  ],
  [
    ["Version", "published_files"],
    ["PublishedFile", "version"],
  ],
  [
    ["PublishedFile", "upstream_published_files"],
    ["PublishedFile", "downstream_published_files"],
  ],
  [
    ["Note", "attachments"],
    ["Attachment", "attachment_links"],
  ],
  [
    ["Ticket", "attachments"],
    ["Attachment", "attachment_links"],
  ],
  [
    ["Note", "replies"],
    ["Reply", "entity"],
  ],
  [
    ["Ticket", "replies"],
    ["Reply", "entity"],
  ],
  [
    ["Note", "tasks"],
    ["Task", "notes"],
  ],
  [
    ["Shot", "notes"],
    ["Note", "note_links"],
  ],
  [
    ["Asset", "notes"],
    ["Note", "note_links"],
  ],
  [
    ["Sequence", "notes"],
    ["Note", "note_links"],
  ],
  [
    ["Version", "notes"],
    ["Note", "note_links"],
  ],
  [
    ["Playlist", "notes"],
    ["Note", "note_links"],
  ],
  [
    ["Group", "users"],
    ["HumanUser", "groups"],
  ],
  [
    ["Project", "users"],
    ["HumanUser", "projects"],
  ],
  [
    ["Project", "phases"],
    ["Phase", "project"],
  ],
  [
    ["Department", "users"],
    ["HumanUser", "department"],
  ],
];

const partners = new Map<string, End[]>();
for (const [one, other] of PAIRS) {
  partners.set(one.join("."), [...(partners.get(one.join(".")) ?? []), other]);
  partners.set(other.join("."), [...(partners.get(other.join(".")) ?? []), one]);
}

function isLink(value: unknown): value is Link {
  return typeof value === "object" && value !== null && "type" in value && "id" in value;
}

/** The links in a stored value: of a list, of a single link, or none. */
export function linksIn(value: unknown): Link[] {
  if (Array.isArray(value)) return value.filter(isLink);
  return isLink(value) ? [value] : [];
}

const same = (a: Link, b: Link): boolean => a.type === b.type && a.id === b.id;

/** What the pairing needs of the store: reading rows, knowing which fields are lists, and a write without any trace. */
export interface PairAccess {
  row(type: string, id: number): Row | undefined;
  isList(type: string, field: string): boolean;
  put(row: Row, field: string, value: unknown): void;
}

function unlink(access: PairAccess, row: Row, field: string, gone: Link): void {
  const value = row.fields[field];
  if (Array.isArray(value)) {
    const kept = linksIn(value).filter((link) => !same(link, gone));
    if (kept.length !== value.length) access.put(row, field, kept);
  } else if (isLink(value) && same(value, gone)) access.put(row, field, null);
}

/** Brings the other ends in line after `row.field` went from `before` to what it holds now. */
export function followPairs(access: PairAccess, row: Row, field: string, before: unknown): void {
  const me: Link = { type: row.type, id: row.id };
  const now = row.fields[field];
  if (now === before) return;
  for (const [type, partner] of partners.get(`${row.type}.${field}`) ?? []) {
    const mine = (links: Link[]) => links.filter((link) => link.type === type);
    const old = mine(linksIn(before));
    const fresh = mine(linksIn(now));
    for (const link of old.filter((each) => !fresh.some((other) => same(each, other)))) {
      const other = access.row(link.type, link.id);
      if (other) unlink(access, other, partner, me);
    }
    for (const link of fresh.filter((each) => !old.some((other) => same(each, other)))) {
      const other = access.row(link.type, link.id);
      if (!other) continue;
      const held = other.fields[partner];
      if (access.isList(type, partner)) {
        const list = linksIn(held);
        if (!list.some((each) => same(each, me))) access.put(other, partner, [...list, me]);
        continue;
      }
      // A single link holds one: taking it over takes it away from whoever listed this row before.
      if (isLink(held) && !same(held, me)) {
        const loser = access.row(held.type, held.id);
        for (const [loserType, loserField] of partners.get(`${type}.${partner}`) ?? []) {
          if (loser?.type === loserType) unlink(access, loser, loserField, link);
        }
      }
      access.put(other, partner, me);
    }
  }
}
