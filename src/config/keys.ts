import { count, flag, type Kind, oneOf, rate, size, text, textOrNumber, timeLimit, wait } from "./kinds.ts";
import { IF_EXISTS, PROGRESS_MODES } from "./words.ts";

interface KeySpec<Value> {
  readonly kind: Kind<Value>;
  /** The long option that sets it, as a person types it. */
  readonly option?: string;
  /** Environment variables, ours first: a later one is read where the earlier are not set. */
  readonly env?: readonly string[];
  /** Whether a configuration file may hold it. */
  readonly inFile: boolean;
  readonly secret?: true;
}

function key<Value>(kind: Kind<Value>, rest: Omit<KeySpec<Value>, "kind">): KeySpec<Value> {
  return { kind, ...rest };
}

/** Everything that can be set, in the order in which `sgmedia config` shows it. */
export const KEYS = {
  site: key(text, {
    option: "--site",
    env: ["SGMEDIA_SITE", "SHOTGRID_SITE", "SHOTGUN_SITE"],
    inFile: true,
  }),
  profile: key(text, { option: "--profile", env: ["SGMEDIA_PROFILE"], inFile: true }),
  project: key(textOrNumber, { option: "--project", inFile: true }),
  scriptName: key(text, { env: ["SGMEDIA_SCRIPT_NAME", "SHOTGRID_SCRIPT_NAME"], inFile: true }),
  scriptKey: key(text, {
    env: ["SGMEDIA_SCRIPT_KEY", "SHOTGRID_SCRIPT_KEY", "SHOTGRID_API_KEY"],
    inFile: true,
    secret: true,
  }),
  scriptKeyFile: key(text, { inFile: true }),
  login: key(text, { env: ["SGMEDIA_LOGIN"], inFile: true }),
  password: key(text, { env: ["SGMEDIA_PASSWORD"], inFile: false, secret: true }),
  authToken: key(text, { env: ["SGMEDIA_AUTH_TOKEN"], inFile: false, secret: true }),
  sessionToken: key(text, { env: ["SGMEDIA_SESSION_TOKEN"], inFile: false, secret: true }),
  caFile: key(text, { env: ["SSL_CERT_FILE", "SHOTGUN_API_CACERTS"], inFile: false }),

  jobs: key(count(1), { option: "--jobs", inFile: true }),
  partJobs: key(count(1), { option: "--part-jobs", inFile: true }),
  partSize: key(size, { option: "--part-size", inFile: true }),
  limitRate: key(rate, { option: "--limit-rate", inFile: true }),
  retries: key(count(0), { option: "--retries", inFile: true }),
  stallTimeout: key(timeLimit, { option: "--stall-timeout", inFile: true }),
  connectTimeout: key(timeLimit, { option: "--connect-timeout", inFile: true }),
  ifExists: key(oneOf(IF_EXISTS), { option: "--if-exists", inFile: true }),
  verify: key(flag, { option: "--verify", inFile: true }),
  wait: key(wait, { option: "--wait", inFile: true }),

  json: key(flag, { option: "--json", inFile: true }),
  progress: key(oneOf(PROGRESS_MODES), { option: "--progress", inFile: true }),
  quiet: key(flag, { option: "--quiet", inFile: true }),
  verbose: key(flag, { option: "--verbose", inFile: true }),
  noColor: key(flag, { option: "--no-color", inFile: true }),
  noInput: key(flag, { option: "--no-input", inFile: true }),

  stateDir: key(text, { env: ["SGMEDIA_STATE_DIR"], inFile: false }),
  cacheDir: key(text, { env: ["SGMEDIA_CACHE_DIR"], inFile: false }),
  configDir: key(text, { env: ["SGMEDIA_CONFIG_DIR"], inFile: false }),
} as const satisfies Record<string, KeySpec<unknown>>;

export type KeyName = keyof typeof KEYS;
type KeyValue<Name extends KeyName> = (typeof KEYS)[Name] extends KeySpec<infer Value> ? Value : never;

/** A value and where it came from: `flag --site`, `environment SGMEDIA_SITE`, `/path/.sgrc`, `default`. */
export interface Setting<Value> {
  readonly value: Value;
  readonly origin: string;
}

/** What was set, by key. Absent: nowhere set. */
export type SetValues = { readonly [Name in KeyName]?: Setting<KeyValue<Name>> & { readonly rank: number } };

export const FILE_KEYS: readonly KeyName[] = (Object.keys(KEYS) as KeyName[]).filter(
  (name) => KEYS[name].inFile,
);
