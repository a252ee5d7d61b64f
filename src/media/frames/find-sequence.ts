import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { toPrintf, zeroCookie } from "./cookie.ts";
import { isMovieName } from "./extensions.ts";
import { findByText } from "./find-by-text.ts";
import { type FoundSequence, foundOf } from "./found-sequence.ts";
import { frameError } from "./frame-error.ts";
import { type FrameGroup, readFrameName } from "./frame-name.ts";
import { formatRange, gatherRuns } from "./frame-range.ts";
import { groupsIn } from "./read-folder.ts";
import { isSequenceText, readSequence } from "./read-sequence.ts";

export interface FindOptions {
  readonly signal: AbortSignal;
  /** RV_STEREO_NAME_PAIRS and RV_STEREO_CHAR_PAIRS; RV's usual pairs without it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The frame sequence that a path stands for: a folder that holds one, one of its frames, or its notation with or without a range and
 * stereo eyes. Its folder is read once. Throws E_FRAMES where there is none, more than one, or what RV would misread; a movie and a
 * single file are no sequence.
 */
export async function findSequence(pathText: string, options: FindOptions): Promise<FoundSequence> {
  const path = resolve(pathText);
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isDirectory()) return findInFolder(path, options.signal);
  if (facts) return findAroundFrame(path, options.signal);
  if (isSequenceText(path)) return findByText(path, options);
  throw frameError(
    `"${pathText}" is neither a file, nor a folder, nor a sequence's name.`,
    null,
    "Give a folder of frames, one frame, or a name such as shot.%04d.exr",
  );
}

async function findInFolder(folder: string, signal: AbortSignal): Promise<FoundSequence> {
  const groups = await groupsIn(folder, signal);
  const several = groups.filter((group) => group.frames.length > 1);
  const candidates = several.length > 0 ? several : groups;
  const [only] = candidates;
  if (!only) {
    throw frameError(
      `The folder ${folder} holds no frame sequence.`,
      "No image in it has a frame number.",
      "Give the folder that holds the frames, or one of them.",
    );
  }
  if (candidates.length > 1) {
    const lines = candidates
      .slice(0, 10)
      .map((each) => `${nameOf(each)} (${formatRange(gatherRuns(each.frames))})`);
    const more = candidates.length > 10 ? ` and ${candidates.length - 10} more` : "";
    throw frameError(
      `The folder ${folder} holds ${candidates.length} sequences.`,
      `They are ${lines.join(", ")}${more}.`,
      `Say which: ${join(folder, nameOf(only))}`,
    );
  }
  return foundGroup(folder, only);
}

async function findAroundFrame(path: string, signal: AbortSignal): Promise<FoundSequence> {
  const name = basename(path);
  if (isMovieName(name)) {
    throw frameError(
      `"${name}" is a movie, no frame sequence.`,
      null,
      "Give a folder of frames, one frame, or a name such as shot.%04d.exr",
    );
  }
  const frame = readFrameName(name);
  if (!frame) {
    throw frameError(
      `"${name}" is a single file: nothing in its name is a frame number.`,
      null,
      "Give a folder of frames, one frame, or a name such as shot.%04d.exr",
    );
  }
  const groups = await groupsIn(dirname(path), signal);
  const mine = groups.find(
    (group) =>
      group.prefix === frame.prefix &&
      group.suffix === frame.suffix &&
      nameOf(group, Number(frame.digits)) === name,
  );
  if (!mine) throw frameError(`"${path}" is gone.`, "It was there a moment ago.", "Run the command again.");
  return foundGroup(dirname(path), mine);
}

function nameOf(group: FrameGroup, frame?: number): string {
  const cookie = zeroCookie(group.padding);
  const sign = frame !== undefined && frame < 0 ? "-" : "";
  const digits =
    frame === undefined
      ? toPrintf(cookie)
      : `${sign}${String(Math.abs(frame)).padStart(group.padding - sign.length, "0")}`;
  return `${group.prefix}${digits}${group.suffix}`;
}

function foundGroup(folder: string, group: FrameGroup): FoundSequence {
  // Reading the name back proves that RV takes it for what it is: no cookie in a folder, no range in the name.
  const sequence = readSequence(join(folder, nameOf(group)));
  return foundOf(sequence, group.frames, []);
}
