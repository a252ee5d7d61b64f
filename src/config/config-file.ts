import { stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import * as v from "valibot";
import { SgmediaError, systemCode } from "../shared/errors.ts";
import { suggestNames } from "../shared/suggest.ts";
import { type ConfigFile, findProjectFile, findUserFile, loadConfigFile } from "./explorer.ts";
import { FILE_KEYS } from "./keys.ts";

/** A configuration file, checked in its outline: keys are known, values are still raw. */
export interface CheckedFile {
  readonly path: string;
  readonly own: Readonly<Record<string, unknown>>;
  readonly profiles: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const Section = v.record(v.string(), v.unknown());

/** The nearest project file from `cwd` upwards; undefined where there is none. */
export async function findNearestFile(cwd: string): Promise<CheckedFile | undefined> {
  for (let folder = resolve(cwd), above = ""; folder !== above; above = folder, folder = dirname(folder)) {
    const found = await findProjectFile(folder);
    if (found && (found.content != null || basename(found.path) !== "package.json")) return checkFile(found);
  }
  return undefined;
}

export async function findFileOfUser(folder: string): Promise<CheckedFile | undefined> {
  const found = await findUserFile(folder);
  return found ? checkFile(found) : undefined;
}

/** The file of `--config`. Throws E_CONFIG where it does not exist. */
export async function loadNamedFile(path: string, cwd: string, origin: string): Promise<CheckedFile> {
  const full = resolve(cwd, path);
  const data = [".json", ".yaml", ".yml", ".sgrc", ""].includes(extname(full));
  try {
    if (data && (await stat(full)).isDirectory()) {
      throw new SgmediaError("E_CONFIG", `${full} is a folder.`, {
        fix: `Name the file: ${join(full, ".sgrc")}`,
      });
    }
    const found = await loadConfigFile(full);
    return checkFile(found ?? { path: full, content: undefined });
  } catch (thrown) {
    if (thrown instanceof SgmediaError) throw thrown;
    throw new SgmediaError("E_CONFIG", `The configuration file ${full} cannot be read.`, {
      why: `${origin} names it, and the system answered ${systemCode(thrown) ?? String(thrown)}.`,
      fix: "Check the path.",
      cause: thrown,
    });
  }
}

function checkFile(file: ConfigFile): CheckedFile {
  if (file.content == null) return { path: file.path, own: {}, profiles: {} };
  const content = section(file.path, null, file.content);
  const { profiles, ...own } = content;
  checkKeys(file.path, null, own, [...FILE_KEYS, "profiles"]);
  const checked: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const [name, value] of Object.entries(
    profiles === undefined ? {} : section(file.path, "profiles", profiles),
  )) {
    const profile = section(file.path, `profiles.${name}`, value ?? {});
    checkKeys(
      file.path,
      `profiles.${name}`,
      profile,
      FILE_KEYS.filter((key) => key !== "profile"),
    );
    checked[name] = profile;
  }
  return { path: file.path, own, profiles: checked };
}

function section(path: string, key: string | null, value: unknown): Record<string, unknown> {
  const parsed = v.safeParse(Section, value);
  if (parsed.success && !Array.isArray(value)) return parsed.output;
  throw new SgmediaError(
    "E_CONFIG",
    key === null ? `${path} holds no settings.` : `${path}: "${key}" holds no settings.`,
    {
      why: `It takes keys with values, and holds ${Array.isArray(value) ? "a list" : value === null ? "nothing" : typeof value}.`,
      fix: "See .sgrc.example.",
    },
  );
}

function checkKeys(path: string, under: string | null, keys: object, known: readonly string[]): void {
  for (const key of Object.keys(keys)) {
    if (known.includes(key)) continue;
    const [near] = suggestNames(key, known);
    throw new SgmediaError(
      "E_CONFIG",
      `${path} has a key that sgmedia does not know: "${under === null ? "" : `${under}.`}${key}".`,
      {
        why: NEVER_IN_A_FILE.has(key)
          ? "It is read from the environment only."
          : `It knows ${known.join(", ")}.`,
        fix: NEVER_IN_A_FILE.get(key) ?? (near ? `Did you mean "${near}"?` : "Remove it."),
      },
    );
  }
}

const NEVER_IN_A_FILE = new Map([
  ["password", "Set SGMEDIA_PASSWORD."],
  ["authToken", "Set SGMEDIA_AUTH_TOKEN."],
  ["sessionToken", "Set SGMEDIA_SESSION_TOKEN."],
]);
