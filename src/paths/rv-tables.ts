import type { Environment, OsName } from "./spelling.ts";

/** The word that RV's variables use for a system: it is OSX, not MAC (contract/rv-paths.md 1). */
const RV_WORDS = { mac: "OSX", linux: "LINUX", windows: "WINDOWS" } as const satisfies Record<OsName, string>;

export interface RvSwap {
  /** `RV_PATHSWAP_ROOT`. */
  readonly variable: string;
  readonly value: string;
}

export interface RvRoot {
  /** Cleaned: forward slashes, none at the end. */
  readonly from: string;
  readonly to: string;
  /** The two variables, source first: `RV_OS_PATH_OSX_REF`. */
  readonly variables: readonly [string, string];
}

export interface RvTable {
  readonly source: OsName;
  readonly roots: readonly RvRoot[];
  readonly ignoresCase: boolean;
}

export interface RvTables {
  readonly swaps: readonly RvSwap[];
  /** In the order in which RV tries them: OSX, LINUX, WINDOWS. The host's own is empty. */
  readonly tables: readonly RvTable[];
}

/**
 * What RV makes of its variables on a host: names are compared with case, empty values and values with a `=` are ignored, a pair
 * needs the same suffix on both systems (contract/rv-paths.md 1, "Building the tables").
 */
export function buildRvTables(env: Environment, host: OsName): RvTables {
  const usable = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && value !== "" && !value.includes("=") ? [[name, value] as const] : [],
  );
  const values = new Map(usable);
  const swaps = usable
    .filter(([name]) => /^RV_PATHSWAP_./.test(name))
    .map(([variable, value]) => ({ variable, value }));
  const tables = (["mac", "linux", "windows"] as const).map((source): RvTable => {
    const head = `RV_OS_PATH_${RV_WORDS[source]}`;
    const roots = usable.flatMap(([name, value]): RvRoot[] => {
      if (source === host || !name.startsWith(head)) return [];
      const partner = `RV_OS_PATH_${RV_WORDS[host]}${name.slice(head.length)}`;
      const to = values.get(partner);
      const from = cleanRvPath(value);
      return to === undefined || from === "/" ? [] : [{ from, to, variables: [name, partner] }];
    });
    return { source, roots, ignoresCase: host === "windows" || source === "windows" };
  });
  return { swaps, tables };
}

/**
 * RV's cleaning of a name: every backslash turned, doubled slashes made one except at the very front (UNC) and after a colon (URL),
 * one slash at the end taken off.
 */
export function cleanRvPath(path: string): string {
  const slashed = path
    .replaceAll("\\", "/")
    .replace(/\/{2,}/g, (_run, at: number, whole: string) =>
      at === 0 || whole[at - 1] === ":" ? "//" : "/",
    );
  return slashed.length > 1 && slashed.endsWith("/") ? slashed.slice(0, -1) : slashed;
}
