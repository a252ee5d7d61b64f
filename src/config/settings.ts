import type { Setting } from "./keys.ts";
import type { IfExists, ProgressMode } from "./words.ts";

/** How to sign in, as far as it was set. */
export type SetCredentials =
  | { readonly kind: "script"; readonly scriptName: string; readonly scriptKey: string }
  | {
      readonly kind: "password";
      readonly login: string;
      readonly password: string;
      readonly authToken?: string;
    }
  | { readonly kind: "session"; readonly sessionToken: string }
  | { readonly kind: "none" };

/** One line of `sgmedia config`. Secrets are struck out already. */
export interface SettingRow {
  readonly key: string;
  readonly value: string | number | boolean | null;
  readonly origin: string;
}

/** Everything that is set for one command, each value with its origin. */
export interface Settings {
  /** An origin such as `https://studio.example`; null where none is set. */
  readonly site: Setting<string | null>;
  readonly profile: Setting<string | null>;
  /** Id or name. */
  readonly project: Setting<string | null>;
  readonly credentials: Setting<SetCredentials>;
  /** A PEM bundle beside Node's own. */
  readonly caFile: Setting<string | null>;

  /** Files at once. */
  readonly jobs: Setting<number>;
  /** Null: chosen as it goes. */
  readonly partJobs: Setting<number | null>;
  readonly partSizeBytes: Setting<number | null>;
  /** Bytes a second; null: no limit. */
  readonly limitRateBytes: Setting<number | null>;
  readonly retries: Setting<number>;
  readonly stallTimeoutSeconds: Setting<number>;
  readonly connectTimeoutSeconds: Setting<number>;
  readonly ifExists: Setting<IfExists | null>;
  readonly verify: Setting<boolean>;
  /** Null: do not wait. */
  readonly waitSeconds: Setting<number | null>;

  readonly json: Setting<boolean>;
  readonly progress: Setting<ProgressMode>;
  readonly quiet: Setting<boolean>;
  readonly verbose: Setting<boolean>;
  readonly noColor: Setting<boolean>;
  readonly noInput: Setting<boolean>;

  readonly stateDir: Setting<string>;
  readonly cacheDir: Setting<string>;
  readonly configDir: Setting<string>;

  /** Configuration files that were read, nearest first. */
  readonly files: readonly string[];
  /** What a person should know about the settings: a key that others can read, a profile that has no say. */
  readonly warnings: readonly string[];
  /** For `sgmedia config`. */
  readonly rows: readonly SettingRow[];
}
