import type { TypeSchema } from "../types.ts";
import { ATTACHMENT, LOCAL_STORAGE, PUBLISHED_FILE, PUBLISHED_FILE_TYPE } from "./files.ts";
import { API_USER, CLIENT_USER, DEPARTMENT, GROUP, HUMAN_USER, PERMISSION_RULE_SET } from "./people.ts";
import { NOTE, PLAYLIST, PLAYLIST_VERSION_CONNECTION, REPLY, VERSION } from "./review.ts";
import { ASSET, EPISODE, SCENE, SEQUENCE, SHOT } from "./shots.ts";
import {
  CUSTOM_TYPES,
  EVENT_LOG_ENTRY,
  PAGE,
  PHASE,
  PROJECT_TYPE,
  RELEASE,
  STATUS_TYPE,
  TAG,
} from "./site.ts";
import { buildType, type TypeTable } from "./table.ts";
import { BOOKING, STEP, TASK, TASK_TEMPLATE, TICKET, TIME_LOG } from "./tasks.ts";

const TABLES: readonly TypeTable[] = [
  API_USER,
  ASSET,
  ATTACHMENT,
  BOOKING,
  CLIENT_USER,
  ...CUSTOM_TYPES,
  DEPARTMENT,
  EPISODE,
  EVENT_LOG_ENTRY,
  GROUP,
  HUMAN_USER,
  LOCAL_STORAGE,
  NOTE,
  PAGE,
  PERMISSION_RULE_SET,
  PHASE,
  PLAYLIST,
  PLAYLIST_VERSION_CONNECTION,
  PROJECT_TYPE,
  PUBLISHED_FILE,
  PUBLISHED_FILE_TYPE,
  RELEASE,
  REPLY,
  SCENE,
  SEQUENCE,
  SHOT,
  STATUS_TYPE,
  STEP,
  TAG,
  TASK,
  TASK_TEMPLATE,
  TICKET,
  TIME_LOG,
  VERSION,
];

/** The types and fields of a fresh site, by CamelCase singular name. Every call builds its own copy. */
export function freshSchema(): Map<string, TypeSchema> {
  return new Map(TABLES.map((table) => [table.type, buildType(table)]));
}
