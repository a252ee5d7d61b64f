import * as v from "valibot";
import { openSession } from "../auth/sessions.ts";
import { preferencesOf } from "../store/preferences.ts";
import { SiteError } from "../store/site-error.ts";
import { isoSeconds } from "../store/store.ts";
import type { Sandbox } from "../types.ts";
import { argsOf, type RpcMethod } from "./call.ts";
import { MOST_PER_PAGE } from "./read.ts";

const VERSION = [8, 89, 0] as const;

/** `info`: what the client switches on what it sees (contract/rpc.md 1.4). Lists, never the string `"*"` (2.1). */
export function info(sandbox: Sandbox): Record<string, unknown> {
  const direct = sandbox.options.storageService === "s3";
  return {
    version: VERSION,
    full_version: [...VERSION, 0],
    user_authentication_method: "default",
    unified_login_flow_enabled: true,
    authentication_app_session_launcher_enabled: true,
    api_max_entities_per_page: MOST_PER_PAGE,
    s3_uploads_enabled: direct,
    s3_direct_uploads_enabled: direct,
    s3_enabled_upload_types: direct ? { "*": ["*"] } : null,
  };
}

/** `get_session_token`: a session for whoever the caller stands for. */
export const getSessionToken: RpcMethod = ({ sandbox, caller }) => ({
  session_id: openSession(sandbox, caller),
});

const PreferencesArgs = v.object({ prefs: v.optional(v.array(v.string()), []) });

/** `preferences_read`: all, or those of the names that are known. */
export const readPreferences: RpcMethod = (call, args) => {
  const { prefs } = argsOf(call, PreferencesArgs, args);
  const all = Object.entries(preferencesOf(call.sandbox.store));
  return Object.fromEntries(all.filter(([name]) => prefs.length === 0 || prefs.includes(name)));
};

const LastAccessedArgs = v.object({ project_id: v.number(), user_id: v.optional(v.number()) });

/** `update_project_last_accessed_by_current_user`: for the person named, else for the caller, who must be a person. */
export const updateProjectLastAccessed: RpcMethod = (call, args) => {
  const { project_id: id, user_id: userId } = argsOf(call, LastAccessedArgs, args);
  const { store, nowMs } = call.sandbox;
  if (userId === undefined && call.caller.as.type !== "HumanUser") {
    throw new SiteError(400, `API ${call.method}() must be called by a person or name one.`);
  }
  const project = store.row("Project", id);
  const user = userId === undefined ? undefined : (store.row("HumanUser", userId) ?? null);
  if (!project || project.retired || user === null) {
    throw new SiteError(400, `API ${call.method}() the project or the user does not exist.`);
  }
  // One instant for everyone: the sandbox shows a project the same to all.
  store.change("Project", id, { last_accessed_by_current_user: isoSeconds(nowMs()) }, null);
  return [{ type: "Project", id }];
};
