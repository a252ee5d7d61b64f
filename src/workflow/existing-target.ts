import { lstat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { numberedName } from "../paths/clean-name.ts";
import { SgmediaError } from "../shared/errors.ts";
import type { StoredFacts } from "../transfer/types.ts";
import type { DownloadItem } from "./download-item.ts";
import { portOf } from "./download-port.ts";
import type { IfDownloaded, Work } from "./types.ts";

export type TargetDecision =
  | { readonly kind: "write"; readonly path: string; readonly replace: boolean }
  /** The file here has the bytes that are there. */
  | { readonly kind: "skip"; readonly facts: StoredFacts };

/**
 * What `--if-exists` says about a target. By default equal bytes are left alone and other bytes are never overwritten. A link at
 * the target counts as something there, and is replaced, never written through.
 */
export async function decideTarget(
  work: Work,
  ifExists: IfDownloaded | null,
  item: DownloadItem,
  wanted: string,
): Promise<TargetDecision> {
  const facts = await lstat(wanted).catch(() => undefined);
  if (!facts) return { kind: "write", path: wanted, replace: false };
  if (facts.isDirectory()) {
    throw new SgmediaError("E_EXISTS", `"${wanted}" is a folder.`, { fix: "Give another name with -o." });
  }
  const rule = ifExists ?? "skip";
  if (rule === "overwrite") return { kind: "write", path: wanted, replace: true };
  if (rule === "number") return { kind: "write", path: await freeNumber(wanted), replace: false };
  if (rule === "skip" && facts.isFile() && item.from !== null) {
    const stored = await work.engine.facts(portOf(work, item), work.signal);
    if (stored && (await work.engine.compare(wanted, stored, work.signal)) === "same")
      return { kind: "skip", facts: stored };
  }
  throw new SgmediaError("E_EXISTS", `"${wanted}" is there already.`, {
    why:
      rule === "skip"
        ? "Its bytes are not those on the site, or cannot be proven to be."
        : "--if-exists fail was asked for.",
    fix: "Use --if-exists overwrite or --if-exists number, or give another place with -o.",
  });
}

async function freeNumber(wanted: string): Promise<string> {
  for (let n = 2; ; n += 1) {
    const path = join(dirname(wanted), numberedName(basename(wanted), n));
    if (!(await lstat(path).catch(() => undefined))) return path;
  }
}

/** Gives each target of a command to one item only: two of one name are numbered, in the order they come. */
export function reserveTarget(wanted: string, taken: Set<string>): string {
  let target = wanted;
  for (let n = 2; taken.has(target.toLowerCase()); n += 1)
    target = join(dirname(wanted), numberedName(basename(wanted), n));
  taken.add(target.toLowerCase());
  return target;
}
