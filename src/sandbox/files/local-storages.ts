import type { Row, Store } from "../types.ts";

const COLUMNS = ["windows_path", "mac_path", "linux_path"] as const;

/** Forward slashes, no slash at the end; the two leading slashes of a UNC root stay. */
function cleanRoot(root: string): string {
  return root.replaceAll("\\", "/").replace(/\/+$/, "");
}

function liveStorages(store: Store): Row[] {
  return [...store.rows("LocalStorage")].filter((row) => !row.retired);
}

export interface StorageMatch {
  storage: Row;
  /** Forward slashes, no slash in front. */
  relativePath: string;
}

/**
 * The storage whose root is the deepest one above the path, on whichever OS column, on a component boundary; of two
 * identical roots the higher id (contract/local-storage.md B). Drive letters and Windows roots are compared without case.
 * The path has forward slashes; one that has backslashes matches nothing.
 */
export function matchStorage(store: Store, path: string): StorageMatch | undefined {
  if (path.includes("\\")) return undefined;
  let best: { match: StorageMatch; depth: number } | undefined;
  for (const storage of liveStorages(store)) {
    for (const column of COLUMNS) {
      const value = storage.fields[column];
      if (typeof value !== "string" || value === "") continue;
      const root = cleanRoot(value);
      const head = path.slice(0, root.length);
      const equal = column === "windows_path" ? head.toLowerCase() === root.toLowerCase() : head === root;
      const rest = path.slice(root.length);
      if (!equal || !rest.startsWith("/") || rest.replace(/^\/+/, "") === "") continue;
      const depth = root.length;
      if (!best || depth > best.depth || (depth === best.depth && storage.id >= best.match.storage.id)) {
        best = { match: { storage, relativePath: rest.replace(/^\/+/, "") }, depth };
      }
    }
  }
  return best?.match;
}

/** Whether the path, its backslashes turned, is under a Windows root. */
export function isUnderWindowsRoot(store: Store, path: string): boolean {
  const forward = path.replaceAll("\\", "/").toLowerCase();
  return liveStorages(store).some((storage) => {
    const root = storage.fields["windows_path"];
    return typeof root === "string" && root !== "" && forward.startsWith(`${cleanRoot(root).toLowerCase()}/`);
  });
}

/** The paths on each OS that a storage makes of a relative path; null where the storage has no root. */
export function localPaths(
  storage: Row | undefined,
  relativePath: string,
): Record<"local_path_linux" | "local_path_mac" | "local_path_windows", string | null> {
  const root = (column: (typeof COLUMNS)[number]): string | null => {
    const value = storage?.fields[column];
    return typeof value === "string" && value !== "" ? value : null;
  };
  const slashed = (at: string | null) => (at === null ? null : `${at.replace(/\/+$/, "")}/${relativePath}`);
  const windows = root("windows_path");
  return {
    local_path_linux: slashed(root("linux_path")),
    local_path_mac: slashed(root("mac_path")),
    local_path_windows:
      windows === null ? null : `${windows.replace(/[\\/]+$/, "")}\\${relativePath.replaceAll("/", "\\")}`,
  };
}
