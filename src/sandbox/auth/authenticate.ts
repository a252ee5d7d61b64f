import type { Caller, Link, Row, Sandbox } from "../types.ts";
import { isOneTimeCode } from "./one-time-code.ts";
import { isPassword, personByLogin, scriptByName, twoFactorSecretOf } from "./secrets.ts";
import { callerOfSession } from "./sessions.ts";
import { ownerOfBearer } from "./token.ts";

/** 102: refused; 106: a one-time code is needed (contract/rpc.md 1.3). */
export interface AuthFailure {
  failed: true;
  code: 102 | 106 | 108 | 110;
  message: string;
}

/** Credentials as JSON-RPC and `/upload/*` name them (contract/rpc.md 1.2). */
export interface AuthParams {
  script_name?: string | undefined;
  script_key?: string | undefined;
  user_login?: string | undefined;
  user_password?: string | undefined;
  auth_token?: string | undefined;
  session_token?: string | undefined;
  sudo_as_login?: string | undefined;
}

export function isAuthFailure(value: Caller | AuthFailure): value is AuthFailure {
  return "failed" in value;
}

function refuse(message: string, code: AuthFailure["code"] = 102): AuthFailure {
  return { failed: true, code, message };
}

function isActive(row: Row): boolean {
  return !row.retired && row.fields["sg_status_list"] !== "dis";
}

function callerFor(row: Row, authType: Caller["authType"]): Caller {
  const link: Link = { type: row.type, id: row.id };
  return { as: link, signedIn: link, authType };
}

function signInScript(sandbox: Sandbox, name: string, key: string): Caller | AuthFailure {
  const script = scriptByName(sandbox.store, name);
  if (script && isActive(script) && isPassword(sandbox.store, script, key))
    return callerFor(script, "script");
  return refuse(`Can't authenticate script '${name}'`);
}

function signInPerson(
  sandbox: Sandbox,
  login: string,
  password: string,
  code: string | undefined,
): Caller | AuthFailure {
  const person = personByLogin(sandbox.store, login);
  if (!person || !isActive(person) || !isPassword(sandbox.store, person, password)) {
    return refuse(`Can't authenticate user '${login}'.`);
  }
  const secret = twoFactorSecretOf(sandbox.store, person);
  if (secret === undefined) return callerFor(person, "password");
  if (!code) return refuse(`Two factor authentication is required for user '${login}'.`, 106);
  return isOneTimeCode(secret, code, sandbox.nowMs())
    ? callerFor(person, "password")
    : refuse(`Can't authenticate user '${login}'.`);
}

/** Checks whatever credentials are given; no sudo. */
export function signIn(sandbox: Sandbox, params: AuthParams): Caller | AuthFailure {
  if (params.session_token) {
    const token = params.session_token;
    return (
      callerOfSession(sandbox, token) ??
      refuse(`Can't authenticate session token ending with '${token.slice(-4)}'`)
    );
  }
  if (params.user_login && params.user_password) {
    return signInPerson(sandbox, params.user_login, params.user_password, params.auth_token);
  }
  if (params.script_name && params.script_key)
    return signInScript(sandbox, params.script_name, params.script_key);
  return refuse("Missing or invalid authentication arguments");
}

/** Puts a person in the caller's place. The words are those of the token endpoint (contract/rest.md 2). */
export function sudo(sandbox: Sandbox, caller: Caller, login: string): Caller | AuthFailure {
  const person = personByLogin(sandbox.store, login);
  if (!person) return refuse(`Cannot 'sudo' - unknown or retired user: '${login}'`);
  if (!isActive(person)) return refuse(`Cannot 'sudo' - inactive user account: '${login}'`);
  if (person.fields["can_impersonate_this_user"] !== true) {
    return refuse(`Cannot 'sudo' - user account has 'can_impersonate_this_user' turned off: '${login}'`);
  }
  return { ...caller, as: { type: "HumanUser", id: person.id } };
}

/** The caller behind the credentials of a JSON-RPC call or an `/upload/*` form. Only scripts may act as someone else. */
export function authenticateParams(sandbox: Sandbox, params: AuthParams): Caller | AuthFailure {
  const caller = signIn(sandbox, params);
  if (isAuthFailure(caller) || !params.sudo_as_login) return caller;
  if (caller.as.type !== "ApiUser") {
    const name = sandbox.store.row(caller.as.type, caller.as.id)?.fields["login"];
    return refuse(`The user does not have permission to 'sudo': '${name}'`);
  }
  return sudo(sandbox, caller, params.sudo_as_login);
}

/** The caller behind an `Authorization: Bearer …` header; undefined when there is none that is good. */
export function callerOfBearer(sandbox: Sandbox, header: string | undefined): Caller | undefined {
  const token = /^Bearer\s+(\S+)$/i.exec(header ?? "")?.[1];
  const owner = token ? ownerOfBearer(sandbox, token) : undefined;
  const row = owner && sandbox.store.row(owner.signedIn.type, owner.signedIn.id);
  if (!owner || !row || row.retired) return undefined;
  const caller: Caller = { as: owner.signedIn, signedIn: owner.signedIn, authType: owner.authType };
  if (owner.sudoAsLogin === null) return caller;
  const acting = sudo(sandbox, caller, owner.sudoAsLogin);
  return isAuthFailure(acting) ? undefined : acting;
}
