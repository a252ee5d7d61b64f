import { basename, extname } from "node:path";
import { defaultLoaders } from "cosmiconfig";
import * as explorerModule from "cosmiconfig/dist/Explorer.js";
import * as v from "valibot";
import { SgmediaError } from "../shared/errors.ts";

/**
 * cosmiconfig, held to data. Its front door looks for options of its own in the working directory first and runs
 * `.config/config.js` there; the class behind that door does not. Every loader that would run a program is replaced.
 */
interface Explorer {
  /** The first configuration file in one folder. */
  search(folder: string): Promise<unknown>;
  load(file: string): Promise<unknown>;
}
type ExplorerClass = new (options: Readonly<Record<string, unknown>>) => Explorer;

const PROJECT_PLACES = [".sgrc", ".sgrc.json", ".sgrc.yaml", ".sgrc.yml", "package.json"];
const USER_PLACES = [
  "config",
  "config.json",
  "config.yaml",
  "config.yml",
  ".sgrc",
  ".sgrc.json",
  ".sgrc.yaml",
  ".sgrc.yml",
];

const Found = v.nullish(v.object({ filepath: v.string(), config: v.unknown() }));

/** A configuration file as it was read: still `unknown` inside. */
export interface ConfigFile {
  readonly path: string;
  readonly content: unknown;
}

export async function findProjectFile(folder: string): Promise<ConfigFile | undefined> {
  return read(await createExplorer(PROJECT_PLACES).search(folder));
}

export async function findUserFile(folder: string): Promise<ConfigFile | undefined> {
  return read(await createExplorer(USER_PLACES).search(folder));
}

/** One file by its path. Throws E_CONFIG where it is no data file; system errors as they are. */
export async function loadConfigFile(path: string): Promise<ConfigFile | undefined> {
  return read(await createExplorer(PROJECT_PLACES).load(path));
}

function read(result: unknown): ConfigFile | undefined {
  const found = v.parse(Found, result);
  return found ? { path: found.filepath, content: found.config } : undefined;
}

function createExplorer(searchPlaces: readonly string[]): Explorer {
  const { Explorer } = explorerModule as unknown as { Explorer: ExplorerClass };
  return new Explorer({
    moduleName: "sgmedia",
    searchPlaces: [...searchPlaces],
    searchStrategy: "none",
    ignoreEmptySearchPlaces: false,
    cache: false,
    mergeImportArrays: true,
    mergeSearchPlaces: false,
    metaConfigFilePath: null,
    transform: (result: unknown) => result,
    loaders: { ".json": loadJson, ".yaml": loadYaml, ".yml": loadYaml, noExt: loadYaml, default: loadOther },
  });
}

function loadJson(path: string, content: string): unknown {
  // A package.json that has nothing for us need not even be well-formed.
  if (basename(path) === "package.json" && !content.includes('"sgmedia"')) return {};
  try {
    return withoutImports(path, JSON.parse(content.replace(/^\uFEFF/, "")));
  } catch (thrown) {
    if (thrown instanceof SgmediaError) throw thrown;
    // The parser's own words quote the file, and the file may hold a key: only the place is told.
    const at = /position (\d+)/.exec(thrown instanceof Error ? thrown.message : "")?.[1];
    throw notReadable(
      path,
      "JSON",
      at === undefined ? undefined : content.slice(0, Number(at)).split("\n").length,
    );
  }
}

function loadYaml(path: string, content: string): unknown {
  try {
    return withoutImports(path, defaultLoaders[".yaml"](path, content));
  } catch (thrown) {
    if (thrown instanceof SgmediaError) throw thrown;
    const mark = (thrown as { mark?: { line?: unknown } }).mark?.line;
    throw notReadable(path, "YAML", typeof mark === "number" ? mark + 1 : undefined);
  }
}

function loadOther(path: string): never {
  throw new SgmediaError("E_CONFIG", `${path} is no configuration file that sgmedia reads.`, {
    why: `Configuration is data and never run as a program; "${extname(path)}" is neither JSON nor YAML.`,
    fix: "Give a file that ends in .json, .yaml or .yml, or an .sgrc.",
  });
}

/** cosmiconfig would follow `$import` to other files, whose values would then pass for this file's. */
function withoutImports(path: string, content: unknown): unknown {
  const own =
    basename(path) === "package.json" ? (content as { sgmedia?: unknown } | null)?.sgmedia : content;
  if (typeof own === "object" && own !== null && Object.hasOwn(own, "$import")) {
    throw new SgmediaError("E_CONFIG", `${path} has a key that sgmedia does not know: "$import".`, {
      why: "A configuration file stands alone.",
      fix: "Copy what it imports into it.",
    });
  }
  return content;
}

function notReadable(path: string, format: string, line: number | undefined): SgmediaError {
  return new SgmediaError(
    "E_CONFIG",
    `${path}${line === undefined ? "" : `, line ${line}`}: this is no ${format}.`,
    {
      why: "The file cannot be read as it stands.",
      fix: "Correct it; .sgrc.example shows every key.",
    },
  );
}
