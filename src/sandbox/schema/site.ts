import { NOTES, PICTURES, PROJECT, RECORD, status, TAGS } from "./common.ts";
import type { TypeTable } from "./table.ts";

export const PROJECT_TYPE: TypeTable = {
  type: "Project",
  label: "Project",
  fields: {
    ...RECORD,
    ...PICTURES,
    ...TAGS,
    name: ["text", "Project Name", { mandatory: true, unique: true }],
    code: ["text", "Project Code"],
    tank_name: ["text", "Tank Name"],
    sg_description: ["text", "Description"],
    sg_status: [
      "list",
      "Status",
      { values: ["Bidding", "Active", "Lost", "Hold", "Archive"], default: "Active" },
    ],
    sg_type: ["list", "Type", { values: ["Feature", "Episodic", "Commercial", "Game", "Template"] }],
    archived: ["checkbox", "Archived", { default: false }],
    is_demo: ["checkbox", "Demo", { default: false }],
    is_template: ["checkbox", "Template", { default: false }],
    favorite: ["checkbox", "Favorite", { default: false }],
    billboard: ["url", "Project Billboard"],
    landing_page_url: ["text", "Landing Page", { readOnly: true }],
    users: ["multi_entity", "People", { types: ["HumanUser"] }],
    phases: ["multi_entity", "Phases", { types: ["Phase"] }],
    start_date: ["date", "Start Date"],
    end_date: ["date", "End Date"],
    duration: ["duration", "Duration"],
    color: ["color", "Color"],
    last_accessed_by_current_user: ["date_time", "Last Accessed", { readOnly: true }],
  },
};

export const PHASE: TypeTable = {
  type: "Phase",
  label: "Phase",
  fields: {
    ...RECORD,
    ...PROJECT,
    ...PICTURES,
    ...TAGS,
    ...NOTES,
    code: ["text", "Phase Name", { mandatory: true }],
    description: ["text", "Description"],
    start_date: ["date", "Start Date"],
    end_date: ["date", "End Date"],
    color: ["color", "Color"],
  },
};

export const RELEASE: TypeTable = {
  type: "Release",
  label: "Release",
  fields: {
    ...RECORD,
    ...PROJECT,
    ...PICTURES,
    ...TAGS,
    ...NOTES,
    ...status("wtg", "ip", "fin"),
    code: ["text", "Release Name", { mandatory: true }],
    description: ["text", "Description"],
    sg_release_date: ["date", "Release Date"],
    sg_version_number: ["text", "Version Number"],
  },
};

export const PAGE: TypeTable = {
  type: "Page",
  label: "Page",
  fields: {
    ...RECORD,
    ...PROJECT,
    name: ["text", "Name"],
    entity_type: ["text", "Entity Type"],
    page_type: ["text", "Page Type"],
    description: ["text", "Description"],
    shared: ["checkbox", "Shared", { default: false }],
    last_accessed: ["date_time", "Last Accessed", { readOnly: true }],
  },
};

export const TAG: TypeTable = {
  type: "Tag",
  label: "Tag",
  fields: { ...RECORD, name: ["text", "Tag Name", { mandatory: true, unique: true }] },
};

export const STATUS_TYPE: TypeTable = {
  type: "Status",
  label: "Status",
  fields: {
    ...RECORD,
    code: ["text", "Short Code", { mandatory: true, unique: true }],
    name: ["text", "Status Name", { mandatory: true }],
    bg_color: ["color", "Background Color"],
    icon: ["text", "Icon"],
  },
};

export const EVENT_LOG_ENTRY: TypeTable = {
  type: "EventLogEntry",
  label: "Event Log Entry",
  fields: {
    id: ["number", "Id", { readOnly: true }],
    cached_display_name: ["text", "Cached Display Name", { hidden: true }],
    created_at: ["date_time", "Date Created", { readOnly: true }],
    ...PROJECT,
    attribute_name: ["text", "Attribute Name", { readOnly: true }],
    description: ["text", "Description", { readOnly: true }],
    entity: ["entity", "Link", { readOnly: true }],
    event_type: ["text", "Event Type", { readOnly: true }],
    meta: ["serializable", "Meta", { readOnly: true }],
    session_uuid: ["uuid", "Session UUID", { readOnly: true }],
    user: ["entity", "User", { types: ["HumanUser", "ApiUser", "ClientUser"], readOnly: true }],
    uuid: ["uuid", "UUID", { readOnly: true }],
  },
};

const CUSTOM_FIELDS: TypeTable["fields"] = {
  ...RECORD,
  ...PICTURES,
  ...TAGS,
  ...status("wtg", "ip", "fin"),
  code: ["text", "Name", { mandatory: true }],
  description: ["text", "Description"],
};

export const CUSTOM_TYPES: readonly TypeTable[] = [
  { type: "CustomEntity01", label: "Custom Entity 01", fields: { ...CUSTOM_FIELDS, ...PROJECT, ...NOTES } },
  { type: "CustomEntity02", label: "Custom Entity 02", fields: { ...CUSTOM_FIELDS, ...PROJECT, ...NOTES } },
  { type: "CustomNonProjectEntity01", label: "Custom Non Project Entity 01", fields: CUSTOM_FIELDS },
];
