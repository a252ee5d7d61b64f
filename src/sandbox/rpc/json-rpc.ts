import type { ServerResponse } from "node:http";
import * as v from "valibot";
import { type AuthParams, authenticateParams, isAuthFailure } from "../auth/authenticate.ts";
import { SiteError } from "../store/site-error.ts";
import type { Exchange, Sandbox } from "../types.ts";
import { METHODS } from "./methods.ts";
import { info } from "./site-methods.ts";

const Text = v.nullish(v.string());

/** Credentials by the names that JSON-RPC and the forms give them (contract/rpc.md 1.2). */
const AuthSchema = v.object({
  script_name: Text,
  script_key: Text,
  user_login: Text,
  user_password: Text,
  auth_token: Text,
  session_token: Text,
  sudo_as_login: Text,
});

const RequestSchema = v.object({ method_name: v.string(), params: v.optional(v.array(v.unknown()), []) });

/** Credentials out of whatever was sent; what is not text counts as not sent. */
export function authParams(value: unknown): AuthParams {
  const decoded = v.safeParse(AuthSchema, value);
  if (!decoded.success) return {};
  const given = Object.entries(decoded.output).filter(([, text]) => text !== null && text !== undefined);
  return Object.fromEntries(given) as AuthParams;
}

interface Fault {
  exception: true;
  error_code: number;
  message: string;
}

function fault(code: number, message: string): Fault {
  return { exception: true, error_code: code, message };
}

/** A refusal in the words of JSON-RPC, which numbers what the data refuses (contract/local-storage.md B). */
function faultOf(method: string, error: SiteError): Fault {
  const message = error.message === "Not Found" && error.detail ? error.detail : error.message;
  if (message.startsWith("Create failed"))
    return fault(error.code, `API ${method}() CRUD ERROR #6: ${message}`);
  if (message.startsWith("Entity of type"))
    return fault(error.code, `API ${method}() CRUD ERROR #3: ${message}`);
  return fault(error.code, message);
}

async function answer(sandbox: Sandbox, body: string): Promise<unknown> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return fault(103, "The request is no JSON.");
  }
  const request = v.safeParse(RequestSchema, json);
  if (!request.success) return fault(103, "The request has no method_name.");
  const { method_name: name, params } = request.output;
  if (name === "info") return { results: info(sandbox) };
  const caller = authenticateParams(sandbox, authParams(params[0]));
  if (isAuthFailure(caller)) return fault(caller.code, caller.message);
  const method = METHODS.get(name);
  if (!method) return fault(103, `API ${name}() is not a method of this site.`);
  try {
    return { results: await method({ sandbox, caller, method: name }, params[1]) };
  } catch (thrown) {
    if (!(thrown instanceof SiteError)) throw thrown;
    return faultOf(name, thrown);
  }
}

/** `POST /api3/json`: a refusal is a 200 too (contract/rpc.md 1.3). */
export async function answerJsonRpc(
  sandbox: Sandbox,
  res: ServerResponse,
  exchange: Exchange,
): Promise<void> {
  const body = (await exchange.body()).toString("utf8");
  const reply = Buffer.from(JSON.stringify(await answer(sandbox, body)), "utf8");
  res.writeHead(200, { "Content-Type": "application/json; charset=utf-8", "Content-Length": reply.length });
  res.end(reply);
}
