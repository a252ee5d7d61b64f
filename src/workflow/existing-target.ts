import { lstat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { numberedName } from "../paths/clean-name.ts";
import { SgmediaError, toSgmediaError } from "../shared/errors.ts";
import type { StoredFacts } from "../transfer/types.ts";
import type { DownloadItem } from "./download-item.ts";
import { portOf } from "./download-port.ts";
import type { IfDownloaded, Work } from "./types.ts";

export type TargetDecision =
  | { readonly kind: "write"; readonly path: string; readonly replace: boolean }
  /** The file here has the bytes that are there. */
  | { readonly kind: "skip"; readonly facts: StoredFacts };

/** To fetch a smaller file anew costs no more than to ask what is stored. */
const WORTH_ASKING_BYTES = 1024 * 1024;

/**
 * What `--if-exists` says about a target. Equal bytes are left alone; other bytes are never overwritten unless it says so. That holds for
 * `overwrite` too, so that a download which was killed after its file was in place is not made a second time. A link at the target
 * counts as something there, and is replaced, never written through.
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
  if (rule === "number") return { kind: "write", path: await freeNumber(wanted), replace: false };
  const isAsked = rule === "skip" || (rule === "overwrite" && facts.size > WORTH_ASKING_BYTES);
  if (isAsked && facts.isFile() && item.from !== null) {
    const stored = await work.engine.facts(portOf(work, item), work.signal);
    if (stored && (await holdsThose(work, wanted, stored, rule))) return { kind: "skip", facts: stored };
  }
  if (rule === "overwrite") return { kind: "write", path: wanted, replace: true };
  throw new SgmediaError("E_EXISTS", `"${wanted}" is there already.`, {
    why:
      rule === "skip"
        ? "Its bytes are not those on the site, or cannot be proven to be."
        : "--if-exists fail was asked for.",
    fix: "Use --if-exists overwrite or --if-exists number, or give another place with -o.",
  });
}

async function holdsThose(
  work: Work,
  path: string,
  stored: StoredFacts,
  rule: IfDownloaded,
): Promise<boolean> {
  try {
    return (await work.engine.compare(path, stored, work.signal)) === "same";
  } catch (thrown) {
    // What cannot be read can still be overwritten.
    const isOfFile = /^E_(?:INPUT|SOURCE)_/.test(toSgmediaError(thrown).code);
    if (rule === "overwrite" && isOfFile) return false;
    throw thrown;
  }
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
