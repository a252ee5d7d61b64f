import * as v from "valibot";
import type { Bearer } from "./bearer.ts";
import { IdSchema } from "./decode.ts";
import type { Credentials, Site, Whoami } from "./types.ts";

const Loose = v.fallback(v.optional(v.nullable(v.string())), null);
const PayloadSchema = v.looseObject({
  user: v.fallback(v.optional(v.nullable(v.looseObject({ type: v.string(), id: IdSchema }))), null),
  auth_type: Loose,
  sudo_as_login: Loose,
  exp: v.fallback(v.optional(v.nullable(v.number())), null),
});

/**
 * Who the bearer stands for, read from its middle part without proof, since the site has no "me" call; good to show,
 * not to trust (contract/rest.md 2). A person's login is looked up where the credentials do not say it.
 */
export async function whoIs(
  site: { bearer: Bearer; credentials: Credentials; read: Site["read"] },
  signal: AbortSignal | undefined,
): Promise<Whoami> {
  const payload = readPayload(await site.bearer.get(signal));
  const user = payload.user ? { type: payload.user.type, id: payload.user.id } : null;
  const known = payload.sudo_as_login ?? loginOf(site.credentials);
  return {
    user,
    login: known ?? (user ? await lookUpLogin(site.read, user, signal) : null),
    authType: payload.auth_type ?? null,
    expiresAtMs: payload.exp == null ? null : payload.exp * 1000,
  };
}

function loginOf(credentials: Credentials): string | null {
  switch (credentials.kind) {
    case "script":
      return credentials.sudoAsLogin ?? credentials.scriptName;
    case "password":
      return credentials.login;
    default:
      return null;
  }
}

async function lookUpLogin(
  read: Site["read"],
  user: { type: string; id: number },
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const found = await read(user, ["login"], signal);
  const login = found?.fields["login"];
  return typeof login === "string" ? login : null;
}

function readPayload(token: string): v.InferOutput<typeof PayloadSchema> {
  const nothing = { user: null, auth_type: null, sudo_as_login: null, exp: null };
  try {
    const json: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    const parsed = v.safeParse(PayloadSchema, json);
    return parsed.success ? parsed.output : nothing;
  } catch {
    return nothing;
  }
}
