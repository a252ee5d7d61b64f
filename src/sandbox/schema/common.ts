import type { FieldRow } from "./table.ts";

/** Rows that many tables share. */
type Rows = Readonly<Record<string, FieldRow>>;

const PEOPLE = ["HumanUser", "ApiUser"];

export const RECORD: Rows = {
  id: ["number", "Id", { readOnly: true }],
  cached_display_name: ["text", "Cached Display Name", { hidden: true }],
  created_at: ["date_time", "Date Created", { readOnly: true }],
  created_by: ["entity", "Created by", { types: PEOPLE, readOnly: true }],
  updated_at: ["date_time", "Date Updated", { readOnly: true }],
  updated_by: ["entity", "Updated by", { types: PEOPLE, readOnly: true }],
};

export const PROJECT: Rows = { project: ["entity", "Project", { types: ["Project"] }] };

export const PICTURES: Rows = {
  image: ["image", "Thumbnail"],
  filmstrip_image: ["image", "Filmstrip Thumbnail", { hidden: true }],
  image_blur_hash: ["text", "Thumbnail Blur Hash", { hidden: true, readOnly: true }],
  image_source_entity: ["entity", "Source of Thumbnail", { hidden: true, readOnly: true }],
};

export const TAGS: Rows = {
  tags: ["multi_entity", "Tags", { types: ["Tag"] }],
  tag_list: ["tag_list", "Tags (Text)", { hidden: true }],
};

export const NOTES: Rows = {
  notes: ["multi_entity", "Notes", { types: ["Note"] }],
  open_notes: ["multi_entity", "Open Notes", { types: ["Note"], readOnly: true }],
  open_notes_count: ["summary", "Open Notes Count", { readOnly: true }],
};

const STATUS_NAMES: Readonly<Record<string, string>> = {
  act: "Active",
  apr: "Approved",
  clsd: "Closed",
  cmpt: "Complete",
  dis: "Disabled",
  fin: "Final",
  hld: "On Hold",
  ip: "In Progress",
  na: "N/A",
  omt: "Omit",
  opn: "Open",
  pnd: "Pending",
  rdy: "Ready to Start",
  res: "Resolved",
  rev: "Pending Review",
  vwd: "Viewed",
  wtg: "Waiting to Start",
};

/** A `sg_status_list` with these codes, the first one being the default. */
export function status(first: string, ...rest: string[]): Rows {
  const values = [first, ...rest];
  const display = Object.fromEntries(values.map((code) => [code, STATUS_NAMES[code] ?? code]));
  return { sg_status_list: ["status_list", "Status", { values, display, default: first }] };
}

/** Every status code and name, for the seed's Status rows. */
export const STATUSES = STATUS_NAMES;
