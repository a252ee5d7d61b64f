import { SgmediaError } from "../shared/errors.ts";
import { rememberSecret } from "../shared/redact.ts";
import type { Setting, SetValues } from "./keys.ts";
import type { SetCredentials } from "./settings.ts";

/** A script key that was read from the file that `scriptKeyFile` names. */
export interface ReadKey extends Setting<string> {
  readonly rank: number;
}

/** Every script name that was set, in the layers' order: to see whether a name and a key belong together. */
export interface NamedLayer {
  readonly rank: number;
  readonly scriptName: string;
  readonly origin: string;
}

interface Candidate extends Setting<SetCredentials> {
  readonly rank: number;
}

/**
 * How to sign in. The place of highest precedence wins (environment, then files); within one place a session goes before
 * a script, a script before a person. Throws E_CONFIG for half a pair that nothing else makes up for.
 */
export function chooseCredentials(
  set: SetValues,
  key: ReadKey | undefined,
  names: readonly NamedLayer[],
): Setting<SetCredentials> {
  for (const secret of [key, set.password, set.authToken, set.sessionToken]) {
    if (secret) rememberSecret(secret.value);
  }
  const candidates = [sessionOf(set), scriptOf(set, key, names), personOf(set)].filter(
    (each): each is Candidate => each !== undefined,
  );
  const best = candidates.sort((a, b) => a.rank - b.rank)[0];
  rejectHalves(set, key, best?.rank ?? Number.POSITIVE_INFINITY);
  return best ? { value: best.value, origin: best.origin } : { value: { kind: "none" }, origin: "default" };
}

function sessionOf(set: SetValues): Candidate | undefined {
  const token = set.sessionToken;
  return (
    token && { value: { kind: "session", sessionToken: token.value }, origin: token.origin, rank: token.rank }
  );
}

function scriptOf(
  set: SetValues,
  key: ReadKey | undefined,
  names: readonly NamedLayer[],
): Candidate | undefined {
  const name = set.scriptName;
  if (!name || !key) return undefined;
  const besideKey = names.find((each) => each.rank === key.rank);
  if (name.rank < key.rank && besideKey && besideKey.scriptName !== name.value) {
    throw new SgmediaError("E_CONFIG", `The script "${name.value}" has no key.`, {
      why: `${name.origin} names it, and the key in ${key.origin} is that of "${besideKey.scriptName}".`,
      fix: "Set SGMEDIA_SCRIPT_KEY to its key, or unset the name.",
    });
  }
  return {
    value: { kind: "script", scriptName: name.value, scriptKey: key.value },
    origin: name.origin === key.origin ? name.origin : `${name.origin} and ${key.origin}`,
    rank: Math.min(name.rank, key.rank),
  };
}

function personOf(set: SetValues): Candidate | undefined {
  const { login, password, authToken } = set;
  if (!login || !password) return undefined;
  return {
    value: {
      kind: "password",
      login: login.value,
      password: password.value,
      ...(authToken ? { authToken: authToken.value } : {}),
    },
    origin: login.origin === password.origin ? login.origin : `${login.origin} and ${password.origin}`,
    rank: password.rank,
  };
}

/** A half above what was chosen was meant to replace it, so it is told rather than passed over. */
function rejectHalves(set: SetValues, key: ReadKey | undefined, chosenRank: number): void {
  const half = (have: Setting<string>, what: string, missing: string, fix: string): SgmediaError =>
    new SgmediaError("E_CONFIG", `There is ${what} but no ${missing}.`, {
      why: `It comes from ${have.origin}.`,
      fix,
    });
  if (set.scriptName && !key && set.scriptName.rank < chosenRank) {
    throw half(
      set.scriptName,
      `a script name, "${set.scriptName.value}",`,
      "script key",
      "Set SGMEDIA_SCRIPT_KEY, or scriptKeyFile in .sgrc.",
    );
  }
  if (key && !set.scriptName && key.rank < chosenRank) {
    throw half(key, "a script key", "script name", "Set SGMEDIA_SCRIPT_NAME, or scriptName in .sgrc.");
  }
  if (set.password && !set.login && set.password.rank < chosenRank) {
    throw half(set.password, "a password", "login", "Set SGMEDIA_LOGIN.");
  }
}
