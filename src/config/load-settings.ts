import { access, constants } from "node:fs/promises";
import { resolve } from "node:path";
import { SgmediaError } from "../shared/errors.ts";
import { suggestNames } from "../shared/suggest.ts";
import { type CheckedFile, findFileOfUser, findNearestFile, loadNamedFile } from "./config-file.ts";
import { chooseCredentials, type NamedLayer } from "./credentials.ts";
import { describeSettings } from "./describe-settings.ts";
import { findFolders } from "./folders.ts";
import type { Setting, SetValues } from "./keys.ts";
import {
  type Environment,
  type Flags,
  type Layer,
  layerOfFile,
  layerOfFlags,
  layersOfEnvironment,
  settle,
} from "./layers.ts";
import { readScriptKey, warnOfOpenKeys } from "./script-key.ts";
import type { Settings } from "./settings.ts";
import { cleanSiteUrl } from "./site-url.ts";

export interface SettingsSources {
  /** By the camelCase name of the long option; `config` is the file of `--config`. */
  readonly flags: Flags;
  readonly env: Environment;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
}

/**
 * Flag, then environment, then project file, then user file, then default. A profile that was chosen goes before the
 * plain keys of both files, since choosing it would otherwise change nothing. Throws E_USAGE for what the command line
 * has wrong and E_CONFIG for the rest.
 */
export async function loadSettings(sources: SettingsSources): Promise<Settings> {
  const { flags, env, cwd, platform } = sources;
  const above = [layerOfFlags(flags), ...layersOfEnvironment(env)];
  const early = settle(above);
  const folders = findFolders(early, cwd, platform);
  const files = await readFiles(sources, folders.configDir.value);

  const profile = early.profile ?? settle(files.map((file) => layerOfFile(file, null))).profile;
  if (profile) checkProfile(profile, files);
  const layers = [
    ...above,
    ...(profile ? files.map((file) => layerOfFile(file, profile.value)) : []),
    ...files.map((file) => layerOfFile(file, null)),
  ];
  const set = settle(layers);

  const key = await readScriptKey(set);
  const credentials = chooseCredentials(set, key, scriptNames(layers));
  const site = set.site && cleanSiteUrl(set.site.value, set.site.origin);
  const keyFile = key && key.origin !== set.scriptKey?.origin ? key.origin : undefined;
  const settings: Omit<Settings, "rows"> = {
    site: site && set.site ? { value: site.site, origin: set.site.origin } : unset,
    profile: plain(set.profile) ?? unset,
    project: plain(set.project) ?? unset,
    credentials,
    caFile: await caFileOf(set, cwd),
    ...transferSettings(set),
    ...screenSettings(set),
    ...folders,
    files: files.map(({ path }) => path),
    warnings: [
      ...(site?.warning ? [site.warning] : []),
      ...(await warnOfOpenKeys(files, keyFile, platform)),
      ...overruledProfile(set, files, above.length),
    ],
  };
  return { ...settings, rows: describeSettings(settings, set, env) };
}

const unset: Setting<null> = { value: null, origin: "default" };

function plain<Value>(setting: Setting<Value> | undefined): Setting<Value> | undefined {
  return setting && { value: setting.value, origin: setting.origin };
}

function orDefault<Value>(setting: Setting<Value> | undefined, value: Value): Setting<Value> {
  return plain(setting) ?? { value, origin: "default" };
}

async function readFiles(sources: SettingsSources, configDir: string): Promise<CheckedFile[]> {
  const { flags, env, cwd } = sources;
  const byFlag = typeof flags["config"] === "string" ? flags["config"] : undefined;
  const named = byFlag ?? (env["SGMEDIA_CONFIG"] || undefined);
  if (named !== undefined) {
    return [await loadNamedFile(named, cwd, byFlag === undefined ? "SGMEDIA_CONFIG" : "--config")];
  }
  const found = [await findNearestFile(cwd), await findFileOfUser(configDir)];
  const files = found.filter((file): file is CheckedFile => file !== undefined);
  return files.filter((file, index) => files.findIndex(({ path }) => path === file.path) === index);
}

function checkProfile(profile: Setting<string>, files: readonly CheckedFile[]): void {
  const known = files.flatMap((file) => Object.keys(file.profiles));
  if (known.includes(profile.value)) return;
  const [near] = suggestNames(profile.value, known);
  throw new SgmediaError("E_CONFIG", `There is no profile "${profile.value}".`, {
    why:
      known.length > 0
        ? `${profile.origin} asks for it; there are ${[...new Set(known)].join(", ")}.`
        : `${profile.origin} asks for it, and no configuration file has profiles.`,
    fix: near ? `Did you mean "${near}"?` : "Add it under profiles; .sgrc.example shows how.",
  });
}

/** A profile asked for by name, whose site the environment overrules: right by the rules, and easily not what was meant. */
function overruledProfile(set: SetValues, files: readonly CheckedFile[], ranksAbove: number): string[] {
  const { profile, site } = set;
  if (profile?.origin !== "flag --profile" || !site || site.rank === 0 || site.rank >= ranksAbove) return [];
  if (!files.some((file) => file.profiles[profile.value]?.["site"] != null)) return [];
  return [
    `${site.origin} goes before the site of profile "${profile.value}". Unset it to use the profile's.`,
  ];
}

function scriptNames(layers: readonly Layer[]): NamedLayer[] {
  return layers.flatMap((layer, rank) => {
    const name = layer.get("scriptName");
    return name ? [{ rank, scriptName: String(name.raw).trim(), origin: name.origin }] : [];
  });
}

async function caFileOf(set: SetValues, cwd: string): Promise<Setting<string | null>> {
  if (!set.caFile) return unset;
  const path = resolve(cwd, set.caFile.value);
  try {
    await access(path, constants.R_OK);
  } catch (thrown) {
    throw new SgmediaError("E_CONFIG", `The certificate file ${path} cannot be read.`, {
      why: `It comes from ${set.caFile.origin}.`,
      fix: "Correct the variable, or unset it.",
      cause: thrown,
    });
  }
  return { value: path, origin: set.caFile.origin };
}

function transferSettings(set: SetValues) {
  return {
    jobs: orDefault(set.jobs, 8),
    partJobs: plain(set.partJobs) ?? unset,
    partSizeBytes: plain(set.partSize) ?? unset,
    limitRateBytes: plain(set.limitRate) ?? unset,
    retries: orDefault(set.retries, 5),
    stallTimeoutSeconds: orDefault(set.stallTimeout, 60),
    connectTimeoutSeconds: orDefault(set.connectTimeout, 15),
    ifExists: plain(set.ifExists) ?? unset,
    verify: orDefault(set.verify, false),
    waitSeconds: plain(set.wait) ?? unset,
  };
}

function screenSettings(set: SetValues) {
  return {
    json: orDefault(set.json, false),
    progress: orDefault(set.progress, "auto"),
    quiet: orDefault(set.quiet, false),
    verbose: orDefault(set.verbose, false),
    noColor: orDefault(set.noColor, false),
    noInput: orDefault(set.noInput, false),
  };
}
