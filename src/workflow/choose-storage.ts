import { checkLocalPath, checkRelativePath } from "../paths/check-path.ts";
import { matchStorage, nearestRoots } from "../paths/storages.ts";
import { SgmediaError } from "../shared/errors.ts";
import { suggestNames } from "../shared/suggest.ts";
import type { LocalStorageRow } from "../site/types.ts";
import type { LinkLocalInput } from "./types.ts";

export interface ChosenStorage {
  readonly storage: LocalStorageRow;
  /** Forward slashes. */
  readonly relativePath: string;
}

/**
 * The storage that a path is linked through: the one that was named, else the one with the deepest root above it. Throws
 * E_NO_STORAGE_ROOT with the roots, E_AMBIGUOUS, E_USAGE.
 */
export function chooseStorage(
  storages: readonly LocalStorageRow[],
  input: Pick<LinkLocalInput, "path" | "storage" | "relative">,
): ChosenStorage {
  const named = input.storage === null ? null : storageNamed(storages, input.storage);
  if (input.relative) {
    if (!named) {
      throw new SgmediaError("E_USAGE", "--relative needs --storage.", {
        why: "The path is relative to a storage, and none is named.",
        fix: storages[0] ? `Add --storage ${storages[0].name}` : "Add --storage <name>",
      });
    }
    return { storage: named, relativePath: checkRelativePath(input.path) };
  }
  const path = checkLocalPath(input.path).text;
  const among = named ? [named] : storages;
  const match = matchStorage(among, path);
  if (match.kind === "none") throw noRoot(among, path, named);
  if (match.kind === "ambiguous") {
    const names = match.hits.map((hit) => `${hit.storage.name} (${hit.storage.id})`);
    throw new SgmediaError("E_AMBIGUOUS", `${path} lies under the same root of ${names.length} storages.`, {
      why: `They are ${names.join(", ")}.`,
      fix: `Say which: --storage ${match.hits[0]?.storage.id}`,
    });
  }
  if (match.relativePath === "") {
    throw new SgmediaError("E_USAGE", `${path} is the root of the storage ${match.storage.name} itself.`, {
      fix: "Give a file under it.",
    });
  }
  if (match.relativePath.includes("\\")) {
    throw new SgmediaError("E_USAGE", `${path} has a backslash in a name.`, {
      why: "The site takes no backslash in a local link, and Windows could not open it.",
      fix: "Rename the file.",
    });
  }
  const storage = among.find((each) => each.id === match.storage.id);
  if (!storage) throw noRoot(among, path, named);
  return { storage, relativePath: match.relativePath };
}

function storageNamed(storages: readonly LocalStorageRow[], key: string): LocalStorageRow {
  const found =
    storages.find((each) => each.name === key) ??
    storages.find((each) => /^\d+$/.test(key) && each.id === Number(key)) ??
    storages.find((each) => each.name.toLowerCase() === key.toLowerCase());
  if (found) return found;
  const names = storages.map((each) => each.name);
  const [near] = suggestNames(key, names);
  throw new SgmediaError("E_NO_STORAGE_ROOT", `The site has no local storage "${key}".`, {
    why: names.length > 0 ? `It has ${names.join(", ")}.` : "It has none.",
    fix: near ? `Did you mean --storage ${near}?` : "Ask an administrator of the site for the storage.",
  });
}

function noRoot(
  storages: readonly LocalStorageRow[],
  path: string,
  named: LocalStorageRow | null,
): SgmediaError {
  const roots = nearestRoots(storages, path, 12);
  const where = named ? `the storage ${named.name}` : "any local storage of the site";
  return new SgmediaError("E_NO_STORAGE_ROOT", `${path} is not under ${where}.`, {
    why: roots.length > 0 ? `The roots are ${roots.join("; ")}.` : "No root is defined.",
    fix: "Upload the file with sgmedia upload, link its address with sgmedia link-url, or ask an administrator for a storage.",
  });
}
