import { mapFromRv } from "./rv-map.ts";
import {
  type Environment,
  isSpelledFor,
  OS_NAMES,
  type OsName,
  type PerOs,
  parseLocalPath,
  spellLocalPath,
} from "./spelling.ts";
import { joinRoots, matchStorage, type StorageHit, type StorageRoots } from "./storages.ts";

/** What a path was mapped by. `ambiguous`: storages that give it different spellings there. */
export type MapRule =
  | { readonly kind: "storage"; readonly storage: { readonly id: number; readonly name: string } }
  | { readonly kind: "rv"; readonly variables: readonly string[] }
  | { readonly kind: "ambiguous"; readonly storages: readonly string[] }
  | { readonly kind: "none" };

export interface MappedPath {
  /** In the system's own separators; null where no rule gives it. */
  readonly path: string | null;
  readonly rule: MapRule;
}

interface MapBy {
  readonly storages: readonly StorageRoots[];
  readonly env: Environment;
}

/**
 * A path of any system as another one spells it: through the site's storages, else through RV_OS_PATH_*. A leading
 * `${RV_PATHSWAP_x}` is replaced first. Roots end where a name ends, other than in RV itself (contract/rv-paths.md 7.5).
 */
export function mapPathForOs(path: string, target: OsName, by: MapBy): MappedPath {
  const plain = expandSwap(path, by.env);
  const hits = hitsFor(plain, by.storages).flatMap((hit) => {
    const spelled = joinRoots(hit.storage, hit.relativePath)[target];
    return spelled === null ? [] : [{ hit, spelled }];
  });
  const [first] = hits;
  if (first && hits.every(({ spelled }) => spelled === first.spelled)) {
    const { id, name } = first.hit.storage;
    return { path: respell(first.spelled), rule: { kind: "storage", storage: { id, name } } };
  }
  if (first) {
    return {
      path: null,
      rule: { kind: "ambiguous", storages: hits.map(({ hit }) => hit.storage.name) },
    };
  }
  const mapped = mapFromRv(plain, by.env, target);
  if (mapped.variables.length > 0) {
    return { path: respell(mapped.path), rule: { kind: "rv", variables: mapped.variables } };
  }
  const own = ownRootVariable(plain, by.env, target);
  if (own !== undefined) return { path: respell(plain), rule: { kind: "rv", variables: [own] } };
  return { path: null, rule: { kind: "none" } };
}

/**
 * What each system would open for a stored path: mapped where a storage or RV's variables say how, as it stands where it is spelled
 * for that system and nothing maps it, null otherwise. Never throws.
 */
export function describePathPerOs(path: string, storages: readonly StorageRoots[], env: Environment): PerOs {
  const plain = expandSwap(path, env);
  const parsed = parseLocalPath(plain);
  const mapped = OS_NAMES.map((os) => [os, mapPathForOs(plain, os, { storages, env }).path] as const);
  const known = mapped.some(([, each]) => each !== null);
  const asItStands = (os: OsName): string | null =>
    !known && parsed && isSpelledFor(parsed, os) ? respell(plain) : null;
  const perOs = Object.fromEntries(mapped.map(([os, each]) => [os, each ?? asItStands(os)]));
  return { windows: perOs["windows"] ?? null, mac: perOs["mac"] ?? null, linux: perOs["linux"] ?? null };
}

/** Whether a path begins with one of RV's swap variables, which stands for a root on every system. */
export function hasPathSwap(path: string): boolean {
  return /^\$\{RV_PATHSWAP_[^}]+\}/.test(path);
}

/** The path with a leading `${RV_PATHSWAP_x}` replaced by this environment's value; as it is where the variable is not set. */
export function expandSwap(path: string, env: Environment): string {
  if (!hasPathSwap(path)) return path;
  const mapped = mapFromRv(path, env, "linux");
  return mapped.variables.length > 0 ? mapped.path : path;
}

function hitsFor(path: string, storages: readonly StorageRoots[]): readonly StorageHit[] {
  const match = matchStorage(storages, path);
  return match.kind === "none" ? [] : match.kind === "match" ? [match] : match.hits;
}

/** The target's own variable that the path lies under already: RV maps nothing then. */
function ownRootVariable(path: string, env: Environment, target: OsName): string | undefined {
  const word = { windows: "WINDOWS", mac: "OSX", linux: "LINUX" }[target];
  const roots = Object.entries(env).flatMap(([name, value], id) =>
    name.startsWith(`RV_OS_PATH_${word}`) && value
      ? [{ id, name, windows: null, mac: null, linux: null, [target]: value }]
      : [],
  );
  return hitsFor(path, roots)[0]?.storage.name;
}

function respell(path: string): string {
  const parsed = parseLocalPath(path);
  return parsed ? spellLocalPath(parsed) : path;
}
