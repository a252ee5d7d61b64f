import type { RpcMethod } from "./call.ts";
import { exportPage } from "./export-page.ts";
import { follow, followers, following, unfollow } from "./follow.ts";
import { read } from "./read.ts";
import {
  createField,
  deleteField,
  readFields,
  readSchema,
  readTypes,
  updateField,
} from "./schema-methods.ts";
import { getSessionToken, readPreferences, updateProjectLastAccessed } from "./site-methods.ts";
import { summarizeMethod } from "./summarize-method.ts";
import { textSearch } from "./text-search.ts";
import { batch, create, retire, revive, update } from "./write.ts";

/** Every method that needs a caller; `info` needs none. */
export const METHODS: ReadonlyMap<string, RpcMethod> = new Map([
  ["batch", batch],
  ["create", create],
  ["delete", retire],
  ["export_page", exportPage],
  ["follow", follow],
  ["followers", followers],
  ["following", following],
  ["get_session_token", getSessionToken],
  ["preferences_read", readPreferences],
  ["query_display_name_cache", textSearch],
  ["read", read],
  ["revive", revive],
  ["schema_entity_read", readTypes],
  ["schema_field_create", createField],
  ["schema_field_delete", deleteField],
  ["schema_field_read", readFields],
  ["schema_field_update", updateField],
  ["schema_read", readSchema],
  ["summarize", summarizeMethod],
  ["unfollow", unfollow],
  ["update", update],
  ["update_project_last_accessed_by_current_user", updateProjectLastAccessed],
]);
