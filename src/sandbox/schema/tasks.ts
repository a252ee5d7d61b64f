import { NOTES, PICTURES, PROJECT, RECORD, status, TAGS } from "./common.ts";
import type { TypeTable } from "./table.ts";

export const TASK: TypeTable = {
  type: "Task",
  label: "Task",
  fields: {
    ...RECORD,
    ...PROJECT,
    ...PICTURES,
    ...TAGS,
    ...NOTES,
    ...status("wtg", "rdy", "ip", "hld", "rev", "apr", "fin", "cmpt", "omt", "na"),
    content: ["text", "Task Name", { mandatory: true }],
    sg_description: ["text", "Description"],
    entity: [
      "entity",
      "Link",
      { types: ["Asset", "Episode", "Project", "Scene", "Sequence", "Shot", "Version", "CustomEntity01"] },
    ],
    step: ["entity", "Pipeline Step", { types: ["Step"] }],
    task_assignees: ["multi_entity", "Assigned To", { types: ["HumanUser", "Group"] }],
    task_reviewers: ["multi_entity", "Reviewer", { types: ["HumanUser", "Group"] }],
    addressings_cc: ["multi_entity", "Cc", { types: ["HumanUser", "Group"] }],
    upstream_tasks: ["multi_entity", "Upstream Dependency", { types: ["Task"] }],
    downstream_tasks: ["multi_entity", "Downstream Dependency", { types: ["Task"] }],
    sg_versions: ["multi_entity", "Versions", { types: ["Version"] }],
    sg_published_files: ["multi_entity", "Published Files", { types: ["PublishedFile"] }],
    task_template: ["entity", "Task Template", { types: ["TaskTemplate"] }],
    template_task: ["entity", "Template Task", { types: ["Task"] }],
    start_date: ["date", "Start Date"],
    due_date: ["date", "Due Date"],
    duration: ["duration", "Duration"],
    est_in_mins: ["duration", "Bid"],
    time_logs_sum: ["duration", "Total Time Logged", { readOnly: true }],
    color: ["color", "Gantt Bar Color", { default: "pipeline_step" }],
    milestone: ["checkbox", "Milestone", { default: false }],
    pinned: ["checkbox", "Pinned", { default: false }],
    workload: ["number", "Workload"],
    sg_sort_order: ["number", "Order"],
    sg_system_task_type: ["text", "System Task Type", { hidden: true }],
    implicit: ["checkbox", "Implicit", { hidden: true, default: false }],
    splits: ["serializable", "Splits"],
  },
};

export const STEP: TypeTable = {
  type: "Step",
  label: "Pipeline Step",
  fields: {
    ...RECORD,
    ...TAGS,
    code: ["text", "Pipeline Step Name", { mandatory: true }],
    short_name: ["text", "Short Code"],
    description: ["text", "Description"],
    entity_type: ["entity_type", "Entity Type"],
    color: ["color", "Color"],
    list_order: ["number", "List Order"],
    department: ["entity", "Department", { types: ["Department"] }],
  },
};

export const TASK_TEMPLATE: TypeTable = {
  type: "TaskTemplate",
  label: "Task Template",
  fields: {
    ...RECORD,
    code: ["text", "Template Name", { mandatory: true }],
    description: ["text", "Description"],
    entity_type: ["entity_type", "Entity Type"],
  },
};

export const TIME_LOG: TypeTable = {
  type: "TimeLog",
  label: "Time Log",
  fields: {
    ...RECORD,
    ...PROJECT,
    entity: ["entity", "Link", { types: ["Task"] }],
    user: ["entity", "User", { types: ["HumanUser"] }],
    date: ["date", "Date"],
    description: ["text", "Description"],
    duration: ["duration", "Duration"],
  },
};

export const BOOKING: TypeTable = {
  type: "Booking",
  label: "Booking",
  fields: {
    ...RECORD,
    ...PROJECT,
    ...TAGS,
    note: ["text", "Note"],
    user: ["entity", "User", { types: ["HumanUser", "Group"] }],
    start_date: ["date", "Start Date"],
    end_date: ["date", "End Date"],
    vacation: ["checkbox", "Vacation", { default: false }],
    percent_allocation: ["percent", "Allocation", { default: 100 }],
    color: ["color", "Color"],
    sg_status_list: [
      "status_list",
      "Status",
      { values: ["tntv", "cfrm"], display: { tntv: "Tentative", cfrm: "Confirmed" } },
    ],
  },
};

export const TICKET: TypeTable = {
  type: "Ticket",
  label: "Ticket",
  fields: {
    ...RECORD,
    ...PROJECT,
    ...PICTURES,
    ...TAGS,
    ...status("opn", "ip", "pnd", "res", "clsd"),
    title: ["text", "Title", { mandatory: true }],
    description: ["text", "Description"],
    addressings_to: ["multi_entity", "Assigned To", { types: ["HumanUser", "Group"] }],
    addressings_cc: ["multi_entity", "Cc", { types: ["HumanUser", "Group"] }],
    attachments: ["multi_entity", "Attachments", { types: ["Attachment"] }],
    replies: ["multi_entity", "Replies", { types: ["Reply"] }],
    related_tickets: ["multi_entity", "Related Tickets", { types: ["Ticket"] }],
    sg_priority: ["list", "Priority", { values: ["1", "2", "3", "4"], default: "3" }],
    sg_ticket_type: ["list", "Type", { values: ["Bug", "Feature"] }],
    time_logs_sum: ["duration", "Total Time Logged", { readOnly: true }],
  },
};
