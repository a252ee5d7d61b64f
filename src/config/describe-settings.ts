import { redactText } from "../shared/redact.ts";
import { KEYS, type KeyName, type Setting, type SetValues } from "./keys.ts";
import type { Environment } from "./layers.ts";
import type { SettingRow, Settings } from "./settings.ts";

const STRUCK = "***";
/** Read by the transport itself, not by us; shown because they change where requests go and whom they trust. */
const NETWORK_VARIABLES = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
];

/** What is set and where each value came from, secrets struck out: the rows of `sgmedia config`. */
export function describeSettings(
  settings: Omit<Settings, "rows">,
  set: SetValues,
  env: Environment,
): SettingRow[] {
  const { credentials } = settings;
  const cleaned: Partial<Record<KeyName, Setting<SettingRow["value"]>>> = {
    site: settings.site,
    caFile: settings.caFile,
    jobs: settings.jobs,
    retries: settings.retries,
    stallTimeout: settings.stallTimeoutSeconds,
    connectTimeout: settings.connectTimeoutSeconds,
    verify: settings.verify,
    json: settings.json,
    progress: settings.progress,
    quiet: settings.quiet,
    verbose: settings.verbose,
    noColor: settings.noColor,
    noInput: settings.noInput,
    stateDir: settings.stateDir,
    cacheDir: settings.cacheDir,
    configDir: settings.configDir,
  };
  const rows: SettingRow[] = [];
  for (const name of Object.keys(KEYS) as KeyName[]) {
    const { value, origin } = cleaned[name] ?? set[name] ?? { value: null, origin: "default" };
    const secret = "secret" in KEYS[name] && value !== null;
    rows.push({ key: name, value: secret ? STRUCK : value, origin });
  }
  rows.push({
    key: "signIn",
    value: credentials.value.kind === "none" ? null : credentials.value.kind,
    origin: credentials.origin,
  });
  for (const variable of NETWORK_VARIABLES) {
    const value = env[variable];
    if (value) rows.push({ key: variable, value: redactText(value), origin: `environment ${variable}` });
  }
  for (const file of settings.files) rows.push({ key: "file", value: file, origin: "read" });
  return rows;
}
