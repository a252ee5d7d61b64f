import { buildRvTables, cleanRvPath, type RvRoot, type RvSwap, type RvTable } from "./rv-tables.ts";
import type { Environment, OsName } from "./spelling.ts";

/** `component`: a root ends where a name ends. `prefix`: RV's own, so that /shows also takes /showsX. */
export type RvBoundary = "component" | "prefix";

export interface RvOptions {
  readonly boundary?: RvBoundary;
}

export interface RvMapped {
  /** Cleaned, forward slashes only. */
  readonly path: string;
  /** The variables that changed it; empty when none did. */
  readonly variables: readonly string[];
}

/**
 * A name as RV reads it on a host: cleaned, a leading `${RV_PATHSWAP_x}` replaced, and only where that changed nothing the first of
 * the OSX, LINUX and WINDOWS tables that fits, its longest root (contract/rv-paths.md 1).
 */
export function mapFromRv(path: string, env: Environment, host: OsName, options: RvOptions = {}): RvMapped {
  const boundary = options.boundary ?? "component";
  const { swaps, tables } = buildRvTables(env, host);
  const clean = cleanRvPath(path);
  const swap = swaps.find(({ variable }) => clean.startsWith(`\${${variable}}`));
  if (swap) {
    const rest = clean.slice(swap.variable.length + 3);
    return { path: cleanRvPath(`${swap.value}${rest}`), variables: [swap.variable] };
  }
  for (const table of tables) {
    const root = longestRoot(table, clean, boundary);
    if (!root) continue;
    const path = cleanRvPath(`${root.to}${clean.slice(root.from.length)}`);
    if (path !== clean) return { path, variables: root.variables };
  }
  return { path: clean, variables: [] };
}

/**
 * A name as RV writes it into a session: a leading value of an RV_PATHSWAP variable becomes the variable, the longest value first.
 * The path is not cleaned. RV_OS_PATH has no part in it (contract/rv-paths.md 1).
 */
export function mapToRv(path: string, env: Environment, host: OsName, options: RvOptions = {}): RvMapped {
  const boundary = options.boundary ?? "component";
  const fold = (text: string): string => (host === "windows" ? asciiLower(text) : text);
  const swapRoot = ({ value }: RvSwap): string =>
    boundary === "component" ? value.replace(/\/+$/, "") : value;
  const [best] = buildRvTables(env, host)
    .swaps.filter((swap) => swapRoot(swap) !== "" && startsAt(fold(path), fold(swapRoot(swap)), boundary))
    .sort((a, b) => swapRoot(b).length - swapRoot(a).length);
  if (!best) return { path, variables: [] };
  return { path: `\${${best.variable}}${path.slice(swapRoot(best).length)}`, variables: [best.variable] };
}

function longestRoot(table: RvTable, path: string, boundary: RvBoundary): RvRoot | undefined {
  const fold = (text: string): string => (table.ignoresCase ? asciiLower(text) : text);
  const [best] = table.roots
    .filter((root) => startsAt(fold(path), fold(root.from), boundary))
    .sort((a, b) => b.from.length - a.from.length);
  return best;
}

function startsAt(path: string, root: string, boundary: RvBoundary): boolean {
  if (!path.startsWith(root)) return false;
  return (
    boundary === "prefix" || root.endsWith("/") || path.length === root.length || path[root.length] === "/"
  );
}

/** ASCII only, so that no letter changes its length and slices stay right. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
