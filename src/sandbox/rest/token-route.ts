import type { ServerResponse } from "node:http";
import { type AuthFailure, isAuthFailure, signIn, sudo } from "../auth/authenticate.ts";
import { mintTokens, spendRefreshToken } from "../auth/token.ts";
import { SiteError } from "../store/site-error.ts";
import type { Caller, Sandbox } from "../types.ts";
import { sendJson, unauthorized } from "./reply.ts";

const SUDO_SCOPE = "sudo_as_login:";
const MISSING = "Missing or invalid authentication arguments";

function refusal(failure: AuthFailure): SiteError {
  const code = failure.code === 106 ? 106 : 102;
  return new SiteError(400, failure.message, { code: failure.message === MISSING ? 103 : code, source: {} });
}

interface Signed {
  caller: Caller;
  sudoAsLogin: string | null;
}

function grant(sandbox: Sandbox, form: URLSearchParams): Caller | AuthFailure {
  const field = (name: string) => form.get(name) ?? undefined;
  switch (form.get("grant_type")) {
    case "client_credentials":
      return signIn(sandbox, { script_name: field("client_id"), script_key: field("client_secret") });
    case "password":
      return signIn(sandbox, {
        user_login: field("username"),
        user_password: field("password"),
        auth_token: field("auth_token"),
      });
    case "session_token":
      return signIn(sandbox, { session_token: field("session_token") });
    default:
      throw new SiteError(400, "Unsupported grant_type", { source: {} });
  }
}

function refresh(sandbox: Sandbox, form: URLSearchParams): Signed {
  const owner = spendRefreshToken(sandbox, form.get("refresh_token") ?? "");
  if (!owner) throw unauthorized();
  const caller: Caller = { as: owner.signedIn, signedIn: owner.signedIn, authType: owner.authType };
  return { caller, sudoAsLogin: owner.sudoAsLogin };
}

function signedBy(sandbox: Sandbox, form: URLSearchParams): Signed {
  if (form.get("grant_type") === "refresh_token") return refresh(sandbox, form);
  const caller = grant(sandbox, form);
  if (isAuthFailure(caller)) throw refusal(caller);
  // Only the scope impersonates; a body field of that name is ignored (contract/rest.md 2).
  const scope = (form.get("scope") ?? "").split(/\s+/).find((word) => word.startsWith(SUDO_SCOPE));
  if (scope === undefined) return { caller, sudoAsLogin: null };
  const login = scope.slice(SUDO_SCOPE.length);
  const acting =
    caller.as.type === "ApiUser"
      ? sudo(sandbox, caller, login)
      : ({
          failed: true,
          code: 102,
          message: `The user does not have permission to 'sudo': '${login}'`,
        } as const);
  if (isAuthFailure(acting)) throw refusal(acting);
  return { caller, sudoAsLogin: login };
}

/** `POST /auth/access_token`, a form: a bearer of 600 seconds and a refresh token that is good once. */
export function tokenRoute(sandbox: Sandbox, res: ServerResponse, form: URLSearchParams): void {
  const { caller, sudoAsLogin } = signedBy(sandbox, form);
  res.setHeader("Cache-Control", "no-store");
  sendJson(res, 200, mintTokens(sandbox, caller, sudoAsLogin));
}
