import type { Credentials } from "./types.ts";

/** Form fields of a token request, never part of a URL (contract/rest.md 2). */
export type GrantForm = readonly (readonly [name: string, value: string])[];

/** The grant for a kind of credentials; of a password with a one-time code this is good for one mint. */
export function grantForm(credentials: Exclude<Credentials, { kind: "none" }>): GrantForm {
  switch (credentials.kind) {
    case "script":
      return [
        ["grant_type", "client_credentials"],
        ["client_id", credentials.scriptName],
        ["client_secret", credentials.scriptKey],
        ...(credentials.sudoAsLogin === undefined
          ? []
          : ([["scope", `sudo_as_login:${credentials.sudoAsLogin}`]] as const)),
      ];
    case "password":
      return [
        ["grant_type", "password"],
        ["username", credentials.login],
        ["password", credentials.password],
        ...(credentials.authToken === undefined ? [] : ([["auth_token", credentials.authToken]] as const)),
      ];
    case "session":
      return [
        ["grant_type", "session_token"],
        ["session_token", credentials.sessionToken],
      ];
  }
}

export function refreshForm(refreshToken: string): GrantForm {
  return [
    ["grant_type", "refresh_token"],
    ["refresh_token", refreshToken],
  ];
}

/** What must never be shown, of any kind of credentials. */
export function secretsOf(credentials: Credentials): string[] {
  switch (credentials.kind) {
    case "script":
      return [credentials.scriptKey];
    case "password":
      return [credentials.password, ...(credentials.authToken === undefined ? [] : [credentials.authToken])];
    case "session":
      return [credentials.sessionToken];
    case "none":
      return [];
  }
}
