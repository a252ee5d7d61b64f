import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import {
  type FoundSequence,
  FramesAbsent,
  findSequence,
  isMovieName,
  isSequenceText,
  readFrameName,
  readSequence,
} from "../media/frames/index.ts";
import { checkLocalPath } from "../paths/check-path.ts";
import { expandSwap, hasPathSwap, mapPathForOs } from "../paths/per-os.ts";
import { isSpelledFor, parseLocalPath } from "../paths/spelling.ts";
import type { StorageRoots } from "../paths/storages.ts";
import { SgmediaError } from "../shared/errors.ts";
import { osOf } from "./local-os.ts";
import type { SetPathInput, SetPathRow, Work } from "./types.ts";

export interface RecognisedPath {
  readonly kind: "movie" | "frames";
  /** Absolute, in the spelling that was typed; frames as `%04d` without a range. */
  readonly value: string;
  /** What is known of the frames; null for a movie, and where neither disk nor text says. */
  readonly frames: (NonNullable<SetPathRow["frames"]> & { expectedCount: number; rangeText: string }) | null;
  readonly warnings: readonly string[];
}

/**
 * What a path stands for: told by `kind`, else by what is on this machine, else by its name. `storages` is only asked for a path in
 * another system's spelling. Throws E_FRAMES, E_USAGE, E_INPUT_MISSING.
 */
export async function recognisePath(
  work: Work,
  input: Pick<SetPathInput, "path" | "kind">,
  storages: () => Promise<readonly StorageRoots[]>,
): Promise<RecognisedPath> {
  const typed = absoluteText(work, input.path);
  const here = await pathHere(work, typed, storages);
  const facts = here === null ? undefined : await stat(here).catch(() => undefined);
  if (here !== null && facts?.isDirectory()) {
    if (input.kind === "movie") {
      throw new SgmediaError("E_USAGE", `"${input.path}" is a folder, no movie.`, {
        fix: "Leave --movie out to take the frames in it, or name the movie.",
      });
    }
    return framesOf(await findSequence(here, work), trimEnd(typed));
  }
  if (here !== null && facts) return recogniseFile(work, input.kind, typed, here);
  return recogniseAbsent(work, input, typed, here);
}

async function recogniseFile(
  work: Work,
  kind: SetPathInput["kind"],
  typed: string,
  here: string,
): Promise<RecognisedPath> {
  const movie: RecognisedPath = { kind: "movie", value: typed, frames: null, warnings: [] };
  const name = basename(here);
  if (kind === "movie") return movie;
  if (kind === null && (isMovieName(name) || !readFrameName(name))) return movie;
  const found = await findSequence(here, work);
  // One image alone is a still: it goes where Autodesk's own tools put it (contract/rv-paths.md 5).
  return kind === null && found.count === 1 ? movie : framesOf(found, folderOf(typed));
}

async function recogniseAbsent(
  work: Work,
  input: Pick<SetPathInput, "path" | "kind">,
  typed: string,
  here: string | null,
): Promise<RecognisedPath> {
  const absent =
    here === null
      ? `${typed} is spelled for another system and was not looked at.`
      : `${here} is not on this machine.`;
  if (input.kind === "movie" || (input.kind === null && !isSequenceText(typed))) {
    if (input.kind === null && !/[^\\/.]\.[^\\/.]+$/.test(typed)) {
      throw new SgmediaError(
        "E_INPUT_MISSING",
        `"${input.path}" is not here, and its name does not say what it is.`,
        {
          why: absent,
          fix: "Add --movie, or name the sequence: shot.%04d.exr",
        },
      );
    }
    return { kind: "movie", value: typed, frames: null, warnings: [absent] };
  }
  const sequence = readSequence(typed);
  if (here !== null) {
    const found = await findSequence(here, work).catch((thrown: unknown) => {
      if (thrown instanceof FramesAbsent) return undefined;
      throw thrown;
    });
    if (found) return framesOf(found, folderOf(typed));
  }
  if (sequence.widthInDoubt) {
    throw new SgmediaError("E_FRAMES", `"${input.path}": how wide the frame number is, is not clear.`, {
      why: `RV reads ${sequence.cookie.text} as four digits, other programs as ${sequence.cookie.text.length}, and no frame is here to tell.`,
      fix: `Type ${sequence.prefix}%04d${sequence.suffix} or ${sequence.prefix}%0${sequence.cookie.text.length}d${sequence.suffix}`,
    });
  }
  const { range, cookie } = sequence;
  return {
    kind: "frames",
    value: sequence.pattern,
    frames: range && {
      first: range.first,
      last: range.last,
      count: range.count,
      missing: [],
      padding: cookie.width,
      expectedCount: range.count,
      rangeText: range.text,
    },
    warnings: [...sequence.warnings, absent],
  };
}

function framesOf(found: FoundSequence, folder: string): RecognisedPath {
  const { first, last, count, missing, padding, expectedCount, rangeText } = found;
  const gaps = found.missingCount > 0 ? [`Missing frames: ${found.missingText}.`] : [];
  return {
    kind: "frames",
    value: `${folder}${folder.includes("\\") ? "\\" : "/"}${basename(found.pattern)}`,
    frames: { first, last, count, missing, padding, expectedCount, rangeText },
    warnings: [...found.warnings, ...gaps],
  };
}

/** What was typed, absolute and cleaned; a path of another system or under an RV variable stays in its spelling. */
function absoluteText(work: Work, path: string): string {
  if (hasPathSwap(path)) return trimEnd(path);
  const parsed = parseLocalPath(path);
  const local = parsed ? isSpelledFor(parsed, osOf(work.platform)) : !/^[A-Za-z]:/.test(path);
  const whole = path.trim() !== "" && !path.includes("\0") && local ? resolve(work.cwd, path) : path;
  return checkLocalPath(whole).text;
}

/** Where the path is on this machine; null where nothing says. */
async function pathHere(
  work: Work,
  typed: string,
  storages: () => Promise<readonly StorageRoots[]>,
): Promise<string | null> {
  const os = osOf(work.platform);
  const plain = expandSwap(typed, work.env);
  const parsed = parseLocalPath(plain);
  if (parsed && isSpelledFor(parsed, os)) return plain;
  return parsed ? mapPathForOs(plain, os, { storages: await storages(), env: work.env }).path : null;
}

function folderOf(path: string): string {
  return path.replace(path.includes("\\") ? /[\\/][^\\/]*$/ : /\/[^/]*$/, "");
}

function trimEnd(path: string): string {
  return path.length > 1 ? path.replace(path.includes("\\") ? /[\\/]+$/ : /\/+$/, "") : path;
}
