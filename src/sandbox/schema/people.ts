import { PICTURES, RECORD, TAGS } from "./common.ts";
import type { TypeTable } from "./table.ts";

const ACTIVE = {
  values: ["act", "dis"],
  display: { act: "Active", dis: "Disabled" },
  default: "act",
} as const;

export const HUMAN_USER: TypeTable = {
  type: "HumanUser",
  label: "Person",
  fields: {
    ...RECORD,
    ...PICTURES,
    ...TAGS,
    sg_status_list: ["status_list", "Status", ACTIVE],
    name: ["text", "Name", { mandatory: true }],
    login: ["text", "Login", { unique: true }],
    email: ["text", "Email"],
    firstname: ["text", "First Name"],
    lastname: ["text", "Last Name"],
    password_proxy: ["password", "Password"],
    can_impersonate_this_user: ["checkbox", "Can Be Impersonated", { readOnly: true }],
    permission_rule_set: ["entity", "Permission Group", { types: ["PermissionRuleSet"], readOnly: true }],
    projects: ["multi_entity", "Projects", { types: ["Project"] }],
    groups: ["multi_entity", "Groups", { types: ["Group"] }],
    department: ["entity", "Department", { types: ["Department"] }],
    email_notes: ["checkbox", "Email Notes", { default: true }],
    locked_until: ["date_time", "Locked Until"],
    language: ["list", "Language", { values: ["en", "fr", "ja", "zh-hans"] }],
    file_access: ["checkbox", "File Access", { default: true }],
  },
};

export const API_USER: TypeTable = {
  type: "ApiUser",
  label: "Script",
  fields: {
    ...RECORD,
    ...PICTURES,
    sg_status_list: ["status_list", "Status", ACTIVE],
    firstname: ["text", "Script Name", { mandatory: true }],
    lastname: ["text", "Version"],
    description: ["text", "Description"],
    email: ["text", "Maintainer's Email"],
    salted_password: ["password", "Application Key", { hidden: true }],
    generate_event_log_entries: ["checkbox", "Generate Events", { default: true }],
    permission_rule_set: ["entity", "Permission Group", { types: ["PermissionRuleSet"] }],
    projects: ["multi_entity", "Projects", { types: ["Project"] }],
  },
};

export const CLIENT_USER: TypeTable = {
  type: "ClientUser",
  label: "Client User",
  fields: {
    ...RECORD,
    sg_status_list: ["status_list", "Status", ACTIVE],
    name: ["text", "Name", { mandatory: true }],
    email: ["text", "Email"],
    image: ["image", "Thumbnail"],
  },
};

export const GROUP: TypeTable = {
  type: "Group",
  label: "Group",
  fields: {
    ...RECORD,
    ...PICTURES,
    ...TAGS,
    code: ["text", "Group Name", { mandatory: true }],
    users: ["multi_entity", "People", { types: ["HumanUser"] }],
    color: ["color", "Color"],
  },
};

export const DEPARTMENT: TypeTable = {
  type: "Department",
  label: "Department",
  fields: {
    ...RECORD,
    ...TAGS,
    image: ["image", "Thumbnail"],
    name: ["text", "Department Name", { mandatory: true }],
    code: ["text", "Short Name"],
    department_type: ["list", "Type", { values: ["production", "non_production"] }],
    list_order: ["number", "List Order"],
    color: ["color", "Color"],
    users: ["multi_entity", "People", { types: ["HumanUser"] }],
  },
};

export const PERMISSION_RULE_SET: TypeTable = {
  type: "PermissionRuleSet",
  label: "Permission Role",
  fields: {
    ...RECORD,
    code: ["text", "Code", { readOnly: true }],
    display_name: ["text", "Display Name", { readOnly: true }],
    entity_type: ["entity_type", "Entity Type", { readOnly: true }],
    parent_set: ["entity", "Parent", { types: ["PermissionRuleSet"], readOnly: true }],
  },
};
