import { foldName, type LocalPath, OS_NAMES, type OsName, type PerOs, parseLocalPath } from "./spelling.ts";

/** A LocalStorage of the site: a named root with its spelling on each system (contract/local-storage.md A). */
export interface StorageRoots extends PerOs {
  readonly id: number;
  readonly name: string;
}

export interface StorageHit {
  readonly storage: StorageRoots;
  /** The column whose root is above the path. */
  readonly os: OsName;
  /** That root as the row spells it. */
  readonly root: string;
  /** Forward slashes, spelled as in the path; empty when the path is the root itself. */
  readonly relativePath: string;
}

/** `ambiguous`: several storages have a root that is equally deep and equally well spelled. */
export type StorageMatch =
  | ({ readonly kind: "match" } & StorageHit)
  | { readonly kind: "ambiguous"; readonly hits: readonly StorageHit[] }
  | { readonly kind: "none" };

interface Ranked extends StorageHit {
  readonly depth: number;
  /** The root stands in the path letter by letter. */
  readonly exact: boolean;
}

/**
 * The storage whose root is the deepest one above an absolute path, on whichever system's column, on a component boundary. Windows
 * and macOS roots compare without case, Linux ones with it; of roots equally deep the one spelled as in the path wins
 * (contract/local-storage.md B, C and D1).
 */
export function matchStorage(storages: readonly StorageRoots[], path: string): StorageMatch {
  const parsed = parseLocalPath(path);
  if (!parsed) return { kind: "none" };
  const hits = storages.flatMap((storage) => OS_NAMES.flatMap((os) => hitOf(storage, os, parsed) ?? []));
  const [best] = hits.sort(
    (a, b) => b.depth - a.depth || Number(b.exact) - Number(a.exact) || b.storage.id - a.storage.id,
  );
  if (!best) return { kind: "none" };
  const equals = hits.filter((hit) => hit.depth === best.depth && hit.exact === best.exact);
  const perStorage = [...new Map(equals.map((hit) => [hit.storage.id, hit])).values()];
  return perStorage.length > 1 ? { kind: "ambiguous", hits: perStorage } : { kind: "match", ...best };
}

function hitOf(storage: StorageRoots, os: OsName, path: LocalPath): Ranked | undefined {
  const root = storage[os]?.trim() ?? "";
  const parsed = parseLocalPath(root);
  if (!parsed || parsed.kind !== path.kind || parsed.parts.length > path.parts.length) return undefined;
  const mine = [parsed.anchor, ...parsed.parts];
  const theirs = [path.anchor, ...path.parts.slice(0, parsed.parts.length)];
  if (mine.some((part, at) => foldName(part, os) !== foldName(theirs[at] ?? "", os))) return undefined;
  return {
    storage,
    os,
    root,
    relativePath: path.parts.slice(parsed.parts.length).join("/"),
    depth: mine.length,
    exact: mine.every((part, at) => part === theirs[at]),
  };
}

/**
 * A path under a storage, on each system: the row's own spelling of the root, then the rest with that system's separators
 * (contract/local-storage.md B). Null where the row has no root.
 */
export function joinRoots(storage: StorageRoots, relativePath: string): PerOs {
  const join = (root: string | null, separator: "/" | "\\"): string | null => {
    const text = root?.trim() ?? "";
    if (text === "") return null;
    const stem = text.replace(separator === "/" ? /\/+$/ : /[\\/]+$/, "");
    if (relativePath === "") return stem === "" || /^[A-Za-z]:$/.test(stem) ? `${stem}${separator}` : stem;
    return `${stem}${separator}${separator === "/" ? relativePath : relativePath.replaceAll("/", "\\")}`;
  };
  return {
    windows: join(storage.windows, "\\"),
    mac: join(storage.mac, "/"),
    linux: join(storage.linux, "/"),
  };
}

/** The roots most like a path, best first, for a message: `primary: /mnt/projects`. */
export function nearestRoots(storages: readonly StorageRoots[], path: string, most = 6): string[] {
  const wanted = parseLocalPath(path);
  return storages
    .flatMap((storage) =>
      OS_NAMES.flatMap((os) => {
        const root = storage[os]?.trim() ?? "";
        return root === "" ? [] : [{ name: storage.name, root, near: sharedParts(wanted, root) }];
      }),
    )
    .sort((a, b) => b.near - a.near)
    .slice(0, most)
    .map(({ name, root }) => `${name}: ${root}`);
}

/** -1 for a root of another kind, else how many leading names agree without case. */
function sharedParts(path: LocalPath | undefined, root: string): number {
  const parsed = parseLocalPath(root);
  if (!path || !parsed || parsed.kind !== path.kind) return -1;
  const differs = parsed.parts.findIndex(
    (part, at) => part.toLowerCase() !== (path.parts[at] ?? "").toLowerCase(),
  );
  return differs === -1 ? parsed.parts.length : differs;
}
