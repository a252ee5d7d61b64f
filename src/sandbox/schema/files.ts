import { NOTES, PICTURES, PROJECT, RECORD, status, TAGS } from "./common.ts";
import type { TypeTable } from "./table.ts";

/** Types that a file may be attached to without a field. */
const ATTACHABLE = [
  "Asset",
  "Booking",
  "CustomEntity01",
  "CustomEntity02",
  "Episode",
  "HumanUser",
  "Note",
  "Phase",
  "Playlist",
  "Project",
  "PublishedFile",
  "Release",
  "Reply",
  "Scene",
  "Sequence",
  "Shot",
  "Task",
  "Ticket",
  "Version",
];

export const ATTACHMENT: TypeTable = {
  type: "Attachment",
  label: "File",
  fields: {
    ...RECORD,
    ...PROJECT,
    ...PICTURES,
    ...TAGS,
    ...NOTES,
    sg_status_list: [
      "status_list",
      "Status",
      { values: ["fin", "na"], display: { fin: "Final", na: "N/A" }, default: "na" },
    ],
    this_file: ["url", "File", { mandatory: true }],
    display_name: ["text", "File Display Name"],
    filename: ["text", "File Name", { readOnly: true }],
    original_fname: ["text", "Original Filename"],
    file_extension: ["text", "File Type", { readOnly: true }],
    file_size: ["number", "File Size", { readOnly: true }],
    description: ["text", "Description"],
    attachment_links: ["multi_entity", "Links", { types: ATTACHABLE }],
    attachment_reference_links: [
      "multi_entity",
      "Reference Links",
      { types: ["Asset", "Scene", "Sequence", "Shot", "Version"] },
    ],
    local_storage: ["entity", "Local Storage", { types: ["LocalStorage"], readOnly: true }],
    processing_status: [
      "list",
      "Processing Status",
      { values: ["thumbnail_pending", "unverified", "clean", "infected"], readOnly: true },
    ],
    sg_type: ["list", "Type", { values: ["Reference", "Document", "Other"] }],
    metadata: ["serializable", "Metadata", { hidden: true }],
    task_template: ["entity", "Task Template", { types: ["TaskTemplate"] }],
  },
};

export const LOCAL_STORAGE: TypeTable = {
  type: "LocalStorage",
  label: "Local File Storage",
  fields: {
    ...RECORD,
    code: ["text", "Local Storage Name", { mandatory: true }],
    windows_path: ["text", "Windows Path"],
    mac_path: ["text", "Mac OS Path"],
    linux_path: ["text", "Linux Path"],
    description: ["text", "Description"],
    uuid: ["uuid", "UUID", { readOnly: true }],
  },
};

export const PUBLISHED_FILE: TypeTable = {
  type: "PublishedFile",
  label: "Published File",
  fields: {
    ...RECORD,
    ...PROJECT,
    ...PICTURES,
    ...TAGS,
    ...status("wtg", "ip", "cmpt"),
    code: ["text", "Published File Name", { mandatory: true }],
    name: ["text", "Name"],
    description: ["text", "Description"],
    path: ["url", "Path"],
    path_cache: ["text", "Path Cache"],
    path_cache_storage: ["entity", "Path Cache Storage", { types: ["LocalStorage"] }],
    version_number: ["number", "Version Number"],
    version: ["entity", "Version", { types: ["Version"] }],
    entity: [
      "entity",
      "Link",
      { types: ["Asset", "Episode", "Scene", "Sequence", "Shot", "CustomEntity01"] },
    ],
    task: ["entity", "Task", { types: ["Task"] }],
    published_file_type: ["entity", "Published File Type", { types: ["PublishedFileType"] }],
    upstream_published_files: ["multi_entity", "Upstream Published Files", { types: ["PublishedFile"] }],
    downstream_published_files: ["multi_entity", "Downstream Published Files", { types: ["PublishedFile"] }],
    sg_uploaded_file: ["url", "Uploaded File"],
  },
};

export const PUBLISHED_FILE_TYPE: TypeTable = {
  type: "PublishedFileType",
  label: "Published File Type",
  fields: {
    ...RECORD,
    code: ["text", "Published File Type Name", { mandatory: true }],
    short_name: ["text", "Short Name"],
    description: ["text", "Description"],
    image: ["image", "Thumbnail"],
  },
};
